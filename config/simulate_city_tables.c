/*
 * config/simulate_city_tables.c — the tables that describe a simulated city's devices (config/simulate_city.h).
 */
#include "config/simulate_city.h"
#include "core/buffer.h"
#include <errno.h>

static void write_cell(struct ioc_buffer *out, struct ioc_text text)
{
    ioc_buffer_add_char(out, '"');
    for (uint32_t i = 0; i < text.length; i++) {
        if (text.data[i] == '"')
            ioc_buffer_add_char(out, '"');
        ioc_buffer_add_char(out, text.data[i]);
    }
    ioc_buffer_add_char(out, '"');
}

/* The columns between district and position. */
static void write_traits(const struct ioc_simulate_device *device, struct ioc_buffer *out)
{
    static const int limits_cm[] = {10, 12, 15, 20, 25};
    static const int limits_dba[] = {75, 80, 85};
    double trait = device->trait[0];
    switch (device->family) {
    case IOC_SIMULATE_STREET:
        write_cell(out, device->basin);
        if (device->trait[1] < 0.9) /* the others take the rule's default */
            ioc_buffer_addf(out, ",%d,", limits_cm[(int)(device->trait[1] / 0.9 * 5)]);
        else
            ioc_buffer_add_string(out, ",,");
        break;
    case IOC_SIMULATE_RIVER:
        write_cell(out, device->basin);
        ioc_buffer_addf(out, ",%.2f,%.2f,", 1.50 - 0.40 * trait, 1.60 - 0.40 * trait);
        break;
    case IOC_SIMULATE_NOISE: ioc_buffer_addf(out, "%d,", limits_dba[(int)(trait * 3)]); break;
    case IOC_SIMULATE_LAMP: ioc_buffer_addf(out, "%.0f,", 90 + 40 * device->trait[1]); break;
    case IOC_SIMULATE_BIN: ioc_buffer_addf(out, "%d,", trait < 0.5 ? 240 : 660); break;
    case IOC_SIMULATE_TRAFFIC:
    case IOC_SIMULATE_GATE: ioc_buffer_addf(out, "%d,", 2 + (int)(trait * 3)); break;
    default: break;
    }
}

static enum ioc_status write_table(const struct ioc_simulate_city *city, int family, const char *directory, struct ioc_error *err)
{
    char path[4096];
    struct ioc_buffer out = {.limit = 64 << 20};
    ioc_buffer_addf(&out, "%s\n", ioc_simulate_family_traits[family].columns);
    for (uint32_t i = city->first[family]; i < city->first[family + 1]; i++) {
        const struct ioc_simulate_device *device = &city->devices[i];
        ioc_buffer_addf(&out, "%s,", device->id);
        write_cell(&out, device->name);
        ioc_buffer_addf(&out, ",%.*s,", IOC_TEXT_ARGS(device->area));
        write_traits(device, &out);
        ioc_buffer_addf(&out, "%.5f,%.5f\n", device->position.latitude, device->position.longitude);
    }
    snprintf(path, sizeof path, "%s/%s", directory, ioc_simulate_family_traits[family].table);
    FILE *file = fopen(path, "we");
    bool is_written = file && fwrite(out.data, 1, out.length, file) == out.length;
    is_written = (!file || fclose(file) == 0) && is_written && !out.is_full;
    ioc_buffer_done(&out);
    if (is_written)
        return IOC_OK;
    ioc_error_place(err, path, 0, 0);
    ioc_error_set(err, "not-written", "the table cannot be written: %s", strerror(errno));
    return IOC_FAILED;
}

enum ioc_status ioc_simulate_city_tables(const struct ioc_simulate_city *city, const char *directory, struct ioc_error *err)
{
    enum ioc_status status = IOC_OK;
    for (int family = 0; family < IOC_SIMULATE_FAMILIES && status == IOC_OK; family++)
        status = write_table(city, family, directory, err);
    return status;
}
