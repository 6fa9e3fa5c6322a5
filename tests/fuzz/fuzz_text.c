/* tests/fuzz/fuzz_text.c — numbers, times, spans, UTF-8 and JSON strings from any bytes. */
#include "core/buffer.h"
#include "core/time.h"

#include <assert.h>
#include <math.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ioc_text text = {(const char *)data, (uint32_t)size}, part;
    struct ioc_buffer json = {0};
    char out[IOC_TEXT_NUMBER], stamp[IOC_TIME_TEXT];
    double number, same_number;
    int64_t whole;
    ioc_time time, same_time;
    ioc_span span, same_span;
    if (ioc_text_double(text, &number) == IOC_OK) {
        assert(isfinite(number));
        assert(ioc_text_double(ioc_text_of_double(number, out), &same_number) == IOC_OK);
        assert(memcmp(&number, &same_number, sizeof number) == 0);
        ioc_text_of_fixed(number, (int)(size % 18), out);
    }
    if (ioc_text_int(text, &whole) == IOC_OK) {
        ioc_buffer_add_int(&json, whole);
        assert(ioc_text_int(ioc_buffer_text(&json), &same_time) == IOC_OK && same_time == whole);
        ioc_buffer_reset(&json);
    }
    if (ioc_time_parse(text, NULL, &time) == IOC_OK) {
        assert(ioc_time_parse(ioc_time_format(time, NULL, stamp), NULL, &same_time) == IOC_OK);
        assert(time == same_time);
    }
    if (ioc_span_parse(text, &span) == IOC_OK) {
        assert(ioc_span_parse(ioc_span_format(span, stamp), &same_span) == IOC_OK);
        assert(span == same_span);
    }
    ioc_buffer_add_json(&json, text);
    assert(json.is_full || ioc_text_is_utf8(ioc_buffer_text(&json)));
    ioc_buffer_done(&json);
    for (struct ioc_text rest = ioc_text_trim(text); ioc_text_split(&rest, ',', &part);)
        ioc_text_nearest(part, &text, 1);
    return 0;
}
