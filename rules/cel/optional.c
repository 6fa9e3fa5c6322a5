/* rules/cel/optional.c — the library of optionals: values that may not be there. */
#include "rules/cel/optional.h"
#include "rules/cel/builtin.h"

enum ioc_fault ioc_optional_wrap(
    struct ioc_scratch *scratch, const struct ioc_boxed *value, struct ioc_boxed *out)
{
    struct ioc_boxed *kept = ioc_scratch_take(scratch, sizeof *kept);
    if (!kept)
        return scratch->trouble;
    *kept = *value;
    *out = (struct ioc_boxed){.items = kept, .count = 1, .type = IOC_KIND_OPTIONAL};
    return IOC_FAULT_NONE;
}

bool ioc_optional_is_zero(const struct ioc_boxed *value)
{
    switch (value->type) {
    case IOC_NULL: return true;
    case IOC_BOOL:
    case IOC_INT:
    case IOC_UINT:
    case IOC_DURATION: return value->natural == 0;
    case IOC_DOUBLE: return value->number == 0;
    case IOC_TIMESTAMP: return value->integer == 0 && value->count == 0;
    case IOC_STRING:
    case IOC_BYTES:
    case IOC_LIST:
    case IOC_MAP: return value->count == 0;
    default: return false;
    }
}

static enum ioc_fault give_none(struct ioc_boxed *out)
{
    *out = (struct ioc_boxed){.type = IOC_KIND_OPTIONAL};
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_none)
{
    (void)scratch, (void)arguments;
    return give_none(out);
}

static IOC_BUILTIN_RUN(run_of)
{
    return ioc_optional_wrap(scratch, &arguments[0], out);
}

static IOC_BUILTIN_RUN(run_of_non_zero)
{
    if (ioc_optional_is_zero(&arguments[0]))
        return give_none(out);
    return ioc_optional_wrap(scratch, &arguments[0], out);
}

static IOC_BUILTIN_RUN(run_has_value)
{
    (void)scratch;
    *out = ioc_boxed_bool(arguments[0].count != 0);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_value)
{
    (void)scratch;
    if (arguments[0].count == 0)
        return IOC_FAULT_NO_VALUE;
    *out = arguments[0].items[0];
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_or)
{
    (void)scratch;
    *out = arguments[arguments[0].count ? 0 : 1];
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_or_value)
{
    (void)scratch;
    *out = arguments[0].count ? arguments[0].items[0] : arguments[1];
    return IOC_FAULT_NONE;
}

static enum ioc_fault give_item(struct ioc_scratch *scratch, const struct ioc_boxed *list,
    uint32_t index, struct ioc_boxed *out)
{
    if (list->count == 0)
        return give_none(out);
    struct ioc_boxed item = ioc_boxed_item(scratch, list, index);
    return ioc_optional_wrap(scratch, &item, out);
}

static IOC_BUILTIN_RUN(run_first)
{
    return give_item(scratch, &arguments[0], 0, out);
}

static IOC_BUILTIN_RUN(run_last)
{
    return give_item(scratch, &arguments[0], arguments[0].count - 1, out);
}

static IOC_BUILTIN_RUN(run_unwrap)
{
    const struct ioc_boxed *list = &arguments[0];
    struct ioc_boxed *items = ioc_scratch_take(scratch, list->count * sizeof *items);
    uint32_t count = 0;
    if (!items || !ioc_scratch_spend(scratch, list->count))
        return scratch->trouble;
    for (uint32_t i = 0; i < list->count; i++) {
        struct ioc_boxed item = ioc_boxed_item(scratch, list, i);
        if (item.type != IOC_KIND_OPTIONAL)
            return IOC_FAULT_OVERLOAD;
        if (item.count)
            items[count++] = item.items[0];
    }
    *out = (struct ioc_boxed){.items = items, .count = count, .type = IOC_LIST};
    return IOC_FAULT_NONE;
}

enum {
    F = IOC_BUILTIN_FUNCTION,
    M = IOC_BUILTIN_METHOD,
    CALL = IOC_OP_CALL,
};
/* or() and orValue() look at their argument only when it is needed: unwrap.c. */
static const struct ioc_builtin rows[] = {
    {"optional.none", "", "?A", F, CALL, run_none, "an optional without a value", NULL,
        "optional.none().orValue(5) == 5"},
    {"optional.of", "A", "?A", F, CALL, run_of, "an optional with this value", NULL,
        "optional.of(3).value() == 3"},
    {"optional.ofNonZeroValue", "A", "?A", F, CALL, run_of_non_zero,
        "with this value; none when it is null, false, 0, empty or 1970-01-01T00:00:00Z", NULL,
        "!optional.ofNonZeroValue(\"\").hasValue()"},
    {"optional.unwrap", "[?A]", "[A]", F, CALL, run_unwrap,
        "the values of the optionals that have one", "an item is no optional",
        "optional.unwrap([optional.of(1), optional.none()]) == [1]"},
    {"unwrapOpt", "[?A]", "[A]", M, CALL, run_unwrap, "the values of the optionals that have one",
        "an item is no optional", "[optional.none(), optional.of(2)].unwrapOpt() == [2]"},
    {"hasValue", "?A", "b", M, CALL, run_has_value, "is there a value?", NULL,
        "{\"depth_cm\": 15.0}.?depth_cm.hasValue()"},
    {"value", "?A", "A", M, CALL, run_value, "the value", "there is none",
        "[7, 8][?1].value() == 8"},
    {"or", "?A?A", "?A", M, CALL, run_or,
        "this optional, or the other one when this has no value; looks at the other only then", NULL,
        "optional.none().or(optional.of(2)).value() == 2"},
    {"orValue", "?AA", "A", M | IOC_BUILTIN_INDEXED, CALL, run_or_value,
        "the value, or the other one when there is none; looks at the other only then", NULL,
        "{\"depth_cm\": 15.0}.?rain_mm.orValue(0.0) == 0.0"},
    {"first", "[A]", "?A", M, CALL, run_first, "the first item; none when the list is empty", NULL,
        "[1, 2, 3].first().value() == 1"},
    {"last", "[A]", "?A", M, CALL, run_last, "the last item; none when the list is empty", NULL,
        "[1, 2, 3].last().orValue(0) == 3"},
};
const struct ioc_library ioc_library_optional = {
    "optional", "values that may not be there", rows, sizeof rows / sizeof *rows};
