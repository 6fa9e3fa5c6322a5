/* tests/fuzz/fuzz_zone.c — TZif files from any bytes. */
#include "core/zone.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const ioc_time moments[] = {IOC_TIME_NONE, -2208988800 * IOC_SECOND, 0, 1784079000 * IOC_SECOND,
        4070908800 * IOC_SECOND, IOC_TIME_MAX};
    struct ioc_zone *zone;
    if (ioc_zone_read(IOC_TEXT("fuzz"), data, size, &zone) != IOC_OK)
        return 0;
    for (size_t i = 0; i < sizeof moments / sizeof moments[0]; i++) {
        struct ioc_date date;
        ioc_time back;
        char out[IOC_TIME_TEXT];
        int32_t offset = ioc_zone_offset(zone, moments[i]);
        assert(offset > -26 * 3600 && offset < 26 * 3600);
        ioc_time_date(moments[i], offset, &date);
        if (ioc_zone_moment(zone, &date, &back) == IOC_OK)
            assert(ioc_time_since(back, moments[i]) < 3 * IOC_DAY && ioc_time_since(moments[i], back) < 3 * IOC_DAY);
        assert(ioc_time_format(moments[i], zone, out).length < IOC_TIME_TEXT);
    }
    ioc_zone_free(zone);
    return 0;
}
