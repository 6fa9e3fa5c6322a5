/*
 * core/text.c — the one string type: a slice of UTF-8 that somebody else owns.
 *
 * Numbers.  A decimal m × 10^e with m < 2^53 and |e| ≤ 22 is exact in both factors, so one
 * multiplication or division gives the correctly rounded double (W. Clinger, "How to read floating
 * point numbers accurately", 1990).  That covers what sensors send; all else goes to strtod_l() in
 * the C locale.  Writing uses the same fact backwards: the fewest decimals k ≤ 6 for which
 * round(v × 10^k) / 10^k gives v again are the fewest digits.
 */
#include "core/text.h"
#include "core/status.h"

#include <assert.h>
#include <float.h>
#include <locale.h>
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

enum {
    WORD_MOST = 64,    /* longest word that ioc_text_nearest() compares, in code points */
    NUMBER_MOST = 1100 /* the longest exact decimal of a double has 1075 characters */
};
static const uint64_t exact_most = 1ull << 53;
static const double powers[] = {1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12,
    1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};

static locale_t c_locale;
static pthread_once_t c_locale_once = PTHREAD_ONCE_INIT;

static void make_c_locale(void)
{
    c_locale = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    assert(c_locale);
}

static locale_t take_c_locale(void)
{
    pthread_once(&c_locale_once, make_c_locale);
    return c_locale;
}

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static bool is_space(char letter)
{
    return letter == ' ' || (letter >= '\t' && letter <= '\r');
}

/* Length of the character at data[0], 0 when it is not UTF-8 (RFC 3629, table 3-7 of Unicode). */
static uint32_t measure_character(const unsigned char *data, uint32_t left)
{
    unsigned char lead = data[0], low = 0x80, high = 0xBF;
    uint32_t length;
    if (lead < 0x80)
        return 1;
    if (lead >= 0xC2 && lead <= 0xDF) {
        length = 2;
    } else if (lead >= 0xE0 && lead <= 0xEF) {
        length = 3;
        low = lead == 0xE0 ? 0xA0 : low;
        high = lead == 0xED ? 0x9F : high;
    } else if (lead >= 0xF0 && lead <= 0xF4) {
        length = 4;
        low = lead == 0xF0 ? 0x90 : low;
        high = lead == 0xF4 ? 0x8F : high;
    } else {
        return 0;
    }
    if (length > left || data[1] < low || data[1] > high)
        return 0;
    for (uint32_t i = 2; i < length; i++)
        if ((data[i] & 0xC0) != 0x80)
            return 0;
    return length;
}

int ioc_text_compare(struct ioc_text a, struct ioc_text b)
{
    uint32_t shorter = a.length < b.length ? a.length : b.length;
    int order = shorter ? memcmp(a.data, b.data, shorter) : 0;
    if (order)
        return order < 0 ? -1 : 1;
    return a.length < b.length ? -1 : a.length > b.length;
}

bool ioc_text_starts(struct ioc_text text, struct ioc_text prefix)
{
    if (prefix.length > text.length)
        return false;
    return prefix.length == 0 || memcmp(text.data, prefix.data, prefix.length) == 0;
}

bool ioc_text_ends(struct ioc_text text, struct ioc_text suffix)
{
    if (suffix.length > text.length)
        return false;
    return suffix.length == 0
        || memcmp(text.data + text.length - suffix.length, suffix.data, suffix.length) == 0;
}

bool ioc_text_contains(struct ioc_text text, struct ioc_text part)
{
    if (part.length == 0)
        return true;
    return part.length <= text.length && memmem(text.data, text.length, part.data, part.length);
}

uint32_t ioc_text_character(struct ioc_text text)
{
    return text.length ? measure_character((const unsigned char *)text.data, text.length) : 0;
}

bool ioc_text_is_utf8(struct ioc_text text)
{
    const unsigned char *data = (const unsigned char *)text.data;
    uint32_t at = 0;
    while (at < text.length) {
        uint64_t eight;
        if (text.length - at >= sizeof eight) {
            memcpy(&eight, data + at, sizeof eight);
            if ((eight & 0x8080808080808080ull) == 0) {
                at += sizeof eight;
                continue;
            }
        }
        uint32_t length = measure_character(data + at, text.length - at);
        if (length == 0)
            return false;
        at += length;
    }
    return true;
}

uint32_t ioc_text_points(struct ioc_text text)
{
    uint32_t points = 0;
    for (uint32_t i = 0; i < text.length; i++)
        points += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return points;
}

bool ioc_text_split(struct ioc_text *rest, char separator, struct ioc_text *part)
{
    if (!rest->data)
        return false;
    const char *found = rest->length ? memchr(rest->data, separator, rest->length) : NULL;
    if (!found) {
        *part = *rest;
        *rest = (struct ioc_text){0};
        return true;
    }
    uint32_t length = (uint32_t)(found - rest->data);
    *part = (struct ioc_text){rest->data, length};
    *rest = (struct ioc_text){found + 1, rest->length - length - 1};
    return true;
}

struct ioc_text ioc_text_trim(struct ioc_text text)
{
    while (text.length && is_space(text.data[0])) {
        text.data++;
        text.length--;
    }
    while (text.length && is_space(text.data[text.length - 1]))
        text.length--;
    return text;
}

/* Code points with ASCII letters made small; false when longer than WORD_MOST. */
static bool read_word(struct ioc_text text, uint32_t out[WORD_MOST], uint32_t *count)
{
    const unsigned char *data = (const unsigned char *)text.data;
    uint32_t n = 0;
    for (uint32_t at = 0; at < text.length;) {
        uint32_t length = measure_character(data + at, text.length - at), point = 0;
        if (n == WORD_MOST)
            return false;
        length += length == 0;
        for (uint32_t i = 0; i < length; i++)
            point = point << 8 | data[at + i];
        out[n++] = point >= 'A' && point <= 'Z' ? point + ('a' - 'A') : point;
        at += length;
    }
    *count = n;
    return true;
}

static uint32_t least(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

/* Damerau-Levenshtein with three rows (optimal string alignment). */
static uint32_t count_edits(const uint32_t *a, uint32_t a_count, const uint32_t *b,
    uint32_t b_count)
{
    uint32_t rows[3][WORD_MOST + 1];
    uint32_t *before = rows[0], *last = rows[1], *now = rows[2];
    for (uint32_t j = 0; j <= b_count; j++)
        last[j] = j;
    for (uint32_t i = 1; i <= a_count; i++) {
        now[0] = i;
        for (uint32_t j = 1; j <= b_count; j++) {
            now[j] = least(last[j - 1] + (a[i - 1] != b[j - 1]), least(last[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                now[j] = least(now[j], before[j - 2] + 1);
        }
        uint32_t *oldest = before;
        before = last;
        last = now;
        now = oldest;
    }
    return last[b_count];
}

int ioc_text_nearest(struct ioc_text word, const struct ioc_text *candidates, uint32_t count)
{
    uint32_t meant[WORD_MOST], other[WORD_MOST], meant_count, other_count, best = UINT32_MAX;
    int nearest = -1;
    if (!read_word(word, meant, &meant_count))
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        if (!read_word(candidates[i], other, &other_count))
            continue;
        uint32_t edits = count_edits(meant, meant_count, other, other_count);
        uint32_t longer = meant_count > other_count ? meant_count : other_count;
        if (longer && edits * 3 <= longer && edits < best) {
            best = edits;
            nearest = (int)i;
        }
    }
    return nearest;
}

int ioc_text_int(struct ioc_text text, int64_t *value)
{
    bool is_negative = text.length && text.data[0] == '-';
    uint32_t at = text.length && (text.data[0] == '-' || text.data[0] == '+');
    uint64_t most = is_negative ? (uint64_t)INT64_MAX + 1 : INT64_MAX, sum = 0;
    bool is_over = false;
    if (at == text.length)
        return IOC_INVALID;
    for (; at < text.length; at++) {
        if (!is_digit(text.data[at]))
            return IOC_INVALID;
        uint64_t digit = (uint64_t)(text.data[at] - '0');
        is_over = is_over || sum > (most - digit) / 10;
        sum = is_over ? sum : sum * 10 + digit;
    }
    if (is_over)
        return IOC_LIMIT;
    *value = is_negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return IOC_OK;
}

struct decimal {
    uint64_t digits;
    int32_t exponent;
    bool is_negative, is_exact;
};

/* [+-] digits [. digits] [e [+-] digits], a digit before or behind the point. */
static bool scan_decimal(struct ioc_text text, struct decimal *out)
{
    uint32_t at = 0, seen = 0, written = 0;
    *out = (struct decimal){.is_exact = true};
    if (text.length && (text.data[0] == '-' || text.data[0] == '+'))
        out->is_negative = text.data[at++] == '-';
    for (bool is_fraction = false; at < text.length; at++) {
        if (text.data[at] == '.' && !is_fraction) {
            is_fraction = true;
            continue;
        }
        if (!is_digit(text.data[at]))
            break;
        seen++;
        if (written > 0 || text.data[at] != '0')
            written++;
        if (written <= 18)
            out->digits = out->digits * 10 + (uint64_t)(text.data[at] - '0');
        else
            out->is_exact = false;
        out->exponent -= is_fraction;
    }
    if (seen == 0)
        return false;
    if (at < text.length && (text.data[at] == 'e' || text.data[at] == 'E')) {
        int32_t exponent = 0;
        at++;
        bool is_negative = at < text.length && text.data[at] == '-';
        at += at < text.length && (text.data[at] == '-' || text.data[at] == '+');
        if (at == text.length)
            return false;
        for (; at < text.length && is_digit(text.data[at]); at++)
            exponent = exponent < 100000 ? exponent * 10 + (text.data[at] - '0') : exponent;
        out->exponent += is_negative ? -exponent : exponent;
    }
    return at == text.length;
}

int ioc_text_double(struct ioc_text text, double *value)
{
    struct decimal decimal;
    if (text.length > NUMBER_MOST)
        return IOC_LIMIT;
    if (!scan_decimal(text, &decimal))
        return IOC_INVALID;
    if (decimal.is_exact && decimal.digits <= exact_most && abs(decimal.exponent) <= 22) {
        double sum = (double)decimal.digits;
        sum = decimal.exponent < 0 ? sum / powers[-decimal.exponent]
                                   : sum * powers[decimal.exponent];
        *value = decimal.is_negative ? -sum : sum;
        return IOC_OK;
    }
    char copy[NUMBER_MOST + 1];
    memcpy(copy, text.data, text.length);
    copy[text.length] = 0;
    double read = strtod_l(copy, NULL, take_c_locale());
    if (isinf(read))
        return IOC_LIMIT;
    *value = read;
    return IOC_OK;
}

static struct ioc_text print_in_c_locale(
    const char *format, int digits, double value, char *out, size_t size)
{
    locale_t old = uselocale(take_c_locale());
    int length = snprintf(out, size, format, digits, value);
    uselocale(old);
    assert(length > 0 && (size_t)length < size);
    return (struct ioc_text){out, (uint32_t)length};
}

/* A whole number with a point before its last `decimals` digits. */
static struct ioc_text print_scaled(uint64_t scaled, int decimals, bool is_negative,
    char out[IOC_TEXT_NUMBER])
{
    char *at = out + IOC_TEXT_NUMBER;
    *--at = 0;
    for (int i = 0; scaled || i <= decimals; i++) {
        if (i == decimals && decimals > 0)
            *--at = '.';
        *--at = (char)('0' + scaled % 10);
        scaled /= 10;
    }
    if (is_negative)
        *--at = '-';
    uint32_t length = (uint32_t)(out + IOC_TEXT_NUMBER - 1 - at);
    memmove(out, at, length + 1);
    return (struct ioc_text){out, length};
}

struct ioc_text ioc_text_of_double(double value, char out[IOC_TEXT_NUMBER])
{
    double size = fabs(value), back;
    assert(isfinite(value));
    bool is_usual = value == 0 || (size >= 1e-4 && size < 1e15);
    for (int decimals = 0; is_usual && decimals <= 6; decimals++) {
        double scaled = rint(size * powers[decimals]);
        if (scaled > 1e15)
            break;
        if (scaled / powers[decimals] == size)
            return print_scaled((uint64_t)scaled, decimals, signbit(value), out);
    }
    /* Every decimal of 15 digits is its own double, except among the smallest ones. */
    for (int digits = size < DBL_MIN ? 1 : 15; digits < 17; digits++) {
        struct ioc_text text = print_in_c_locale("%.*g", digits, value, out, IOC_TEXT_NUMBER);
        if (ioc_text_double(text, &back) == IOC_OK && back == value)
            return text;
    }
    return print_in_c_locale("%.*g", 17, value, out, IOC_TEXT_NUMBER);
}

struct ioc_text ioc_text_of_fixed(double value, int decimals, char out[IOC_TEXT_NUMBER])
{
    assert(isfinite(value) && decimals >= 0 && decimals <= 17);
    if (fabs(value) >= 1e18)
        return ioc_text_of_double(value, out);
    return print_in_c_locale("%.*f", decimals, value, out, IOC_TEXT_NUMBER);
}

struct ioc_text ioc_text_of_decimals(
    double value, int decimals, bool is_scientific, char out[IOC_TEXT_DECIMALS])
{
    assert(isfinite(value) && decimals >= 0 && decimals <= IOC_DECIMALS_MOST);
    return print_in_c_locale(
        is_scientific ? "%.*e" : "%.*f", decimals, value, out, IOC_TEXT_DECIMALS);
}

uint64_t ioc_text_hash(struct ioc_text text)
{
    return XXH3_64bits(text.length ? text.data : "", text.length);
}
