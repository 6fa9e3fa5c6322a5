#pragma once
/*
 * tests/rules/town.h — a very small city for the tests of rules: one stream, one table, rules from a text.
 */
#include "core/memory.h"
#include "rules/shard.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TOWN_STATION, TOWN_TIME, TOWN_DEPTH, TOWN_RAIN, TOWN_PHONE, TOWN_CLOCK, TOWN_FIELDS };

struct town {
    struct ioc_field fields[TOWN_FIELDS];
    struct ioc_stream stream;
    const struct ioc_stream *streams[1];
    const struct ioc_reference *tables[1];
    struct ioc_reference *stations;
    struct ioc_field columns[3];
    struct ioc_schema table_schema;
    struct ioc_document *city; /* profiles */
    struct ioc_ruleset_context context;
    struct ioc_errors errors;
};

static inline void town_open(struct town *town)
{
    *town = (struct town){0};
    town->fields[TOWN_STATION] = (struct ioc_field){.name = IOC_TEXT("station"), .type = IOC_STRING, .decimals = -1};
    town->fields[TOWN_TIME] = (struct ioc_field){.name = IOC_TEXT("observed_at"), .type = IOC_TIMESTAMP, .decimals = -1};
    town->fields[TOWN_DEPTH] = (struct ioc_field){.name = IOC_TEXT("depth_cm"), .type = IOC_DOUBLE, .unit = IOC_TEXT("cm"), .decimals = 1};
    town->fields[TOWN_RAIN] = (struct ioc_field){.name = IOC_TEXT("rain_mm"), .type = IOC_DOUBLE, .unit = IOC_TEXT("mm"), .decimals = -1, .is_optional = true};
    town->fields[TOWN_PHONE] = (struct ioc_field){.name = IOC_TEXT("phone"), .type = IOC_STRING, .is_optional = true, .decimals = -1, .personal = IOC_PERSONAL_PHONE};
    town->fields[TOWN_CLOCK] = (struct ioc_field){.name = IOC_TEXT("ioc_clock"), .type = IOC_BOOL, .decimals = -1};
    town->stream = (struct ioc_stream){.name = IOC_TEXT("street_depth"), .kind = IOC_TEXT("street_depth"),
        .schema = {.name = IOC_TEXT("street_depth"), .fields = town->fields, .count = TOWN_FIELDS}, .key = {TOWN_STATION}, .key_count = 1,
        .time = TOWN_TIME, .lateness = 30 * IOC_SECOND, .max_future = 2 * IOC_MINUTE, .interval = 5 * IOC_MINUTE,
        .stale_after = 15 * IOC_MINUTE, .dedupe = IOC_SLOT_NONE, .clock_flag = TOWN_CLOCK, .range_flag = IOC_SLOT_NONE, .live = TOWN_DEPTH,
        .position = IOC_SLOT_NONE};
    town->columns[0] = (struct ioc_field){.name = IOC_TEXT("station"), .type = IOC_STRING, .decimals = -1};
    town->columns[1] = (struct ioc_field){.name = IOC_TEXT("name"), .type = IOC_STRING, .decimals = -1};
    town->columns[2] = (struct ioc_field){.name = IOC_TEXT("limit_cm"), .type = IOC_DOUBLE, .unit = IOC_TEXT("cm"), .decimals = -1, .is_optional = true};
    town->table_schema = (struct ioc_schema){.name = IOC_TEXT("stations"), .fields = town->columns, .count = 3};
    char path[] = "/tmp/ioc-town-XXXXXX";
    int handle = mkstemp(path);
    FILE *file = fdopen(handle, "w");
    fputs("station,name,limit_cm\nS1,Kênh Tẻ,20\nS2,Nguyễn Hữu Cảnh,\n", file);
    fclose(file);
    town->stations = ioc_reference_load(path, &(struct ioc_reference_options){.name = IOC_TEXT("stations"), .key = IOC_TEXT("station")},
        &town->table_schema, &town->errors);
    remove(path);
    town->stream.asset = town->stations;
    town->streams[0] = &town->stream;
    town->tables[0] = town->stations;
    town->city = ioc_document_parse(IOC_TEXT("city.yaml"), IOC_TEXT("profiles:\n  flood: {hold: {for: 2m, readings: 2}, severity: minor}\n"), &town->errors);
    town->context = (struct ioc_ruleset_context){.site = IOC_TEXT("town"), .streams = town->streams, .stream_count = 1,
        .tables = town->tables, .table_count = 1, .city = town->city, .profiles = ioc_node_find(town->city->root, "profiles")};
}

static inline void town_close(struct town *town)
{
    ioc_reference_free(town->stations);
    ioc_document_free(town->city);
    ioc_errors_done(&town->errors);
}

static inline struct ioc_ruleset *town_rules(struct town *town, const char *text)
{
    struct ioc_rulefile *file = ioc_rulefile_parse(IOC_TEXT("rules.yaml"), ioc_text_of(text), &town->errors);
    struct ioc_ruleset *ruleset = file ? ioc_ruleset_new(&town->context, &file, 1, &town->errors) : NULL;
    ioc_rulefile_free(file);
    return ruleset;
}

struct town_event { /* one reading; NAN = no such value */
    const char *station;
    ioc_time time, stamp;
    double depth, rain;
    uint16_t flags, source; /* flags: enum ioc_event_flag */
    uint64_t offset;
};

/* A sealed record of one reading; good until the next one. */
static inline struct ioc_record *town_record(struct town *town, const struct town_event *event)
{
    static struct ioc_draft draft;
    static struct ioc_buffer sealed, record;
    ioc_draft_begin(&draft, &town->stream.schema);
    (void)!ioc_draft_set_text(&draft, TOWN_STATION, ioc_text_of(event->station));
    ioc_draft_set_int(&draft, TOWN_TIME, event->time);
    ioc_draft_set_double(&draft, TOWN_DEPTH, event->depth);
    if (!isnan(event->rain))
        ioc_draft_set_double(&draft, TOWN_RAIN, event->rain);
    ioc_draft_set_bool(&draft, TOWN_CLOCK, false);
    ioc_buffer_reset(&sealed);
    ioc_buffer_reset(&record);
    if (ioc_event_seal(&draft, &town->stream, event->time, event->stamp, event->flags, &sealed) != IOC_OK)
        abort();
    struct ioc_record header = {.kind = IOC_RECORD_EVENT, .stamp = event->stamp, .offset = event->offset, .source = event->source};
    if (ioc_record_add(&record, &header, sealed.data, (uint32_t)sealed.length) != IOC_OK)
        abort();
    return (struct ioc_record *)record.data;
}

static inline struct ioc_record *town_reading(struct town *town, const char *station, ioc_time time, double depth, ioc_time stamp, uint64_t offset)
{
    return town_record(town, &(struct town_event){.station = station, .time = time, .depth = depth, .rain = NAN, .stamp = stamp, .offset = offset});
}
