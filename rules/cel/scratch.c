/* rules/cel/scratch.c — the memory of one evaluation. */
#include "rules/cel/scratch.h"
#include "core/memory.h"
#include "rules/cel/pattern.h"

static const char *const fault_texts[IOC_FAULTS] = {
    [IOC_FAULT_NONE] = "no fault",
    [IOC_FAULT_MISSING] = "a field that was read is missing",
    [IOC_FAULT_NAME] = "there is no such name",
    [IOC_FAULT_FUNCTION] = "there is no such function",
    [IOC_FAULT_OVERLOAD] =
        "no such overload: the values have types that the operation does not take",
    [IOC_FAULT_KEY] = "no such key",
    [IOC_FAULT_FIELD] = "the value has no fields",
    [IOC_FAULT_INDEX] = "the index is outside of the list",
    [IOC_FAULT_OVERFLOW] = "the result is too large for its type",
    [IOC_FAULT_DIVISION] = "division by zero",
    [IOC_FAULT_MODULUS] = "modulus by zero",
    [IOC_FAULT_RANGE] = "the value is outside of the range of the type",
    [IOC_FAULT_FORMAT] = "the text does not say such a value",
    [IOC_FAULT_TWICE] = "a map has the same key twice",
    [IOC_FAULT_KEY_TYPE] = "the key of a map must be a bool, int, uint or string",
    [IOC_FAULT_MEMORY] = "the result is larger than 1 MiB",
    [IOC_FAULT_STEPS] = "the evaluation took more steps than allowed",
    [IOC_FAULT_PASSES] = "macros went through more than 10,000 items",
    [IOC_FAULT_DEPTH] = "a value is nested too deep",
    [IOC_FAULT_ZONE] = "the time zone is not known",
    [IOC_FAULT_UTF8] = "the bytes are not valid UTF-8",
    [IOC_FAULT_TIME] =
        "the time is outside of the years 1 to 9999, or the duration beyond 292 years",
    [IOC_FAULT_NAN] = "NaN (not a number) is neither greater nor less than a number",
    [IOC_FAULT_EMPTY] = "an empty list has no greatest or least number",
    [IOC_FAULT_SHIFT] = "bits cannot be shifted by a negative number",
    [IOC_FAULT_ADDRESS] = "the text is no IP address or range (no zones, no IPv4 inside of IPv6)",
    [IOC_FAULT_POSITION] = "the position is outside of the text",
    [IOC_FAULT_CLAUSE] = "the text of format() has a clause that is none of %s %d %f %e %b %o %x %X, "
                         "or more than 1000 decimals",
    [IOC_FAULT_TOO_FEW] = "the text of format() has more clauses than there are values",
    [IOC_FAULT_ORDER] = "the items cannot be sorted: they are of different types, without an order, "
                        "or not a number",
    [IOC_FAULT_NO_VALUE] = "the optional has no value",
    [IOC_FAULT_PLACE] = "a longitude is within ±180 and a latitude within ±90 degrees",
    [IOC_FAULT_AREA] = "the city has no area of that id",
    [IOC_FAULT_POLLUTANT] = "VN_AQI knows no such pollutant",
    [IOC_FAULT_PATTERN] = "the pattern of matches() is no constant, or no regular expression",
};

const struct ioc_row *const ioc_scratch_no_frames[IOC_FRAMES_MOST];

const char *ioc_fault_text(enum ioc_fault fault)
{
    assert((unsigned)fault < IOC_FAULTS);
    return fault_texts[fault];
}

struct ioc_scratch *ioc_scratch_new(void)
{
    struct ioc_scratch *scratch = ioc_memory_take(sizeof *scratch);
    scratch->text.limit = IOC_SCRATCH_BYTES;
    return scratch;
}

void ioc_scratch_free(struct ioc_scratch *scratch)
{
    if (!scratch)
        return;
    ioc_memory_give(scratch->memory);
    ioc_buffer_done(&scratch->text);
    ioc_pattern_room_free(scratch->patterns);
    ioc_memory_give(scratch);
}

void *ioc_scratch_take(struct ioc_scratch *scratch, size_t bytes)
{
    size_t rounded = (bytes + 15) & ~(size_t)15;
    if (rounded < bytes || rounded > IOC_SCRATCH_BYTES - scratch->used) {
        scratch->trouble = IOC_FAULT_MEMORY;
        return NULL;
    }
    if (!scratch->memory)
        scratch->memory = ioc_memory_take_raw(IOC_SCRATCH_BYTES); /* each compilation that folds a list has one */
    void *memory = scratch->memory + scratch->used;
    scratch->used += rounded;
    return memory;
}

bool ioc_scratch_join(struct ioc_scratch *scratch, const struct ioc_boxed *a,
    const struct ioc_boxed *b, struct ioc_boxed *out)
{
    size_t length = (size_t)a->count + b->count;
    char *text = ioc_scratch_take(scratch, length);
    if (!text)
        return false;
    if (a->count)
        memcpy(text, a->text, a->count);
    if (b->count)
        memcpy(text + a->count, b->text, b->count);
    *out = (struct ioc_boxed){.text = text, .count = (uint32_t)length, .type = a->type};
    return true;
}
