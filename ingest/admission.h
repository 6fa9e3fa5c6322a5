#pragma once
/*
 * ingest/admission.h — a finished draft, looked at before it becomes an event: identity, required
 * fields, allowed words, ranges, the device's clock; personal values become pseudonyms.
 *
 * Memory   scratch is kept and reused
 * Thread   the ingest lane's
 * Failure  IOC_INVALID (or IOC_DENIED: not who it says it is) with code and text in `err`; the
 *          draft is spoilt
 */
#include "core/event.h"
#include "ingest/pseudonym.h"

struct ioc_admission {
    struct ioc_pseudonym *pseudonym; /* NULL: personal fields are dropped */
    struct ioc_buffer scratch;
};
struct ioc_admission_claim {
    const struct ioc_stream *stream;
    struct ioc_text identity; /* must be the key; data NULL = nothing is claimed */
    ioc_time received;
};
void ioc_admission_done(struct ioc_admission *admission);
/* Gives the event time and adds IOC_EVENT_CLOCK, IOC_EVENT_RANGE to *flags. */
enum ioc_status ioc_admission_check(struct ioc_admission *admission,
    const struct ioc_admission_claim *claim, struct ioc_draft *draft, ioc_time *time,
    uint16_t *flags, struct ioc_error *err) IOC_USE;
