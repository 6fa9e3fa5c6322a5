/*
 * tests/fuzz/fuzz_rules.c — any bytes as a rule file of a small town; rules that load are run and reloaded.
 */
#include "tests/rules/town.h"

static const ioc_time start = 1767574800 * IOC_SECOND;

static void see_transition(struct ioc_outlet *outlet, const struct ioc_transition *t)
{
    if (t->severity < IOC_SEVERITY_WARNING || t->severity > IOC_SEVERITY_CRITICAL || t->seq == 0)
        abort();
}

static void see_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
    if (entity->severity > IOC_SEVERITY_CRITICAL)
        abort();
}

static void see_result(struct ioc_outlet *outlet, const struct ioc_result *result) {}

static void run(struct town *town, struct ioc_ruleset *ruleset)
{
    static const double depths[] = {0, 16, 55, 80, 55, 80, 31, 31, 19, 2, 99, 40, 40, 5};
    struct ioc_outlet outlet = {see_transition, see_entity, see_result};
    struct ioc_shard *shard = ioc_shard_new(&(struct ioc_shard_options){.site = town->context.site, .streams = town->streams,
        .stream_count = 1, .ruleset = ruleset, .keys_most = 16});
    uint64_t offset = 0;
    for (int i = 0; i < 42; i++) {
        ioc_time now = start + i * 40 * IOC_SECOND;
        struct town_event event = {.station = i % 3 ? "S1" : "S9", .time = now, .stamp = now, .depth = depths[i % 14],
            .rain = i % 4 ? depths[(i + 3) % 14] : NAN, .offset = ++offset};
        ioc_shard_apply(shard, town_record(town, &event), &outlet);
        if (i % 10 == 9) {
            struct ioc_record reload = {.bytes = sizeof reload, .kind = IOC_RECORD_RELOAD, .stamp = now, .offset = ++offset};
            ioc_shard_reload(shard, ruleset, &reload, &outlet);
        }
    }
    ioc_shard_publish(shard, &outlet);
    struct ioc_record tick = {.bytes = sizeof tick, .kind = IOC_RECORD_TICK, .stamp = start + 9000 * IOC_DAY, .offset = ++offset};
    ioc_shard_apply(shard, &tick, &outlet);
    if (ioc_shard_due(shard) <= tick.stamp)
        abort();
    ioc_shard_free(shard);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct town town;
    if (!town.city)
        town_open(&town);
    if (size > 65536)
        return 0;
    struct ioc_text text = {(const char *)data, (uint32_t)size};
    struct ioc_rulefile *file = ioc_rulefile_parse(IOC_TEXT("rules.yaml"), text, &town.errors);
    struct ioc_ruleset *ruleset = file ? ioc_ruleset_new(&town.context, &file, 1, &town.errors) : NULL;
    ioc_rulefile_free(file); /* the rules must not need it */
    if (!ruleset && town.errors.count == 0)
        abort();
    for (uint32_t i = 0; i < town.errors.count; i++)
        if (town.errors.items[i].text[0] == 0 || !town.errors.items[i].code[0])
            abort();
    if (ruleset)
        run(&town, ruleset);
    ioc_ruleset_unref(ruleset);
    ioc_errors_done(&town.errors);
    town.errors = (struct ioc_errors){0};
    return 0;
}
