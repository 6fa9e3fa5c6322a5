/* rules/cel/complaint.c — fills the one error of an expression. */
#include "rules/cel/complaint.h"

enum ioc_status ioc_complaint_set(struct ioc_program_error *err, uint32_t offset, uint32_t length,
    const char *code, const char *format, ...)
{
    if (!err || err->error.code[0])
        return IOC_INVALID;
    err->offset = offset;
    err->length = length;
    err->error.length = length;
    va_list arguments;
    va_start(arguments, format);
    ioc_error_set_list(&err->error, code, format, arguments);
    va_end(arguments);
    return IOC_INVALID;
}

void ioc_complaint_hint(struct ioc_program_error *err, uint32_t offset, const char *format, ...)
{
    if (!err || err->offset != offset || err->error.hint[0])
        return;
    va_list arguments;
    va_start(arguments, format);
    ioc_error_hint_list(&err->error, format, arguments);
    va_end(arguments);
}

struct ioc_text ioc_complaint_quote(struct ioc_text token)
{
    uint32_t length = token.length > 60 ? 60 : token.length;
    while (length < token.length && ((unsigned char)token.data[length] & 0xc0) == 0x80)
        length--;
    return (struct ioc_text){token.data, length};
}
