/*
 * core/document_read.c — nodes as typed values: the type that the reader expects decides.
 */
#include "core/document.h"
#include <math.h>

struct ioc_node *ioc_node_find(struct ioc_node *node, const char *key)
{
    struct ioc_text name = ioc_text_of(key);
    if (!node || node->kind != IOC_NODE_MAP)
        return NULL;
    for (struct ioc_node *child = node->first; child; child = child->next)
        if (ioc_text_equal(child->key, name)) {
            child->is_seen = true;
            return child;
        }
    return NULL;
}

const char *ioc_node_shown(struct ioc_text text, char out[IOC_NODE_SHOWN])
{
    enum { MOST = 60 };
    uint32_t length = text.length;
    if (length > MOST) {
        length = MOST;
        while (length > 0 && ((unsigned char)text.data[length] & 0xc0) == 0x80)
            length--;
    }
    for (uint32_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)text.data[i];
        out[i] = c == '\n' || c == '\t' ? ' ' : c < 0x20 || c == 0x7f ? '?' : (char)c;
    }
    snprintf(out + length, IOC_NODE_SHOWN - length, "%s", length < text.length ? "…" : "");
    return out;
}

/* Words of more letters are not typing errors of a key. */
static int find_nearest(struct ioc_text word, const char *const *known)
{
    enum { MOST = 256, LETTERS = 64 };
    struct ioc_text candidates[MOST];
    uint32_t count = 0;
    for (; known[count] && count < MOST; count++)
        candidates[count] = ioc_text_of(known[count]);
    return word.length <= LETTERS ? ioc_text_nearest(word, candidates, count) : -1;
}

static void list_words(const char *const *words, char *out, size_t size)
{
    size_t length = 0;
    out[0] = '\0';
    for (uint32_t i = 0; words[i] && length < size; i++)
        length += (size_t)snprintf(out + length, size - length, "%s%s", i ? ", " : "", words[i]);
}

/* At most as many as a number has, an optional minus in front. */
static bool are_digits(const char *text, uint32_t length)
{
    bool has_sign = length > 1 && text[0] == '-';
    for (uint32_t i = has_sign; i < length; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return length > 0 && length < 20;
}

bool ioc_node_comma(const struct ioc_document *document, const struct ioc_node *node, struct ioc_errors *errors)
{
    const char *source = document->source.data;
    if (node->key_line == 0 || !are_digits(node->key.data, node->key.length))
        return false;
    uint32_t start = document->lines[node->key_line - 1], comma = start, column = 1;
    for (; comma < document->source.length && column < node->key_column; comma++)
        column += comma + 1 < document->source.length && ((unsigned char)source[comma + 1] & 0xc0) != 0x80;
    if (comma == start || source[--comma] != ',')
        return false;
    uint32_t from = comma;
    while (from > start && source[from - 1] >= '0' && source[from - 1] <= '9')
        from--;
    if (!are_digits(source + from, comma - from))
        return false;
    ioc_node_hint(errors, "decimals are written with a point: %.*s.%.*s", (int)(comma - from), source + from,
        IOC_TEXT_ARGS(node->key));
    return true;
}

void ioc_node_unknown(const struct ioc_document *document, const struct ioc_node *node,
    const char *const *known, struct ioc_errors *errors)
{
    char shown[IOC_NODE_SHOWN], words[300];
    if (node->kind != IOC_NODE_MAP)
        return;
    for (const struct ioc_node *child = node->first; child; child = child->next) {
        bool is_known = false;
        for (uint32_t i = 0; known[i] && !is_known; i++)
            is_known = ioc_text_equal(child->key, ioc_text_of(known[i]));
        if (is_known)
            continue;
        int nearest = find_nearest(child->key, known);
        ioc_node_key_error(document, child, errors, "unknown-key", "there is no key '%s' here",
            ioc_node_shown(child->key, shown));
        if (nearest >= 0) {
            ioc_node_hint(errors, "did you mean '%s'?", known[nearest]);
        } else if (!ioc_node_comma(document, child, errors)) {
            list_words(known, words, sizeof words);
            ioc_node_hint(errors, "known keys: %s", words);
        }
    }
}

/* A scalar with something in it; an error otherwise. */
static bool expect_scalar(const struct ioc_document *document, const struct ioc_node *node,
    const char *what, struct ioc_errors *errors)
{
    if (node->is_broken)
        return false;
    if (node->kind != IOC_NODE_SCALAR) {
        ioc_node_error(document, node, errors, "wrong-kind", "%s is expected here, not a %s", what,
            node->kind == IOC_NODE_MAP ? "map" : "list");
        return false;
    }
    if (node->style == IOC_NODE_PLAIN && node->text.length == 0) {
        ioc_node_error(
            document, node, errors, "missing-value", "%s is expected here; there is nothing", what);
        return false;
    }
    return true;
}

static void refuse(const struct ioc_document *document, const struct ioc_node *node,
    const char *code, const char *what, struct ioc_errors *errors)
{
    char shown[IOC_NODE_SHOWN];
    ioc_node_error(document, node, errors, code, "%s is expected here, not '%s'", what,
        ioc_node_shown(node->text, shown));
}

bool ioc_node_text(const struct ioc_document *document, const struct ioc_node *node,
    struct ioc_text *value, struct ioc_errors *errors)
{
    if (!expect_scalar(document, node, "a text", errors)) {
        if (!node->is_broken && node->kind == IOC_NODE_SCALAR)
            ioc_node_hint(errors, "an empty text is written \"\"");
        return false;
    }
    *value = node->text;
    return true;
}

bool ioc_node_int(const struct ioc_document *document, const struct ioc_node *node, int64_t low,
    int64_t high, int64_t *value, struct ioc_errors *errors)
{
    int64_t number;
    if (!expect_scalar(document, node, "a whole number", errors))
        return false;
    int status = ioc_text_int(node->text, &number);
    if (status == IOC_INVALID) {
        refuse(document, node, "not-a-number", "a whole number", errors);
        return false;
    }
    if (status != IOC_OK || number < low || number > high) {
        char shown[IOC_NODE_SHOWN];
        ioc_node_error(document, node, errors, "out-of-range", "'%s' is out of range",
            ioc_node_shown(node->text, shown));
        ioc_node_hint(errors, "%lld to %lld", (long long)low, (long long)high);
        return false;
    }
    *value = number;
    return true;
}

bool ioc_node_double(const struct ioc_document *document, const struct ioc_node *node,
    double *value, struct ioc_errors *errors)
{
    double number;
    if (!expect_scalar(document, node, "a number", errors))
        return false;
    if (ioc_text_double(node->text, &number) != IOC_OK || !isfinite(number)) {
        refuse(document, node, "not-a-number", "a number", errors);
        const char *comma = memchr(node->text.data, ',', node->text.length);
        uint32_t before = comma ? (uint32_t)(comma - node->text.data) : 0, behind = node->text.length - before - 1;
        if (comma && are_digits(node->text.data, before) && are_digits(comma + 1, behind))
            ioc_node_hint(errors, "decimals are written with a point: %.*s.%.*s", (int)before, node->text.data, (int)behind,
                comma + 1);
        else if (comma)
            ioc_node_hint(errors, "write it without separators of thousands");
        return false;
    }
    *value = number;
    return true;
}

bool ioc_node_bool(const struct ioc_document *document, const struct ioc_node *node, bool *value,
    struct ioc_errors *errors)
{
    static const char *const truths[] = {"yes", "on", "True", "TRUE", "1", "y"};
    static const char *const falsehoods[] = {"no", "off", "False", "FALSE", "0", "n"};
    if (!expect_scalar(document, node, "true or false", errors))
        return false;
    bool is_true = ioc_text_equal(node->text, IOC_TEXT("true"));
    if (!is_true && !ioc_text_equal(node->text, IOC_TEXT("false"))) {
        refuse(document, node, "not-a-bool", "true or false", errors);
        for (size_t i = 0; i < sizeof truths / sizeof *truths; i++) {
            if (ioc_text_equal(node->text, ioc_text_of(truths[i])))
                ioc_node_hint(errors, "write true");
            if (ioc_text_equal(node->text, ioc_text_of(falsehoods[i])))
                ioc_node_hint(errors, "write false");
        }
        return false;
    }
    *value = is_true;
    return true;
}

bool ioc_node_span(const struct ioc_document *document, const struct ioc_node *node,
    ioc_span *value, struct ioc_errors *errors)
{
    ioc_span span;
    double number;
    char shown[IOC_NODE_SHOWN];
    if (!expect_scalar(document, node, "a duration like 90s or 1h30m", errors))
        return false;
    enum ioc_status status = ioc_span_parse(node->text, &span);
    if (status == IOC_OK) {
        *value = span;
        return true;
    }
    if (status == IOC_LIMIT) {
        ioc_node_error(document, node, errors, "out-of-range", "the duration '%s' is too long",
            ioc_node_shown(node->text, shown));
    } else if (ioc_text_double(node->text, &number) == IOC_OK) {
        ioc_node_error(document, node, errors, "no-unit", "'%s' is a number without a unit",
            ioc_node_shown(node->text, shown));
        ioc_node_hint(errors, "write %ss for seconds or %sm for minutes", shown, shown);
    } else {
        refuse(document, node, "not-a-duration", "a duration", errors);
        ioc_node_hint(errors, "like 250ms, 90s, 10m, 1h30m or 2d");
    }
    return false;
}

static const struct {
    const char *name;
    uint64_t bytes;
} sizes[] = {
    {"", 1},
    {"B", 1},
    {"kB", 1000},
    {"MB", 1000000},
    {"GB", 1000000000},
    {"TB", 1000000000000},
    {"KiB", 1ull << 10},
    {"MiB", 1ull << 20},
    {"GiB", 1ull << 30},
    {"TiB", 1ull << 40},
};

bool ioc_node_bytes(const struct ioc_document *document, const struct ioc_node *node,
    uint64_t *value, struct ioc_errors *errors)
{
    if (!expect_scalar(document, node, "a size like 16 MiB", errors))
        return false;
    struct ioc_text text = ioc_text_trim(node->text);
    uint32_t digits = 0;
    while (digits < text.length && text.data[digits] >= '0' && text.data[digits] <= '9')
        digits++;
    struct ioc_text unit =
        ioc_text_trim((struct ioc_text){text.data + digits, text.length - digits});
    int64_t number;
    int status = ioc_text_int((struct ioc_text){text.data, digits}, &number);
    for (size_t i = 0; digits > 0 && i < sizeof sizes / sizeof *sizes; i++) {
        uint64_t bytes;
        if (!ioc_text_equal(unit, ioc_text_of(sizes[i].name)))
            continue;
        if (status == IOC_LIMIT ||
            __builtin_mul_overflow((uint64_t)number, sizes[i].bytes, &bytes) || bytes > INT64_MAX) {
            char shown[IOC_NODE_SHOWN];
            ioc_node_error(document, node, errors, "out-of-range", "the size '%s' is too large",
                ioc_node_shown(node->text, shown));
            return false;
        }
        *value = bytes;
        return true;
    }
    refuse(document, node, "not-a-size", "a size", errors);
    ioc_node_hint(
        errors, "a whole number with B, kB, MB, GB, TB, KiB, MiB, GiB or TiB, like 16 MiB");
    return false;
}

bool ioc_node_choice(const struct ioc_document *document, const struct ioc_node *node,
    const char *const *choices, int *index, struct ioc_errors *errors)
{
    char words[300];
    list_words(choices, words, sizeof words);
    if (!expect_scalar(document, node, "one of a few words", errors)) {
        if (!node->is_broken)
            ioc_node_hint(errors, "one of: %s", words);
        return false;
    }
    for (int i = 0; choices[i]; i++)
        if (ioc_text_equal(node->text, ioc_text_of(choices[i]))) {
            *index = i;
            return true;
        }
    int nearest = find_nearest(node->text, choices);
    char shown[IOC_NODE_SHOWN];
    ioc_node_error(document, node, errors, "unknown-choice", "'%s' is none of: %s",
        ioc_node_shown(node->text, shown), words);
    if (nearest >= 0)
        ioc_node_hint(errors, "did you mean '%s'?", choices[nearest]);
    return false;
}
