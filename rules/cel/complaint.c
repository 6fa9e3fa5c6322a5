/* rules/cel/complaint.c — fills the one error of an expression. */
#include "rules/cel/complaint.h"
#include <stdarg.h>

enum ioc_status ioc_complaint_set(struct ioc_program_error *err, uint32_t offset, uint32_t length,
    const char *code, const char *format, ...)
{
    if (!err || err->error.code[0])
        return IOC_INVALID;
    err->offset = offset;
    err->length = length;
    char text[sizeof err->error.text];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    ioc_error_set(&err->error, code, "%s", text);
    return IOC_INVALID;
}

void ioc_complaint_hint(struct ioc_program_error *err, uint32_t offset, const char *format, ...)
{
    if (!err || err->offset != offset || err->error.hint[0])
        return;
    char text[sizeof err->error.hint];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof text, format, list);
    va_end(list);
    ioc_error_hint(&err->error, "%s", text);
}
