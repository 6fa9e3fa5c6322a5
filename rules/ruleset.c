/*
 * rules/ruleset.c — all compiled rules of a city.
 *
 * The engine's own rules (a device clock that is not believed, a value outside its range) are rules like
 * any other: they are written here as text and read with the same code.
 */
#include "rules/ruleset.h"
#include "core/memory.h"
#include "rules/cel/pattern.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <xxhash.h>

struct ioc_ruleset {
    atomic_uint references;
    struct ioc_arena arena;
    struct ioc_rule **rules; /* by id */
    uint32_t count;
    uint64_t version;
    struct ioc_index *index;
};

static const char system_clock[] =
    "- id: clock-%.*s\n"
    "  on: %.*s\n"
    "  title: {vi: 'Đồng hồ thiết bị sai', en: 'Device clock is wrong'}\n"
    "  when: event.ioc_clock\n"
    "  severity: warning\n"
    "  hold: {readings: 3}\n"
    "  clear: {hold: 1m}\n"
    "  ack: none\n"
    "  message: {vi: 'Giờ của thiết bị sai, dùng giờ nhận', en: 'Its time is in the future; receive time is used'}\n"
    "  labels: {domain: maintenance}\n";
static const char system_range[] =
    "- id: range-%.*s\n"
    "  on: %.*s\n"
    "  title: {vi: 'Giá trị ngoài khoảng đo', en: 'Value outside its range'}\n"
    "  when: event.ioc_range\n"
    "  severity: warning\n"
    "  hold: {readings: 3}\n"
    "  clear: {hold: 1m}\n"
    "  ack: none\n"
    "  message: {vi: 'Số đo nằm ngoài khoảng hợp lý', en: 'A reading is outside its plausible range'}\n"
    "  labels: {domain: maintenance}\n";

static void write_id(struct ioc_buffer *out, const char *template, struct ioc_text stream)
{
    char id[64];
    uint32_t length = stream.length < 48 ? stream.length : 48;
    for (uint32_t i = 0; i < length; i++) {
        char letter = stream.data[i];
        bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
        id[i] = is_plain ? letter : '_';
    }
    char text[2048];
    snprintf(text, sizeof text, template, (int)length, id, IOC_TEXT_ARGS(stream));
    ioc_buffer_add_string(out, text);
}

static struct ioc_rulefile *write_system_rules(const struct ioc_ruleset_context *context, struct ioc_errors *errors)
{
    struct ioc_buffer text = {0};
    ioc_buffer_add_string(&text, "owner: system\nrules:\n");
    size_t empty = text.length;
    for (uint32_t i = 0; i < context->stream_count; i++) {
        const struct ioc_stream *stream = context->streams[i];
        if (stream->clock_flag != IOC_SLOT_NONE)
            write_id(&text, system_clock, stream->name);
        if (stream->range_flag != IOC_SLOT_NONE)
            write_id(&text, system_range, stream->name);
    }
    struct ioc_rulefile *file = NULL;
    if (text.length > empty)
        file = ioc_rulefile_parse(IOC_TEXT("(engine)"), ioc_buffer_text(&text), errors);
    ioc_buffer_done(&text);
    return file;
}

/* An owner is part of every id of its rules, in keys of Redis and in texts of people. */
static void check_owner(const struct ioc_rulefile *file, struct ioc_errors *errors)
{
    struct ioc_text owner = file->owner;
    struct ioc_node *node = ioc_node_find(file->document->root, "owner");
    bool is_good = owner.length > 0 && owner.length <= 64;
    for (uint32_t i = 0; i < owner.length; i++) {
        char letter = owner.data[i];
        is_good &= (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '_';
    }
    if (!is_good) {
        ioc_node_error(file->document, node, errors, "bad-owner", "an owner has small letters, digits, - and _, at most 64");
        ioc_node_hint(errors, "owner: drainage   # the department");
    } else if (ioc_text_equal(owner, IOC_TEXT("system"))) {
        ioc_node_error(file->document, node, errors, "bad-owner", "system owns the engine's own rules");
        ioc_node_hint(errors, "name the department whose rules these are");
    }
}

static void read_file(struct ioc_ruleset *ruleset, const struct ioc_ruleset_context *context, const struct ioc_rulefile *file,
    struct ioc_rule_loading *loading, uint32_t *capacity, struct ioc_errors *errors)
{
    for (struct ioc_node *node = file->rules->first; node; node = node->next) {
        if (ruleset->count == *capacity) {
            uint32_t grown = *capacity ? *capacity * 2 : 64;
            ruleset->rules = ioc_memory_grow(ruleset->rules, *capacity * sizeof *ruleset->rules, grown * sizeof *ruleset->rules);
            *capacity = grown;
        }
        struct ioc_rule *rule = ioc_arena_take(&ruleset->arena, sizeof *rule);
        ruleset->rules[ruleset->count++] = rule;
        bool is_good = ioc_rule_read(rule, context, file, node, loading, errors);
        if (is_good && rule->mode != IOC_MODE_OFF)
            ioc_index_add(ruleset->index, rule, &loading->terms);
        ioc_arena_done(&loading->scratch);
    }
}

static int compare_rules(const void *a, const void *b)
{
    const struct ioc_rule *one = *(struct ioc_rule *const *)a, *other = *(struct ioc_rule *const *)b;
    int order = ioc_text_compare(one->id, other->id);
    if (order == 0) /* a mistake: the later one is told */
        order = ioc_text_compare(one->document->file, other->document->file);
    return order ? order : one->node->line < other->node->line ? -1 : one->node->line > other->node->line;
}

static void sort_rules(struct ioc_ruleset *ruleset, struct ioc_errors *errors)
{
    if (ruleset->count)
        qsort(ruleset->rules, ruleset->count, sizeof *ruleset->rules, compare_rules);
    for (uint32_t i = 0; i < ruleset->count; i++) {
        struct ioc_rule *rule = ruleset->rules[i];
        rule->index = i;
        ruleset->version = XXH3_64bits_withSeed(&rule->version, sizeof rule->version, ruleset->version);
        if (i == 0 || !rule->id.length || !ioc_text_equal(rule->id, ruleset->rules[i - 1]->id))
            continue;
        const struct ioc_rule *other = ruleset->rules[i - 1];
        struct ioc_node *id = ioc_node_find(rule->node, "id");
        ioc_node_error(rule->document, id ? id : rule->node, errors, "id-in-use", "the id '%.*s' is already used in %.*s:%u",
            IOC_TEXT_ARGS(rule->id), IOC_TEXT_ARGS(other->document->file), other->node->line);
        ioc_node_hint(errors, "an id names one rule for ever: choose another");
    }
}

struct ioc_ruleset *ioc_ruleset_new(const struct ioc_ruleset_context *given, struct ioc_rulefile *const *files,
    uint32_t file_count, struct ioc_errors *errors)
{
    uint32_t before = errors->count + errors->omitted, capacity = 0;
    struct ioc_ruleset_context own_context = *given;
    const struct ioc_ruleset_context *context = &own_context;
    own_context.patterns = ioc_pattern_pool_new();
    struct ioc_ruleset *ruleset = ioc_memory_take(sizeof *ruleset);
    atomic_init(&ruleset->references, 1);
    ruleset->index = ioc_index_new(context->stream_count);
    struct ioc_rule_loading loading = {.arena = &ruleset->arena};
    for (struct ioc_node *profile = context->profiles ? context->profiles->first : NULL; profile; profile = profile->next) {
        ioc_rulefile_check_keys(context->city, profile, true, errors);
        if (profile->kind != IOC_NODE_MAP) {
            ioc_node_error(context->city, profile, errors, "wrong-kind", "a profile is a map of a rule's keys");
            ioc_node_hint(errors, "profiles: {flood: {hold: 2m, on_missing: keep}}");
        }
    }
    struct ioc_rulefile *own = write_system_rules(context, errors);
    if (own)
        read_file(ruleset, context, own, &loading, &capacity, errors);
    for (uint32_t i = 0; i < file_count; i++)
        check_owner(files[i], errors);
    for (uint32_t i = 0; i < file_count; i++)
        read_file(ruleset, context, files[i], &loading, &capacity, errors);
    sort_rules(ruleset, errors);
    ioc_rulefile_free(own);
    ioc_pattern_pool_free(own_context.patterns);
    if (errors->count + errors->omitted > before) {
        ioc_ruleset_unref(ruleset);
        return NULL;
    }
    ioc_index_seal(ruleset->index);
    return ruleset;
}

struct ioc_ruleset *ioc_ruleset_ref(struct ioc_ruleset *ruleset)
{
    atomic_fetch_add_explicit(&ruleset->references, 1, memory_order_relaxed);
    return ruleset;
}

void ioc_ruleset_unref(struct ioc_ruleset *ruleset)
{
    if (!ruleset || atomic_fetch_sub_explicit(&ruleset->references, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < ruleset->count; i++)
        ioc_rule_done(ruleset->rules[i]);
    ioc_memory_give(ruleset->rules);
    ioc_index_free(ruleset->index);
    ioc_arena_done(&ruleset->arena);
    ioc_memory_give(ruleset);
}

uint32_t ioc_ruleset_count(const struct ioc_ruleset *ruleset)
{
    return ruleset->count;
}

const struct ioc_rule *ioc_ruleset_rule(const struct ioc_ruleset *ruleset, uint32_t index)
{
    return ruleset->rules[index];
}

uint32_t ioc_ruleset_find(const struct ioc_ruleset *ruleset, struct ioc_text id)
{
    uint32_t low = 0, high = ruleset->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = ioc_text_compare(ruleset->rules[middle]->id, id);
        if (order == 0)
            return middle;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return UINT32_MAX;
}

uint64_t ioc_ruleset_version(const struct ioc_ruleset *ruleset)
{
    return ruleset->version;
}

const struct ioc_index *ioc_ruleset_index(const struct ioc_ruleset *ruleset)
{
    return ruleset->index;
}
