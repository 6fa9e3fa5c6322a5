/*
 * tests/fuzz/fuzz_area.c — any bytes as GeoJSON; where areas come out, the index and the areas asked one by one agree.
 */
#include "core/area.h"
#include <stdlib.h>

static void check_point(const struct ioc_areas *areas, struct ioc_point point)
{
    int32_t first = IOC_AREA_NONE;
    for (uint32_t i = 0; i < ioc_areas_count(areas) && first < 0; i++)
        if (ioc_areas_has(areas, i, point))
            first = (int32_t)i;
    if (ioc_areas_find(areas, point) != first)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ioc_errors errors = {0};
    if (size > 65536)
        return 0;
    struct ioc_areas *areas =
        ioc_areas_parse(IOC_TEXT("fuzz"), (struct ioc_text){(const char *)data, (uint32_t)size},
            IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    if (!areas == (errors.count == 0))
        abort();
    for (uint32_t i = 0; areas && i < ioc_areas_count(areas) && i < 50; i++) {
        const struct ioc_area *area = ioc_areas_get(areas, i);
        check_point(areas, area->centre);
        for (int step = 0; step < 25; step++)
            check_point(
                areas, (struct ioc_point){area->west + (area->east - area->west) * (step % 5) / 4,
                           area->south + (area->north - area->south) * (step / 5) / 4});
    }
    ioc_areas_free(areas);
    ioc_errors_done(&errors);
    return 0;
}
