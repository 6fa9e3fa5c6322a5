/*
 * tests/fuzz/fuzz_city.c — any bytes as a city file; a city that loads takes an event of each of its streams.
 *
 * Its tables and areas lie in a directory of its own: stations.csv, odd.csv (a name that is a number, a
 * position that is a word), districts.geojson.
 */
#include "config/city.h"
#include "core/draft.h"
#include "rules/shard.h"
#include <stdlib.h>
#include <unistd.h>

static char directory[] = "/tmp/ioc-fuzz-city-XXXXXX", city_path[64];

static void write_file(const char *name, const void *bytes, size_t length)
{
    char path[64];
    snprintf(path, sizeof path, "%s/%s", directory, name);
    FILE *file = fopen(path, "w");
    if (!file || fwrite(bytes, 1, length, file) != length)
        abort();
    fclose(file);
}

static void remove_all(void)
{
    static const char *const names[] = {"city.yaml", "stations.csv", "odd.csv", "districts.geojson", "rules.yaml"};
    for (int i = 0; i < 5; i++) {
        char path[64];
        snprintf(path, sizeof path, "%s/%s", directory, names[i]);
        unlink(path);
    }
    rmdir(directory);
}

static void set_up(void)
{
    static const char table[] = "station,name,limit_cm,lat,lon\nS1,One,20,10.77,106.7\nS2,Two,,10.78,106.71\n";
    static const char odd[] = "station,name,position\nS1,99999999,x\n";
    static const char areas[] = "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":\"d1\",\"name\":\"One\"},"
                                "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[106,10],[107,10],[107,11],[106,11],[106,10]]]}}]}";
    static const char rules[] = "owner: d\nrules:\n- {id: a, on: depth, when: event.cm > 1, severity: minor}\n";
    if (!mkdtemp(directory))
        abort();
    atexit(remove_all);
    write_file("stations.csv", table, sizeof table - 1);
    write_file("odd.csv", odd, sizeof odd - 1);
    write_file("districts.geojson", areas, sizeof areas - 1);
    write_file("rules.yaml", rules, sizeof rules - 1);
    snprintf(city_path, sizeof city_path, "%s/city.yaml", directory);
}

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *transition) {}
static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
    char copy[600]; /* every text must be there to be read */
    snprintf(copy, sizeof copy, "%.*s%.*s%.*s%.*s", IOC_TEXT_ARGS(entity->id), IOC_TEXT_ARGS(entity->name), IOC_TEXT_ARGS(entity->unit),
        IOC_TEXT_ARGS(entity->area));
}
static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result) {}

static void fill(struct ioc_draft *draft, ioc_slot slot, enum ioc_type type)
{
    switch (type) {
    case IOC_BOOL: ioc_draft_set_bool(draft, slot, true); break;
    case IOC_UINT: ioc_draft_set_uint(draft, slot, 7); break;
    case IOC_DOUBLE: ioc_draft_set_double(draft, slot, 7.5); break;
    case IOC_STRING: (void)!ioc_draft_set_text(draft, slot, IOC_TEXT("S1")); break;
    case IOC_BYTES: (void)!ioc_draft_set_bytes(draft, slot, IOC_TEXT("S1")); break;
    case IOC_POINT: ioc_draft_set_point(draft, slot, (struct ioc_point){106.5, 10.5}); break;
    case IOC_INT:
    case IOC_TIMESTAMP:
    case IOC_DURATION: ioc_draft_set_int(draft, slot, 1767574800 * IOC_SECOND); break;
    default: break;
    }
}

static void send_event(const struct ioc_city *city, const struct ioc_stream *stream, struct ioc_shard *shard, struct ioc_outlet *outlet)
{
    struct ioc_draft draft = {0};
    struct ioc_buffer sealed = {0}, record = {0};
    ioc_time now = 1767574800 * IOC_SECOND;
    ioc_draft_begin(&draft, &stream->schema);
    for (ioc_slot slot = 0; slot < stream->schema.count; slot++)
        fill(&draft, slot, stream->schema.fields[slot].type);
    struct ioc_record header = {.kind = IOC_RECORD_EVENT, .stamp = now};
    if (ioc_event_seal(&draft, stream, now, now, 0, &sealed) == IOC_OK &&
        ioc_record_add(&record, &header, sealed.data, (uint32_t)sealed.length) == IOC_OK)
        ioc_shard_apply(shard, (struct ioc_record *)record.data, outlet);
    ioc_shard_publish(shard, outlet);
    ioc_draft_done(&draft);
    ioc_buffer_done(&sealed);
    ioc_buffer_done(&record);
}

static void run(struct ioc_city *city)
{
    struct ioc_errors errors = {0};
    struct ioc_outlet outlet = {see_transition, see_entity, see_result};
    struct ioc_ruleset *ruleset = ioc_ruleset_new(&city->context, NULL, 0, &errors);
    struct ioc_shard *shard = !ruleset ? NULL : ioc_shard_new(&(struct ioc_shard_options){.site = city->site, .streams = city->streams,
        .stream_count = city->stream_count, .areas = city->areas, .ruleset = ruleset, .keys_most = 64});
    for (uint32_t i = 0; shard && i < city->stream_count; i++)
        send_event(city, city->streams[i], shard, &outlet);
    if (!ruleset && errors.count == 0)
        abort();
    ioc_shard_free(shard);
    ioc_ruleset_unref(ruleset);
    ioc_errors_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct ioc_city *(*const loads[])(const char *, struct ioc_errors *) = {ioc_city_load_model, ioc_city_load_display, ioc_city_load};
    if (!city_path[0])
        set_up();
    if (size > 65536)
        return 0;
    write_file("city.yaml", data, size);
    for (int i = 0; i < 3; i++) {
        struct ioc_errors errors = {0};
        struct ioc_city *city = loads[i](city_path, &errors);
        if (!city && errors.count == 0)
            abort();
        if (city && i != 1)
            run(city);
        ioc_city_free(city);
        ioc_errors_done(&errors);
    }
    return 0;
}
