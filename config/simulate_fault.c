/*
 * config/simulate_fault.c — reads the shares of faults and says whom they strike.
 */
#include "config/simulate_fault.h"
#include "config/simulate_random.h"

enum { STRIKES = 401 };

static const char *const names[IOC_SIMULATE_FAULTS] = {"silent", "stuck", "drifting", "future", "duplicated", "late", "garbage"};

const char *ioc_simulate_fault_text(enum ioc_simulate_fault fault)
{
    return names[fault];
}

static enum ioc_status parse_one(struct ioc_text item, struct ioc_simulate_faults *faults, struct ioc_error *err)
{
    struct ioc_text value = item, name, candidates[IOC_SIMULATE_FAULTS];
    double share = 0, whole = 1;
    (void)!ioc_text_split(&value, '=', &name);
    name = ioc_text_trim(name);
    value = ioc_text_trim(value);
    for (int i = 0; i < IOC_SIMULATE_FAULTS; i++) {
        candidates[i] = ioc_text_of(names[i]);
        if (!ioc_text_equal(name, candidates[i]))
            continue;
        if (ioc_text_ends(value, IOC_TEXT("%"))) {
            value.length--;
            whole = 100;
        }
        if (ioc_text_double(value, &share) == IOC_OK && share >= 0 && share <= whole) {
            faults->share[i] = share / whole;
            return IOC_OK;
        }
        ioc_error_set(err, "bad-share", "'%.*s' has no share between 0 and 1", IOC_TEXT_ARGS(item));
        ioc_error_hint(err, "write %s=1%% or %s=0.01", names[i], names[i]);
        return IOC_INVALID;
    }
    int nearest = ioc_text_nearest(name, candidates, IOC_SIMULATE_FAULTS);
    ioc_error_set(err, "no-such-fault", "there is no fault '%.*s'", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_error_hint(err, "did you mean '%s'?", names[nearest]);
    else
        ioc_error_hint(err, "silent, stuck, drifting, future, duplicated, late, garbage");
    return IOC_INVALID;
}

enum ioc_status ioc_simulate_fault_parse(struct ioc_text text, struct ioc_simulate_faults *faults, struct ioc_error *err)
{
    struct ioc_simulate_faults read = *faults;
    struct ioc_text item;
    while (ioc_text_split(&text, ',', &item)) {
        enum ioc_status status = parse_one(item, &read, err);
        if (status != IOC_OK)
            return status;
    }
    *faults = read;
    return IOC_OK;
}

bool ioc_simulate_fault_strikes(const struct ioc_simulate_faults *faults, enum ioc_simulate_fault fault, uint64_t seed,
    uint32_t device, uint64_t number)
{
    bool is_of_message = fault >= IOC_SIMULATE_DUPLICATED;
    return faults->share[fault] > 0 &&
           ioc_simulate_random_unit(seed + STRIKES + (uint64_t)fault, device, is_of_message ? number : 0) < faults->share[fault];
}
