/*
 * tests/fuzz/fuzz_reference.c — any bytes as a table; where rows come out they are sound and found by their key.
 */
#include "core/reference.h"
#include <stdlib.h>

static const struct ioc_text choices[] = {{"active", 6}, {"planned", 7}};
static struct ioc_field fields[] = {
    {.name = {"id", 2}, .type = IOC_STRING},
    {.name = {"limit", 5},
        .type = IOC_DOUBLE,
        .is_optional = true,
        .has_range = true,
        .range_low = -5,
        .range_high = 300},
    {.name = {"level", 5}, .type = IOC_INT, .is_optional = true},
    {.name = {"since", 5}, .type = IOC_TIMESTAMP, .is_optional = true},
    {.name = {"every", 5}, .type = IOC_DURATION, .is_optional = true},
    {.name = {"on", 2}, .type = IOC_BOOL, .is_optional = true},
    {.name = {"status", 6},
        .type = IOC_STRING,
        .is_optional = true,
        .one_of = choices,
        .one_of_count = 2},
    {.name = {"position", 8}, .type = IOC_POINT, .is_optional = true},
};
static const struct ioc_schema schema = {.name = {"fuzz", 4}, .fields = fields, .count = 8};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ioc_errors errors = {0};
    struct ioc_reference_options options = {.name = IOC_TEXT("fuzz"), .key = IOC_TEXT("id")};
    if (size > 65536)
        return 0;
    struct ioc_reference *reference = ioc_reference_parse(IOC_TEXT("fuzz"),
        (struct ioc_text){(const char *)data, (uint32_t)size}, &options, &schema, &errors);
    if (!reference == (errors.count == 0))
        abort();
    for (uint32_t i = 0; reference && i < ioc_reference_count(reference); i++) {
        const struct ioc_row *row = ioc_reference_row(reference, i);
        ioc_slot slot = ioc_reference_key_slot(reference);
        struct ioc_key key;
        if (!ioc_row_is_sound(row, row->bytes) ||
            ioc_key_of_row(&key, row, &schema, &slot, 1) != IOC_OK ||
            ioc_reference_find(reference, ioc_key_text(&key)) != i)
            abort();
    }
    ioc_reference_free(reference);
    ioc_errors_done(&errors);
    return 0;
}
