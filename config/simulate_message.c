/*
 * config/simulate_message.c — each family's own way of writing.
 */
#include "config/simulate_message.h"
#include "config/simulate_random.h"

enum { LATENESS = 501, GARBAGE };

struct writer {
    const struct ioc_simulate_message *message;
    const struct ioc_simulate_device *device;
    struct ioc_simulate_sample sample;
    ioc_time stamp;
    struct ioc_buffer *out;
};

static void write_id(const struct writer *writer, const char *name)
{
    ioc_buffer_addf(writer->out, "\"%s\":\"%s-%llx-%llx\"", name, writer->device->id, (unsigned long long)writer->message->run,
        (unsigned long long)writer->message->number);
}

static void write_number(const struct writer *writer, const char *name, double value, int decimals)
{
    ioc_buffer_addf(writer->out, "\"%s\":", name);
    ioc_buffer_add_fixed(writer->out, value, decimals);
}

/* Milliseconds are as fine as devices write. */
static void write_time(const struct writer *writer, const char *name, const struct ioc_zone *zone)
{
    char text[IOC_TIME_TEXT];
    ioc_time stamp = writer->stamp - writer->stamp % IOC_MILLISECOND;
    ioc_buffer_addf(writer->out, "\"%s\":\"%.*s\"", name, IOC_TEXT_ARGS(ioc_time_format(stamp, zone, text)));
}

static void write_street(const struct writer *writer)
{
    ioc_buffer_add_char(writer->out, '{');
    write_id(writer, "message_id");
    ioc_buffer_addf(writer->out, ",\"station\":\"%s\",\"ts\":%lld,", writer->device->id, (long long)(writer->stamp / IOC_MILLISECOND));
    write_number(writer, "depth", writer->sample.value[0] / 100, 3); /* this maker measures in m */
    ioc_buffer_addf(writer->out, ",\"battery\":\"%.0f%%\"}", writer->sample.value[1]);
}

static void write_river(const struct writer *writer)
{
    ioc_buffer_add_string(writer->out, "{\"header\":{");
    write_id(writer, "id");
    ioc_buffer_addf(writer->out, ",\"gauge\":\"%s\"},\"observation\":{", writer->device->id);
    write_time(writer, "at", writer->message->zone);
    ioc_buffer_addf(writer->out, ",\"level\":{\"value\":\"%.3f m\",\"datum\":\"Hòn Dấu\"}}}", writer->sample.value[0]);
}

static void write_rain(const struct writer *writer)
{
    ioc_buffer_addf(writer->out, "{\"dev\":\"%s\",", writer->device->id);
    write_id(writer, "id");
    ioc_buffer_addf(writer->out, ",\"t\":%lld,", (long long)(writer->stamp / IOC_SECOND));
    write_number(writer, "rate", writer->sample.value[0], 1);
    ioc_buffer_add_char(writer->out, ',');
    write_number(writer, "today", writer->sample.value[1], 1);
    ioc_buffer_add_char(writer->out, '}');
}

static void write_air(const struct writer *writer)
{
    const double *value = writer->sample.value;
    ioc_buffer_addf(writer->out, "{\"id\":\"urn:ngsi-ld:AirQualityObserved:%s\",\"type\":\"AirQualityObserved\",", writer->device->id);
    write_time(writer, "dateObserved", NULL);
    ioc_buffer_addf(writer->out, ",\"location\":{\"type\":\"Point\",\"coordinates\":[%.5f,%.5f]},",
        writer->device->position.longitude, writer->device->position.latitude);
    ioc_buffer_addf(writer->out, "\"pm25\":{\"value\":%.1f,\"unitCode\":\"GQ\"},\"pm10\":{\"value\":%.1f,\"unitCode\":\"GQ\"},"
        "\"no2\":{\"value\":%.1f,\"unitCode\":\"GQ\"},", value[0], value[1], value[2]);
    write_id(writer, "notification");
    ioc_buffer_add_char(writer->out, '}');
}

static void write_traffic(const struct writer *writer)
{
    const double *value = writer->sample.value;
    struct ioc_date date;
    ioc_time_date(writer->stamp, ioc_zone_offset(writer->message->zone, writer->stamp), &date);
    ioc_buffer_addf(writer->out, "{\"detector\":\"%s\",\"time\":\"%04d-%02d-%02d %02d:%02d:%02d.%03d\",", writer->device->id, date.year,
        date.month, date.day, date.hour, date.minute, date.second, date.nanosecond / 1000000);
    ioc_buffer_addf(writer->out, "\"avg_speed\":\"%.1f km/h\",\"volume\":\"%.0f\",\"occupancy\":\"%.0f%%\",", value[0], value[1], value[2]);
    write_id(writer, "uid");
    ioc_buffer_add_char(writer->out, '}');
}

/* Two readings in one message, the first of half a second ago. */
static void write_noise(const struct writer *writer)
{
    ioc_buffer_addf(writer->out, "{\"microphone\":\"%s\",\"readings\":[", writer->device->id);
    for (int i = 0; i < 2; i++) {
        double level = writer->sample.value[0] + (i ? 0 : 0.4);
        ioc_buffer_addf(writer->out, "%s{\"ref\":\"%s-%llx-%llx-%d\",\"ms\":%lld,\"laeq\":%.1f}", i ? "," : "", writer->device->id,
            (unsigned long long)writer->message->run, (unsigned long long)writer->message->number, i,
            (long long)(writer->stamp / IOC_MILLISECOND - (i ? 0 : 500)), level);
    }
    ioc_buffer_add_string(writer->out, "]}");
}

static void write_lamp(const struct writer *writer)
{
    ioc_buffer_add_char(writer->out, '{');
    write_time(writer, "at", NULL);
    ioc_buffer_addf(writer->out, ",\"lamp\":\"%s\",\"on\":\"%s\",", writer->device->id, writer->sample.value[0] > 5 ? "on" : "off");
    write_number(writer, "w", writer->sample.value[0], 1);
    ioc_buffer_add_char(writer->out, ',');
    write_number(writer, "lux", writer->sample.value[1], 0);
    ioc_buffer_add_char(writer->out, ',');
    write_id(writer, "seq");
    ioc_buffer_add_char(writer->out, '}');
}

/* As a LoRaWAN network server forwards an uplink. */
static void write_bin(const struct writer *writer)
{
    char text[IOC_TIME_TEXT];
    ioc_buffer_add_char(writer->out, '{');
    write_id(writer, "deduplicationId");
    ioc_buffer_addf(writer->out, ",\"time\":\"%.*s\",\"deviceInfo\":{\"deviceName\":\"%s\",\"devEui\":\"%016llx\"},\"fCnt\":%llu,",
        IOC_TEXT_ARGS(ioc_time_format(writer->stamp, NULL, text)), writer->device->id,
        (unsigned long long)ioc_simulate_random_mix(writer->device->index + 1), (unsigned long long)writer->message->number);
    ioc_buffer_addf(writer->out, "\"object\":{\"fill\":%.0f,\"temperature\":%.1f}}", writer->sample.value[0], writer->sample.value[1]);
}

/* 59-X1 123.45, 51F-678.90: what a camera makes of a plate. */
static void write_plate(const struct writer *writer)
{
    static const char letters[] = "ABCDEFGHKLMNPSTUVXYZ", series[] = "ABCDEFGHK";
    uint64_t chance = writer->sample.chance;
    unsigned province = 50 + (unsigned)(chance >> 8) % 10, number = (unsigned)(chance >> 16) % 100000;
    if (chance % 5 < 3)
        ioc_buffer_addf(writer->out, "\"%u-%c%u %03u.%02u\"", province, letters[(chance >> 40) % (sizeof letters - 1)],
            1 + (unsigned)(chance >> 48) % 9, number / 100, number % 100);
    else
        ioc_buffer_addf(writer->out, "\"%u%c-%03u.%02u\"", province, series[(chance >> 40) % (sizeof series - 1)], number / 100, number % 100);
}

static void write_gate(const struct writer *writer)
{
    ioc_buffer_addf(writer->out, "{\"camera\":\"%s\",", writer->device->id);
    write_id(writer, "event");
    ioc_buffer_add_char(writer->out, ',');
    write_time(writer, "seen", writer->message->zone);
    ioc_buffer_addf(writer->out, ",\"lane\":%.0f,\"vehicle\":{\"plate\":", writer->sample.value[1]);
    write_plate(writer);
    ioc_buffer_addf(writer->out, ",\"speed\":%.1f}}", writer->sample.value[0]);
}

static void (*const writers[IOC_SIMULATE_FAMILIES])(const struct writer *) = {write_street, write_river, write_rain, write_air,
    write_traffic, write_noise, write_lamp, write_bin, write_gate};

/* Spoils a message that has been written. */
static void write_garbage(struct ioc_buffer *out, uint64_t chance)
{
    static const char foreign[] = "\xff\xd8\xff\xe0\0\x10JFIF\0\1\1";
    switch (chance % 4) {
    case 0: out->length = out->length * 2 / 3; break;
    case 1:
        ioc_buffer_reset(out);
        ioc_buffer_add(out, foreign, sizeof foreign - 1);
        break;
    case 2:
        ioc_buffer_reset(out);
        ioc_buffer_add_string(out, "[\"offline\",{\"reason\":\"Mất điện\"}]");
        break;
    default:
        ioc_buffer_reset(out);
        ioc_buffer_add_string(out, "{\"status\":\"N/A\"}");
        break;
    }
}

static double measure_hour(const struct ioc_simulate_faults *faults, const struct ioc_simulate_city *city,
    const struct ioc_simulate_message *message, uint64_t *number)
{
    *number = message->number;
    if (!ioc_simulate_fault_strikes(faults, IOC_SIMULATE_STUCK, city->seed, message->device->index, 0))
        return message->hour;
    *number = 0;
    return floor(message->hour / 240) * 240; /* replaced by hand every ten days */
}

void ioc_simulate_message_write(const struct ioc_simulate_city *city, const struct ioc_simulate_faults *faults,
    const struct ioc_simulate_message *message, struct ioc_buffer *topic, struct ioc_buffer *payload,
    struct ioc_simulate_message_fate *fate)
{
    const struct ioc_simulate_device *device = message->device;
    const struct ioc_simulate_family_traits *traits = &ioc_simulate_family_traits[device->family];
    static const ioc_span silence = 90 * IOC_SECOND;
    struct writer writer = {.message = message, .device = device, .stamp = message->stamp, .out = payload};
    uint64_t seed = city->seed, number;
    ioc_buffer_reset(topic);
    ioc_buffer_reset(payload);
    *fate = (struct ioc_simulate_message_fate){.readings = device->family == IOC_SIMULATE_NOISE ? 2 : 1};
    fate->is_withheld = ioc_simulate_fault_strikes(faults, IOC_SIMULATE_SILENT, seed, device->index, 0) &&
                        ((message->elapsed + (ioc_span)(device->trait[1] * (double)silence)) / silence) % 2 == 1;
    if (fate->is_withheld)
        return;
    fate->is_garbage = ioc_simulate_fault_strikes(faults, IOC_SIMULATE_GARBAGE, seed, device->index, message->number);
    fate->is_duplicated = ioc_simulate_fault_strikes(faults, IOC_SIMULATE_DUPLICATED, seed, device->index, message->number);
    fate->is_late = ioc_simulate_fault_strikes(faults, IOC_SIMULATE_LATE, seed, device->index, message->number);
    fate->is_future = ioc_simulate_fault_strikes(faults, IOC_SIMULATE_FUTURE, seed, device->index, 0);
    if (fate->is_late)
        writer.stamp -= 45 * IOC_SECOND + (ioc_span)(ioc_simulate_random_unit(seed + LATENESS, device->index, message->number) * 255e9);
    if (fate->is_future)
        writer.stamp += 10 * IOC_MINUTE;
    double hour = measure_hour(faults, city, message, &number);
    ioc_simulate_city_measure(city, device, hour, number, &writer.sample);
    if (ioc_simulate_fault_strikes(faults, IOC_SIMULATE_DRIFTING, seed, device->index, 0))
        writer.sample.value[0] *= 1 + fmin(0.5, 0.04 * fmod(message->hour, 240));
    ioc_buffer_addf(topic, "city/%.*s/%s/%s", IOC_TEXT_ARGS(device->area), traits->stream, device->id);
    writers[device->family](&writer);
    if (fate->is_garbage) {
        write_garbage(payload, ioc_simulate_random(seed + GARBAGE, device->index, message->number));
        fate->readings = 0;
    }
}
