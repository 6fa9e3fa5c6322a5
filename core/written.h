#pragma once
/*
 * core/written.h — values as people write them in tables, into the slots of a draft.
 *
 * Memory   as core/draft.h
 * Thread   one at a time (load)
 * Failure  IOC_INVALID and `err` (code, text, hint); the slot stays unset
 */
#include "core/draft.h"

struct ioc_written {
    char decimal; /* '.' or ','; 0 = what the first number with decimals has */
    char found;   /* where decimal is 0 */
};
/* `text` is not empty.  Checks the field's one_of, range and max as well; a value out of a range that means
 * "missing" leaves the slot unset and is IOC_OK. */
enum ioc_status ioc_written_set(struct ioc_written *written, struct ioc_draft *draft, ioc_slot slot,
    struct ioc_text text, struct ioc_error *err) IOC_USE;
enum ioc_status ioc_written_double(struct ioc_written *written, struct ioc_text text, double *value,
    struct ioc_error *err) IOC_USE;
/* Two numbers as a point; swapped ones are noticed. */
enum ioc_status ioc_written_point(
    double latitude, double longitude, struct ioc_point *point, struct ioc_error *err) IOC_USE;
/* Whether a table can have values of this type. */
bool ioc_written_can(enum ioc_type type);
