#pragma once
/*
 * rules/cel/complaint.h — what is wrong with an expression, and at which bytes.
 *
 * The first complaint stays: later ones are mostly its consequences.
 */
#include "rules/cel/program.h"

/* err may be NULL.  Always returns IOC_INVALID, for `return ioc_complaint_set(…)`. */
enum ioc_status ioc_complaint_set(struct ioc_program_error *err, uint32_t offset, uint32_t length,
    const char *code, const char *format, ...) IOC_PRINTF(5, 6);
/* What is shown of a token: of a long one the first 60 bytes, in whole characters. */
struct ioc_text ioc_complaint_quote(struct ioc_text token);
/* Adds what to write instead to the complaint at `offset`, when that is the one that stands. */
void ioc_complaint_hint(struct ioc_program_error *err, uint32_t offset, const char *format, ...)
    IOC_PRINTF(3, 4);
