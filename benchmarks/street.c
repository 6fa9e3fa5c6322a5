/*
 * benchmarks/street.c — the benchmarks' city in process.
 */
#include "benchmarks/street.h"
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct ioc_field fields[STREET_FIELDS] = {
    [STREET_STATION] = {.name = {"station", 7}, .type = IOC_STRING, .decimals = -1},
    [STREET_TIME] = {.name = {"observed_at", 11}, .type = IOC_TIMESTAMP, .decimals = -1},
    [STREET_DEPTH] = {.name = {"depth_cm", 8},
        .type = IOC_DOUBLE,
        .unit = {"cm", 2},
        .decimals = 1},
    [STREET_RAIN] = {.name = {"rain_mm", 7},
        .type = IOC_DOUBLE,
        .unit = {"mm", 2},
        .decimals = -1,
        .is_optional = true},
    [STREET_BATTERY] = {.name = {"battery", 7},
        .type = IOC_DOUBLE,
        .decimals = -1,
        .is_optional = true},
    [STREET_STATUS] = {.name = {"status", 6},
        .type = IOC_STRING,
        .decimals = -1,
        .is_optional = true},
    [STREET_POSITION] = {.name = {"position", 8},
        .type = IOC_POINT,
        .decimals = -1,
        .is_optional = true},
    [STREET_CLOCK] = {.name = {"ioc_clock", 9},
        .type = IOC_BOOL,
        .decimals = -1,
        .is_optional = true},
    [STREET_RANGE] = {.name = {"ioc_range", 9},
        .type = IOC_BOOL,
        .decimals = -1,
        .is_optional = true},
};
static const char routes[] = "- topic: city/street_depth/+\n"
                             "  stream: street_depth\n"
                             "  identity: {topic_level: 2}\n"
                             "  fields:\n"
                             "    station: /station\n"
                             "    observed_at: {pointer: /ts, time: epoch_ms}\n"
                             "    depth_cm: {pointer: /depth, unit: cm}\n"
                             "    rain_mm: /rain\n"
                             "    battery: /battery\n"
                             "    status: /status\n"
                             "    position: {latitude: /position/lat, longitude: /position/lon}\n";

static void end_on_errors(struct street *street)
{
    if (!street->errors.count)
        return;
    ioc_errors_print(&street->errors, IOC_ENGLISH, stderr);
    exit(1);
}

void street_open(struct street *street)
{
    *street = (struct street){
        .stream = {.name = IOC_TEXT("street_depth"),
            .kind = IOC_TEXT("street-depth"),
            .schema = {.name = IOC_TEXT("street_depth"), .fields = fields, .count = STREET_FIELDS},
            .key = {STREET_STATION},
            .key_count = 1,
            .time = STREET_TIME,
            .lateness = 30 * IOC_SECOND,
            .max_future = 2 * IOC_MINUTE,
            .interval = 10 * IOC_MINUTE,
            .stale_after = 30 * IOC_MINUTE,
            .dedupe = IOC_SLOT_NONE,
            .clock_flag = STREET_CLOCK,
            .range_flag = STREET_RANGE,
            .live = STREET_DEPTH,
            .position = STREET_POSITION,
            .priority = 100}};
    street->streams[0] = &street->stream;
    street->context = (struct ioc_ruleset_context){
        .site = IOC_TEXT("bench"), .streams = street->streams, .stream_count = 1};
    street->document = ioc_document_parse(IOC_TEXT("routes"), IOC_TEXT(routes), &street->errors);
    end_on_errors(street);
    street->route = ioc_route_read(street->document, street->document->root->first, street->streams,
        1, NULL, &street->arena, &street->errors);
    end_on_errors(street);
}

void street_close(struct street *street)
{
    ioc_route_close(street->route);
    ioc_document_free(street->document);
    ioc_arena_done(&street->arena);
    ioc_errors_done(&street->errors);
}

struct ioc_ruleset *street_rules(struct street *street, uint32_t count)
{
    struct ioc_buffer text = {0};
    ioc_buffer_add_string(&text, "owner: drainage\nrules:\n");
    for (uint32_t i = 0; i < count; i++)
        ioc_buffer_addf(&text,
            "- {id: deep-%03u, on: street_depth, when: \"event.depth_cm > %u.0 && event.status == "
            "'ok'\", severity: minor,"
            " ack: none, message: '${event.depth_cm} of water'}\n",
            i, i == 0 ? 50 : 1000 + i);
    if (count == 0)
        ioc_buffer_add_string(&text, "  []\n");
    struct ioc_rulefile *file =
        ioc_rulefile_parse(IOC_TEXT("rules"), ioc_buffer_text(&text), &street->errors);
    struct ioc_ruleset *ruleset =
        file ? ioc_ruleset_new(&street->context, &file, 1, &street->errors) : NULL;
    end_on_errors(street);
    ioc_rulefile_free(file);
    ioc_buffer_done(&text);
    return ruleset;
}

void street_draft(const struct street *street, struct ioc_draft *draft, uint32_t station,
    ioc_time at, double depth)
{
    char name[16];
    struct ioc_text text = {name, (uint32_t)snprintf(name, sizeof name, "S%05u", station)};
    ioc_draft_begin(draft, &street->stream.schema);
    bool is_good = ioc_draft_set_text(draft, STREET_STATION, text) == IOC_OK &&
                   ioc_draft_set_text(draft, STREET_STATUS, IOC_TEXT("ok")) == IOC_OK;
    if (!is_good)
        abort();
    ioc_draft_set_int(draft, STREET_TIME, at);
    ioc_draft_set_double(draft, STREET_DEPTH, depth);
    ioc_draft_set_double(draft, STREET_RAIN, 0.4);
    ioc_draft_set_double(draft, STREET_BATTERY, 3.71);
    ioc_draft_set_point(draft, STREET_POSITION, (struct ioc_point){106.660172, 10.762622});
}

ioc_span street_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return now.tv_sec * IOC_SECOND + now.tv_nsec;
}

double street_ns(ioc_span since, uint64_t count)
{
    return (double)(street_clock() - since) / (double)count;
}
