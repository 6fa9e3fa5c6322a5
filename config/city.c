/*
 * config/city.c — city.yaml, section by section.
 */
#include "config/city.h"
#include "config/citykeys.h"
#include "config/streams.h"
#include "core/file.h"
#include "core/memory.h"
#include "core/zones.h"
#include <glob.h>
#include <limits.h>
#include <stdlib.h>

struct reader {
    struct ioc_city *city;
    struct ioc_document *document;
    struct ioc_node *root;
    struct ioc_errors *errors;
    struct ioc_streams streams;
};

static struct ioc_text read_text(struct reader *reader, struct ioc_node *node)
{
    struct ioc_text text = {0};
    if (node && ioc_node_text(reader->document, node, &text, reader->errors))
        return ioc_arena_copy(&reader->city->arena, text);
    return (struct ioc_text){0};
}

/* Unknown keys of a section. */
static void check_keys(struct reader *reader, const struct ioc_node *section)
{
    ioc_option_unknown(reader->document, section, ioc_option_find(&ioc_city_form, section->key.data), NULL, NULL, reader->errors);
}

static void read_site(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *node = ioc_node_find(reader->root, "site");
    if (!node) {
        ioc_node_error(reader->document, reader->root, reader->errors, "missing-key", "the city has no site");
        ioc_node_hint(reader->errors, "site: hcm   # a short word, for ever: every alert id hangs on it");
        return;
    }
    city->site = read_text(reader, node);
    bool is_good = city->site.length > 0 && city->site.length <= 32;
    for (uint32_t i = 0; i < city->site.length; i++) {
        char letter = city->site.data[i];
        is_good &= (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
    }
    if (!is_good)
        ioc_node_error(reader->document, node, reader->errors, "bad-site", "a site is small letters, digits and -, at most 32");
}

static void read_name(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *node = ioc_node_find(reader->root, "name");
    city->name_vi = city->name_en = city->site;
    if (!node)
        return;
    if (node->kind != IOC_NODE_MAP) {
        city->name_vi = city->name_en = read_text(reader, node);
        return;
    }
    check_keys(reader, node);
    struct ioc_node *vi = ioc_node_find(node, "vi"), *en = ioc_node_find(node, "en");
    city->name_vi = read_text(reader, vi ? vi : en);
    city->name_en = read_text(reader, en ? en : vi);
}

static void read_zone(struct reader *reader)
{
    struct ioc_node *node = ioc_node_find(reader->root, "timezone");
    reader->city->timezone = node ? read_text(reader, node) : IOC_TEXT("UTC");
    if (reader->city->timezone.length && ioc_zone_load(reader->city->timezone, &reader->city->zone) != IOC_OK) {
        ioc_node_error(reader->document, node, reader->errors, "no-such-zone", "there is no time zone '%.*s'",
            IOC_TEXT_ARGS(reader->city->timezone));
        ioc_node_hint(reader->errors, "timezone: Asia/Ho_Chi_Minh");
    }
}

static bool is_map(struct reader *reader, struct ioc_node *node, const char *hint)
{
    if (node->kind == IOC_NODE_MAP)
        return true;
    ioc_node_error(reader->document, node, reader->errors, "wrong-kind", "%.*s is a map", IOC_TEXT_ARGS(node->key));
    ioc_node_hint(reader->errors, "%s", hint);
    return false;
}

static void read_rotation(struct reader *reader)
{
    struct ioc_node *pseudonyms = ioc_node_find(reader->root, "pseudonyms"), *rotate = ioc_node_find(pseudonyms, "rotate");
    if (!pseudonyms || !is_map(reader, pseudonyms, "pseudonyms: {rotate: 30d}"))
        return;
    check_keys(reader, pseudonyms);
    if (!rotate || !ioc_node_span(reader->document, rotate, &reader->city->rotate, reader->errors))
        return;
    if (reader->city->rotate < IOC_HOUR || reader->city->rotate > 3650 * IOC_DAY)
        ioc_node_error(reader->document, rotate, reader->errors, "out-of-range", "pseudonyms rotate every 1h to 3650d");
}

static void read_limits(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_city_limits read = {0};
    struct ioc_node *limits = ioc_node_find(reader->root, "limits"), *node;
    city->lanes = 1;
    city->rotate = 30 * IOC_DAY;
    if ((node = ioc_node_find(reader->root, "lanes")))
        (void)!ioc_node_int(reader->document, node, 1, 16, &city->lanes, reader->errors);
    read_rotation(reader);
    if (limits && !is_map(reader, limits, "limits: {keys: 1000000, inbox: 16 MiB}"))
        limits = NULL;
    if (!ioc_option_read(reader->document, limits, ioc_option_find(&ioc_city_form, "limits")->inside, NULL, &read, &city->arena, reader->errors))
        return;
    city->keys = read.keys;
    city->inbox_bytes = read.inbox_bytes;
    city->deadletter_bytes = read.deadletter_bytes;
    if (city->inbox_bytes < 4 << 20 || city->inbox_bytes > 1u << 30)
        ioc_node_error(reader->document, limits, reader->errors, "out-of-range", "an inbox has 4 MiB to 1 GiB");
}

static void read_areas(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *areas = ioc_node_find(reader->root, "areas"), *file = ioc_node_find(areas, "file"),
                    *key = ioc_node_find(areas, "key"), *name = ioc_node_find(areas, "name");
    if (!areas || !is_map(reader, areas, "areas: {file: districts.geojson, key: code, name: name}"))
        return;
    check_keys(reader, areas);
    if (!file || !key) {
        ioc_node_error(reader->document, areas, reader->errors, "missing-key", "areas has file and key");
        ioc_node_hint(reader->errors, "areas: {file: districts.geojson, key: code, name: name}");
        return;
    }
    city->areas_key = read_text(reader, key);
    city->areas_name = name ? read_text(reader, name) : city->areas_key;
    city->areas_file = ioc_file_beside(reader->document->file, read_text(reader, file), &city->arena);
    city->areas = ioc_areas_load(city->areas_file.data, city->areas_key, city->areas_name, reader->errors);
}

/* ------------------------------------------------------------- sources and sinks */

static struct ioc_text read_plugin_name(struct reader *reader, struct ioc_node *node, const char *what, struct ioc_node **kind)
{
    struct ioc_node *name = ioc_node_find(node, "name");
    *kind = ioc_node_find(node, "kind");
    if (!name || !*kind) {
        ioc_node_error(reader->document, node, reader->errors, "missing-key", "a %s has a name and a kind", what);
        ioc_node_hint(reader->errors, "`ioc kinds` lists the kinds and their options");
        return (struct ioc_text){0};
    }
    return read_text(reader, name);
}

static void complain_kind(struct reader *reader, struct ioc_node *node, const char *what)
{
    ioc_node_error(reader->document, node, reader->errors, "no-such-kind", "there is no %s of kind '%.*s'", what,
        IOC_TEXT_ARGS(node->text));
    ioc_node_hint(reader->errors, "`ioc kinds` lists them");
}

static void read_routes(struct reader *reader, struct ioc_city_source *source, struct ioc_node *node)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *list = ioc_node_find(node, "subscribe");
    if (!list || list->kind != IOC_NODE_LIST || list->count == 0) {
        ioc_node_error(reader->document, list ? list : node, reader->errors, "missing-key",
            "source '%.*s' subscribes to nothing", IOC_TEXT_ARGS(source->name));
        ioc_node_hint(reader->errors, "subscribe:\n- {topic: city/+/street_depth/+, stream: street_depth, fields: {…}}");
        return;
    }
    source->routes = ioc_arena_take(&city->arena, list->count * sizeof *source->routes);
    source->subscriptions = ioc_arena_take(&city->arena, list->count * sizeof *source->subscriptions);
    for (struct ioc_node *child = list->first; child; child = child->next) {
        struct ioc_route *route = ioc_route_read(reader->document, child, city->streams, city->stream_count, city->zone, &city->arena,
            reader->errors);
        if (!route)
            continue;
        if (route->identity_level < 0)
            route->identity_level = reader->streams.identity_levels[route->stream->id];
        source->subscriptions[source->route_count] = (struct ioc_source_subscription){route->topic, route->qos};
        source->routes[source->route_count++] = route;
    }
}

static void read_source(struct reader *reader, struct ioc_node *node)
{
    struct ioc_option_keys also;
    struct ioc_city *city = reader->city;
    struct ioc_city_source *source = &city->sources[city->source_count];
    struct ioc_node *kind;
    source->name = read_plugin_name(reader, node, "source", &kind);
    if (!source->name.length)
        return;
    source->kind = ioc_source_find(kind->text);
    if (!source->kind) {
        complain_kind(reader, kind, "source");
        return;
    }
    source->options = ioc_arena_take(&city->arena, source->kind->options_bytes);
    (void)!ioc_option_read(reader->document, node, source->kind->options, ioc_option_keys(&ioc_source_form, &also), source->options, &city->arena, reader->errors);
    read_routes(reader, source, node);
    city->source_count++;
}

static void read_sink(struct reader *reader, struct ioc_node *node)
{
    struct ioc_option_keys also;
    struct ioc_city *city = reader->city;
    struct ioc_city_sink *sink = &city->sinks[city->sink_count];
    struct ioc_node *kind;
    sink->name = read_plugin_name(reader, node, "sink", &kind);
    if (!sink->name.length)
        return;
    sink->kind = ioc_sink_find(kind->text);
    if (!sink->kind) {
        complain_kind(reader, kind, "sink");
        return;
    }
    sink->options = ioc_arena_take(&city->arena, sink->kind->options_bytes);
    (void)!ioc_option_read(reader->document, node, sink->kind->options, ioc_option_keys(&ioc_sink_form, &also), sink->options, &city->arena, reader->errors);
    city->sink_count++;
}

static void read_plugins(struct reader *reader, const char *key, void (*read)(struct reader *, struct ioc_node *))
{
    struct ioc_node *list = ioc_node_find(reader->root, key);
    if (!list)
        return;
    if (list->kind != IOC_NODE_LIST) {
        ioc_node_error(reader->document, list, reader->errors, "wrong-kind", "%s is a list", key);
        return;
    }
    for (struct ioc_node *child = list->first; child; child = child->next)
        read(reader, child);
}

static void check_names(struct reader *reader)
{
    const struct ioc_city *city = reader->city;
    for (uint32_t i = 0; i < city->source_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (ioc_text_equal(city->sources[i].name, city->sources[k].name))
                ioc_node_error(reader->document, ioc_node_find(reader->root, "sources"), reader->errors, "name-in-use",
                    "two sources are named '%.*s'", IOC_TEXT_ARGS(city->sources[i].name));
    for (uint32_t i = 0; i < city->sink_count; i++)
        for (uint32_t k = 0; k < i; k++)
            if (ioc_text_equal(city->sinks[i].name, city->sinks[k].name))
                ioc_node_error(reader->document, ioc_node_find(reader->root, "sinks"), reader->errors, "name-in-use",
                    "two sinks are named '%.*s'", IOC_TEXT_ARGS(city->sinks[i].name));
}

/* ------------------------------------------------------------- commands and wall */

static void read_gates(struct reader *reader, struct ioc_node *gates)
{
    struct ioc_city *city = reader->city;
    if (!gates || gates->kind != IOC_NODE_MAP || gates->count == 0) {
        ioc_node_error(reader->document, gates, reader->errors, "missing-key", "commands names its gates");
        ioc_node_hint(reader->errors, "gates: {wall: {key: {file: gate.key}}}");
        return;
    }
    city->gates = ioc_arena_take(&city->arena, (gates->count + 1) * sizeof *city->gates);
    for (struct ioc_node *child = gates->first; child; child = child->next) {
        struct ioc_command_gate *gate = &city->gates[city->gate_count++];
        (void)!ioc_option_read(reader->document, child, ioc_gate_keys, NULL, gate, &city->arena, reader->errors);
        gate->name = ioc_arena_copy(&city->arena, child->key);
    }
}

static void read_commands(struct reader *reader)
{
    struct ioc_option_keys also;
    struct ioc_city *city = reader->city;
    struct ioc_node *commands = ioc_node_find(reader->root, "commands");
    struct ioc_city_redis keys = {0};
    if (!commands || !ioc_option_read(reader->document, commands, ioc_city_redis_keys,
            ioc_option_keys(ioc_option_find(&ioc_city_form, "commands"), &also), &keys, &city->arena, reader->errors))
        return;
    city->commands = (struct ioc_redis_options){.address = keys.address, .username = keys.username, .password = keys.password.value,
        .name = "ingest.command"};
    read_gates(reader, ioc_node_find(commands, "gates"));
}

/* The gateway's own table and the Redis it reads, as one section. */
static void read_wall(struct reader *reader)
{
    struct section {
        struct ioc_gateway_options gateway;
        struct ioc_city_redis redis;
    } section = {0};
    struct ioc_city *city = reader->city;
    struct ioc_node *wall = ioc_node_find(reader->root, "wall");
    struct ioc_option options[64];
    uint32_t count = 0;
    if (!wall)
        return;
    for (const struct ioc_option *option = ioc_gateway_option_table; option->key && count < 50; option++)
        options[count++] = *option;
    for (const struct ioc_option *option = ioc_city_redis_keys; option->key; option++) {
        options[count] = *option;
        options[count++].offset += offsetof(struct section, redis);
    }
    options[count] = (struct ioc_option)IOC_OPTION_END;
    (void)!ioc_option_read(reader->document, wall, options, NULL, &section, &city->arena, reader->errors);
    city->wall = section.gateway;
    city->wall.site = city->site;
    city->wall.name_vi = city->name_vi;
    city->wall.name_en = city->name_en;
    city->wall.timezone = city->timezone;
    city->wall.areas_file = city->areas_file;
    city->wall.areas_key = city->areas_key;
    city->wall.areas_name = city->areas_name;
    city->wall.redis = (struct ioc_redis_options){.address = section.redis.address, .username = section.redis.username,
        .password = section.redis.password.value, .name = "wall.redis"};
    city->has_wall = true;
}

static void read_rule_patterns(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *rules = ioc_node_find(reader->root, "rules");
    if (!rules)
        return;
    city->rule_patterns = ioc_arena_take(&city->arena, (rules->count + 1) * sizeof *city->rule_patterns);
    for (struct ioc_node *child = rules->kind == IOC_NODE_LIST ? rules->first : rules; child; child = rules->kind == IOC_NODE_LIST ? child->next : NULL) {
        struct ioc_text text = read_text(reader, child);
        if (text.length)
            city->rule_patterns[city->rule_pattern_count++] = ioc_file_beside(reader->document->file, text, &city->arena);
    }
}

/* ------------------------------------------------------------- the whole */

static void read_model(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    ioc_option_unknown(reader->document, reader->root, &ioc_city_form, NULL, NULL, reader->errors);
    read_site(reader);
    read_name(reader);
    read_zone(reader);
    read_limits(reader);
    read_areas(reader);
    ioc_tables_read(reader->document, ioc_node_find(reader->root, "tables"), &city->arena, &city->tables, &city->table_count, reader->errors);
    ioc_streams_read(reader->document, ioc_node_find(reader->root, "streams"), city->tables, city->table_count, &city->arena,
        &reader->streams, reader->errors);
    city->streams = reader->streams.items;
    city->stream_count = reader->streams.count;
    city->profiles = ioc_node_find(reader->root, "profiles");
    if (city->profiles && !is_map(reader, city->profiles, "profiles: {flood: {hold: 2m, on_missing: keep}}"))
        city->profiles = NULL;
    for (struct ioc_node *profile = city->profiles ? city->profiles->first : NULL; profile; profile = profile->next)
        if (is_map(reader, profile, "profiles: {flood: {hold: 2m, on_missing: keep}}"))
            ioc_rulefile_check_keys(reader->document, profile, true, reader->errors);
    read_rule_patterns(reader);
    city->context = (struct ioc_ruleset_context){.site = city->site, .streams = city->streams, .stream_count = city->stream_count,
        .tables = city->tables, .table_count = city->table_count, .city = city->document, .profiles = city->profiles,
        .areas = city->areas, .zones = ioc_zones_new()};
}

static void read_world(struct reader *reader)
{
    struct ioc_city *city = reader->city;
    struct ioc_node *sources = ioc_node_find(reader->root, "sources"), *sinks = ioc_node_find(reader->root, "sinks"), *node;
    city->sources = ioc_arena_take(&city->arena, ((sources ? sources->count : 0) + 1) * sizeof *city->sources);
    city->sinks = ioc_arena_take(&city->arena, ((sinks ? sinks->count : 0) + 1) * sizeof *city->sinks);
    read_plugins(reader, "sources", read_source);
    read_plugins(reader, "sinks", read_sink);
    check_names(reader);
    read_commands(reader);
    if ((node = ioc_node_find(reader->root, "listen")))
        city->listen = read_text(reader, node);
    node = ioc_node_find(reader->root, "state");
    city->state = ioc_file_beside(reader->document->file, node ? read_text(reader, node) : IOC_TEXT("state"), &city->arena);
    read_wall(reader);
}

/* The gateway may run where the engine's secrets and tables are not. */
static void read_display(struct reader *reader)
{
    ioc_option_unknown(reader->document, reader->root, &ioc_city_form, NULL, NULL, reader->errors);
    read_site(reader);
    read_name(reader);
    read_zone(reader);
    read_areas(reader);
    read_wall(reader);
    if (!reader->city->has_wall) {
        ioc_node_error(reader->document, reader->root, reader->errors, "missing-key", "the city has no wall");
        ioc_node_hint(reader->errors, "wall: {listen: '127.0.0.1:8080', address: '127.0.0.1:6379', gate: wall, key: {file: gate.key}, page: …}");
    }
}

enum extent { MODEL, WORLD, DISPLAY };

static struct ioc_city *load(const char *path, enum extent extent, struct ioc_errors *errors)
{
    struct ioc_city *city = ioc_memory_take(sizeof *city);
    uint32_t before = errors->count + errors->omitted;
    char absolute[PATH_MAX];
    city->document = ioc_document_load(realpath(path, absolute) ? absolute : path, errors);
    struct reader reader = {.city = city, .document = city->document, .root = city->document->root, .errors = errors};
    if (reader.root && reader.root->kind != IOC_NODE_MAP) {
        ioc_node_error(city->document, reader.root, errors, "wrong-kind", "a city file is a map: site, streams, sources, …");
    } else if (reader.root && extent == DISPLAY) {
        read_display(&reader);
    } else if (reader.root) {
        read_model(&reader);
        if (extent == WORLD)
            read_world(&reader);
    }
    if (errors->count + errors->omitted > before) {
        ioc_city_free(city);
        return NULL;
    }
    return city;
}

struct ioc_city *ioc_city_load(const char *path, struct ioc_errors *errors)
{
    return load(path, WORLD, errors);
}

struct ioc_city *ioc_city_load_model(const char *path, struct ioc_errors *errors)
{
    return load(path, MODEL, errors);
}

struct ioc_city *ioc_city_load_display(const char *path, struct ioc_errors *errors)
{
    return load(path, DISPLAY, errors);
}

void ioc_city_free(struct ioc_city *city)
{
    if (!city)
        return;
    for (uint32_t i = 0; i < city->source_count; i++)
        for (uint32_t k = 0; k < city->sources[i].route_count; k++)
            ioc_route_close(city->sources[i].routes[k]);
    for (uint32_t i = 0; i < city->table_count; i++)
        ioc_reference_free((struct ioc_reference *)city->tables[i]);
    ioc_areas_free(city->areas);
    ioc_zones_unref(city->context.zones);
    ioc_zone_free(city->zone);
    ioc_document_free(city->document);
    ioc_arena_done(&city->arena);
    ioc_memory_give(city);
}

/* ------------------------------------------------------------- rules */

static void load_pattern(const char *pattern, struct ioc_rulefile ***files, uint32_t *count, struct ioc_errors *errors)
{
    glob_t found = {0};
    if (glob(pattern, 0, NULL, &found) != 0 || found.gl_pathc == 0) {
        struct ioc_error err = {0};
        ioc_error_place(&err, pattern, 0, 0);
        ioc_error_set(&err, "no-such-file", "no rule file matches");
        ioc_error_hint(&err, "see `rules:` in the city file");
        ioc_errors_add(errors, &err);
        globfree(&found);
        return;
    }
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct ioc_rulefile *file = ioc_rulefile_load(found.gl_pathv[i], errors);
        if (!file)
            continue;
        *files = ioc_memory_grow(*files, *count * sizeof **files, (*count + 1) * sizeof **files);
        (*files)[(*count)++] = file;
    }
    globfree(&found);
}

struct ioc_ruleset *ioc_city_rules(struct ioc_city *city, struct ioc_errors *errors)
{
    struct ioc_rulefile **files = NULL;
    uint32_t count = 0, before = errors->count + errors->omitted;
    for (uint32_t i = 0; i < city->rule_pattern_count; i++)
        load_pattern(city->rule_patterns[i].data, &files, &count, errors);
    struct ioc_ruleset *ruleset = ioc_ruleset_new(&city->context, files, count, errors);
    for (uint32_t i = 0; i < count; i++)
        ioc_rulefile_free(files[i]);
    ioc_memory_give(files);
    if (ruleset && errors->count + errors->omitted > before) { /* a file that could not be read */
        ioc_ruleset_unref(ruleset);
        return NULL;
    }
    return ruleset;
}
