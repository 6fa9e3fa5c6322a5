/*
 * tests/fuzz/fuzz_pattern.c — any bytes as a regular expression and a text: no crash, no stall, a reason for what
 * is refused; and what is written in another way matches the same.
 *
 * The pattern is the first line, the text the rest.
 */
#include "core/memory.h"
#include "rules/cel/pattern.h"
#include <stdlib.h>

static struct ioc_scratch *scratch;

/* -1 = refused, else whether it matches. */
static int search(struct ioc_text pattern, struct ioc_text text)
{
    struct ioc_pattern *compiled = NULL;
    struct ioc_program_error err = {0};
    if (ioc_pattern_new(pattern, &compiled, &err) != IOC_OK) {
        if (!err.error.text[0] || !err.error.code[0] || err.offset > pattern.length ||
            err.length > pattern.length - err.offset)
            abort();
        return -1;
    }
    bool is_match = false, is_plain = false;
    ioc_scratch_begin(scratch, NULL);
    enum ioc_fault fault = ioc_pattern_match(compiled, scratch, text, &is_match);
    if (fault != IOC_FAULT_NONE || scratch->used != 0)
        abort();
    /* Patterns that are known only when they run know fewer ways, but the same ones. */
    if (ioc_pattern_match_plain(pattern, text, &is_plain) == IOC_FAULT_NONE && is_plain != is_match)
        abort();
    ioc_pattern_unref(compiled);
    return is_match;
}

static bool is_quoted(struct ioc_text pattern)
{
    return ioc_text_contains(pattern, IOC_TEXT("\\Q"));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (!scratch)
        scratch = ioc_scratch_new();
    if (size > 600)
        return 0;
    const uint8_t *end = memchr(data, '\n', size);
    struct ioc_text pattern = {(const char *)data, end ? (uint32_t)(end - data) : (uint32_t)size},
                    text = {(const char *)data + pattern.length, (uint32_t)size - pattern.length};
    if (text.length) {
        text.data++;
        text.length--;
    }
    int found = search(pattern, text);
    if (found < 0 || is_quoted(pattern))
        return 0;
    char again[2 * 600 + 20];
    int length = snprintf(again, sizeof again, "(?:%.*s)|(?:%.*s)", IOC_TEXT_ARGS(pattern), IOC_TEXT_ARGS(pattern));
    int twice = memchr(pattern.data, 0, pattern.length) ? -1 : search((struct ioc_text){again, (uint32_t)length}, text);
    if (twice >= 0 && twice != found)
        abort();
    return 0;
}
