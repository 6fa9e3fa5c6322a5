#pragma once
/*
 * core/text.h — the one string type: a slice of UTF-8 that somebody else owns.
 *
 * Lengths, never terminators: wire text may hold NUL.  Order is byte order (= code point order).
 *
 * Memory   owns nothing
 * Thread   any
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

struct ioc_text {
    const char *data;
    uint32_t length;
};
#define IOC_TEXT(literal) ((struct ioc_text){(literal), sizeof(literal) - 1})
/* For printf: "%.*s", IOC_TEXT_ARGS(t) */
#define IOC_TEXT_ARGS(text) (int)(text).length, (text).data

static inline struct ioc_text ioc_text_of(const char *string)
{
    return (struct ioc_text){string, string ? (uint32_t)strlen(string) : 0};
}
static inline bool ioc_text_equal(struct ioc_text a, struct ioc_text b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}
int ioc_text_compare(struct ioc_text a, struct ioc_text b);
bool ioc_text_starts(struct ioc_text text, struct ioc_text prefix);
bool ioc_text_ends(struct ioc_text text, struct ioc_text suffix);
bool ioc_text_contains(struct ioc_text text, struct ioc_text part);
bool ioc_text_is_utf8(struct ioc_text text);
/* Bytes of the first character; 0 when the text is empty or does not start with valid UTF-8. */
uint32_t ioc_text_character(struct ioc_text text);
/* Number of code points; the text must be valid UTF-8. */
uint32_t ioc_text_points(struct ioc_text text);
/* Splits at the first separator; true while there was a part.  "a,,b," has 4 parts, two of them
 * empty; "" has one; a text whose data is NULL has none. */
bool ioc_text_split(struct ioc_text *rest, char separator, struct ioc_text *part);
struct ioc_text ioc_text_trim(struct ioc_text text);
/* The candidate that the writer most likely meant (Damerau-Levenshtein without regard to ASCII
 * case, at most a third of the letters differ, the first of equals), or -1. */
int ioc_text_nearest(struct ioc_text word, const struct ioc_text *candidates, uint32_t count);
/* Whole text is one decimal number, no blanks; locale-free; IOC_INVALID otherwise, IOC_LIMIT when
 * out of range.  Doubles: "15", "-2.5e3", ".5"; no "nan", "inf" or hex; too small becomes 0. */
int ioc_text_int(struct ioc_text text, int64_t *value);     /* an enum ioc_status */
int ioc_text_double(struct ioc_text text, double *value);   /* an enum ioc_status */
enum { IOC_TEXT_NUMBER = 48 };
/* The fewest digits that ioc_text_double() reads back to the same double; value is finite. */
struct ioc_text ioc_text_of_double(double value, char out[IOC_TEXT_NUMBER]);
/* 0-17 decimals, for people; from 1e18 on as ioc_text_of_double(). */
struct ioc_text ioc_text_of_fixed(double value, int decimals, char out[IOC_TEXT_NUMBER]);
/* Exactly so many decimals, half to even: 1052.033 or 1.052033e+03.  The value is finite. */
enum { IOC_DECIMALS_MOST = 1000, IOC_TEXT_DECIMALS = IOC_DECIMALS_MOST + 320 };
struct ioc_text ioc_text_of_decimals(
    double value, int decimals, bool is_scientific, char out[IOC_TEXT_DECIMALS]);
/* XXH3 64 bits, seed 0: fixed for ever. */
uint64_t ioc_text_hash(struct ioc_text text);
