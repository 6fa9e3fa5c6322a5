/* core/resp.c — commands for Redis in RESP (declared in core/redis.h). */
#include "core/redis.h"
#include <stdarg.h>

static void add_length(struct ioc_buffer *out, char kind, uint64_t length)
{
    ioc_buffer_add_char(out, kind);
    ioc_buffer_add_uint(out, length);
    ioc_buffer_add(out, "\r\n", 2);
}

void ioc_resp_begin(struct ioc_buffer *out, uint32_t arguments)
{
    add_length(out, '*', arguments);
}

void ioc_resp_add(struct ioc_buffer *out, struct ioc_text argument)
{
    add_length(out, '$', argument.length);
    ioc_buffer_add_text(out, argument);
    ioc_buffer_add(out, "\r\n", 2);
}

void ioc_resp_add_string(struct ioc_buffer *out, const char *argument)
{
    ioc_resp_add(out, ioc_text_of(argument));
}

void ioc_resp_add_int(struct ioc_buffer *out, int64_t argument)
{
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)argument);
    ioc_resp_add(out, (struct ioc_text){digits, (uint32_t)length});
}

void ioc_resp_add_double(struct ioc_buffer *out, double argument)
{
    char digits[IOC_TEXT_NUMBER];
    if (argument != argument)
        ioc_resp_add(out, IOC_TEXT("nan"));
    else if (argument - argument != 0)
        ioc_resp_add(out, argument > 0 ? IOC_TEXT("inf") : IOC_TEXT("-inf"));
    else
        ioc_resp_add(out, ioc_text_of_double(argument, digits));
}

void ioc_resp_command(struct ioc_buffer *out, const char *first, ...)
{
    va_list arguments;
    uint32_t count = 1;
    va_start(arguments, first);
    while (va_arg(arguments, const char *))
        count++;
    va_end(arguments);

    ioc_resp_begin(out, count);
    va_start(arguments, first);
    for (const char *argument = first; argument; argument = va_arg(arguments, const char *))
        ioc_resp_add_string(out, argument);
    va_end(arguments);
}
