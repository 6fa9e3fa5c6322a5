/*
 * config/story.c — rule stories on production shards with a virtual clock.
 */
#include "config/story.h"
#include "config/city.h"
#include "config/citykeys.h"
#include "core/draft.h"
#include "core/file.h"
#include "core/memory.h"
#include "ingest/admission.h"
#include "rules/shard.h"
#include <stdlib.h>

/* In order of ioc_story_words. */
enum word { RAISE, CLEAR, WORSE, BETTER, DOUBTFUL, PENDING, ACKNOWLEDGE, SHELVE, REFUSED, WORDS };
enum { ALWAYS = 1 << RAISE | 1 << CLEAR | 1 << WORSE | 1 << BETTER | 1 << DOUBTFUL };

struct happening {
    enum word word;
    ioc_time at;
    uint8_t severity;
    struct ioc_text rule, key, message_vi, message_en, id;
};
struct input {
    ioc_time at;
    uint32_t order;
    struct ioc_node *node, *event;
    const struct ioc_stream *stream;
    int op; /* enum ioc_command_op, or -1 */
    enum ioc_record_kind kind;
};
struct stage { /* one story being played */
    struct ioc_city *city;
    struct ioc_document *document;
    struct ioc_errors *errors;
    struct ioc_ruleset *ruleset;
    struct ioc_shard *shards[IOC_PARTITIONS];
    uint64_t offsets[IOC_PARTITIONS];
    struct ioc_outlet outlet;
    struct ioc_arena arena;
    struct ioc_draft draft;
    struct ioc_admission admission;
    struct ioc_buffer sealed, packed;
    struct happening *happenings;
    uint32_t count, capacity, commands;
    uint32_t looked_at; /* bits of enum word */
    ioc_time start;
    bool names_system;
};

/* ------------------------------------------------------------- outputs */

static struct stage *stage_of(struct ioc_outlet *outlet)
{
    return (struct stage *)((char *)outlet - offsetof(struct stage, outlet));
}

static void add_happening(struct stage *stage, enum word word, const struct ioc_transition *t)
{
    if (!(stage->looked_at >> word & 1) || (!stage->names_system && ioc_text_equal(t->owner, IOC_TEXT("system"))))
        return;
    if (stage->count == stage->capacity) {
        uint32_t grown = stage->capacity ? stage->capacity * 2 : 32;
        stage->happenings = ioc_memory_grow(stage->happenings, stage->capacity * sizeof *stage->happenings, grown * sizeof *stage->happenings);
        stage->capacity = grown;
    }
    stage->happenings[stage->count++] = (struct happening){.word = word, .at = t->engine_time, .severity = t->severity,
        .rule = ioc_arena_copy(&stage->arena, t->rule), .key = ioc_arena_copy(&stage->arena, t->key),
        .message_vi = ioc_arena_copy(&stage->arena, t->message_vi), .message_en = ioc_arena_copy(&stage->arena, t->message_en),
        .id = ioc_arena_copy(&stage->arena, ioc_text_of(t->id.text))};
}

static bool is_active(uint8_t state)
{
    return state == IOC_ALERT_UNACKNOWLEDGED || state == IOC_ALERT_ACKNOWLEDGED;
}

static void take_transition(struct ioc_outlet *outlet, const struct ioc_transition *t)
{
    struct stage *stage = stage_of(outlet);
    if (!is_active(t->from) && is_active(t->to))
        add_happening(stage, RAISE, t);
    else if (is_active(t->from) && !is_active(t->to))
        add_happening(stage, CLEAR, t);
    else if (t->cause == IOC_CAUSE_WORSE)
        add_happening(stage, WORSE, t);
    else if (t->cause == IOC_CAUSE_BETTER)
        add_happening(stage, BETTER, t);
    else if (t->cause == IOC_CAUSE_SILENCE && t->flags & IOC_ALERT_DOUBTFUL)
        add_happening(stage, DOUBTFUL, t);
    else if (t->to == IOC_ALERT_PENDING)
        add_happening(stage, PENDING, t);
    else if (t->cause == IOC_CAUSE_PERSON && t->flags & IOC_ALERT_SHELVED)
        add_happening(stage, SHELVE, t);
    else if (t->cause == IOC_CAUSE_PERSON && t->to != t->from)
        add_happening(stage, ACKNOWLEDGE, t);
}

static void take_entity(struct ioc_outlet *outlet, const struct ioc_entity *entity)
{
}

static void take_result(struct ioc_outlet *outlet, const struct ioc_result *result)
{
    struct stage *stage = stage_of(outlet);
    if (result->is_done)
        return;
    struct ioc_transition refused = {.engine_time = stage->start, .rule = result->why, .key = result->alert};
    add_happening(stage, REFUSED, &refused);
}

/* ------------------------------------------------------------- inputs */

static struct ioc_shard *shard_at(struct stage *stage, uint32_t p)
{
    if (!stage->shards[p])
        stage->shards[p] = ioc_shard_new(&(struct ioc_shard_options){.site = stage->city->site, .partition = p,
            .streams = stage->city->streams, .stream_count = stage->city->stream_count, .areas = stage->city->areas,
            .ruleset = stage->ruleset});
    return stage->shards[p];
}

static void apply(struct stage *stage, struct ioc_record *record, ioc_time at)
{
    record->stamp = at;
    record->offset = ++stage->offsets[record->partition];
    ioc_shard_apply(shard_at(stage, record->partition), record, &stage->outlet);
}

/* Time passes: ticks at each due moment, earliest first, as an idle lane would. */
static void advance(struct stage *stage, ioc_time until)
{
    for (;;) {
        uint32_t first = IOC_PARTITIONS;
        ioc_time due = IOC_TIME_MAX;
        for (uint32_t p = 0; p < IOC_PARTITIONS; p++)
            if (stage->shards[p] && ioc_shard_due(stage->shards[p]) < due) {
                due = ioc_shard_due(stage->shards[p]);
                first = p;
            }
        if (first == IOC_PARTITIONS || due > until)
            return;
        struct ioc_record tick = {.bytes = sizeof tick, .kind = IOC_RECORD_TICK, .partition = (uint8_t)first, .source = UINT16_MAX};
        apply(stage, &tick, due);
    }
}

static bool set_point(struct stage *stage, struct ioc_node *node, ioc_slot slot)
{
    struct ioc_point point;
    if (node->kind != IOC_NODE_LIST || node->count != 2) {
        ioc_node_error(stage->document, node, stage->errors, "bad-point", "a point is [longitude, latitude]");
        return false;
    }
    if (!ioc_node_double(stage->document, node->first, &point.longitude, stage->errors) ||
        !ioc_node_double(stage->document, node->first->next, &point.latitude, stage->errors))
        return false;
    ioc_draft_set_point(&stage->draft, slot, point);
    return true;
}

static bool set_field(struct stage *stage, const struct ioc_field *field, struct ioc_node *node, ioc_slot slot)
{
    const struct ioc_document *document = stage->document;
    struct ioc_text text;
    int64_t integer;
    double number;
    bool boolean;
    switch (field->type) {
    case IOC_BOOL:
        if (!ioc_node_bool(document, node, &boolean, stage->errors))
            return false;
        ioc_draft_set_bool(&stage->draft, slot, boolean);
        return true;
    case IOC_INT:
        if (!ioc_node_int(document, node, INT64_MIN, INT64_MAX, &integer, stage->errors))
            return false;
        ioc_draft_set_int(&stage->draft, slot, integer);
        return true;
    case IOC_UINT:
        if (!ioc_node_int(document, node, 0, INT64_MAX, &integer, stage->errors))
            return false;
        ioc_draft_set_uint(&stage->draft, slot, (uint64_t)integer);
        return true;
    case IOC_DOUBLE:
        if (!ioc_node_double(document, node, &number, stage->errors))
            return false;
        ioc_draft_set_double(&stage->draft, slot, number);
        return true;
    case IOC_DURATION:
        if (!ioc_node_span(document, node, &integer, stage->errors))
            return false;
        ioc_draft_set_int(&stage->draft, slot, integer);
        return true;
    case IOC_TIMESTAMP:
        if (!ioc_node_text(document, node, &text, stage->errors))
            return false;
        if (ioc_time_parse(text, stage->city->zone, &integer) != IOC_OK) {
            ioc_node_error(document, node, stage->errors, "bad-time", "'%.*s' is no time", IOC_TEXT_ARGS(text));
            ioc_node_hint(stage->errors, "write 2026-01-05T08:00:00+07:00");
            return false;
        }
        ioc_draft_set_int(&stage->draft, slot, integer);
        return true;
    case IOC_POINT: return set_point(stage, node, slot);
    case IOC_STRING:
        return ioc_node_text(document, node, &text, stage->errors) && ioc_draft_set_text(&stage->draft, slot, text) == IOC_OK;
    default:
        ioc_node_error(document, node, stage->errors, "not-here", "a field of type %s cannot be written in a story", ioc_type_text(field->type));
        return false;
    }
}

static void play_event(struct stage *stage, const struct input *input)
{
    const struct ioc_stream *stream = input->stream;
    bool is_good = true;
    ioc_draft_begin(&stage->draft, &stream->schema);
    for (struct ioc_node *child = input->event->first; child; child = child->next) {
        ioc_slot slot = ioc_schema_find(&stream->schema, child->key);
        if (slot == IOC_SLOT_NONE) {
            struct ioc_text nearest = ioc_schema_nearest(&stream->schema, child->key);
            ioc_node_key_error(stage->document, child, stage->errors, "no-such-field", "stream '%.*s' has no field '%.*s'",
                IOC_TEXT_ARGS(stream->name), IOC_TEXT_ARGS(child->key));
            if (nearest.length)
                ioc_node_hint(stage->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
            else
                (void)!ioc_node_comma(stage->document, child, stage->errors);
            is_good = false;
        } else {
            is_good &= set_field(stage, &stream->schema.fields[slot], child, slot);
        }
    }
    if (!is_good)
        return;
    if (stream->time != IOC_SLOT_NONE && !ioc_draft_has(&stage->draft, stream->time))
        ioc_draft_set_int(&stage->draft, stream->time, input->at);
    struct ioc_error err = {0};
    struct ioc_admission_claim claim = {.stream = stream, .received = input->at};
    ioc_time time;
    uint16_t flags = 0;
    if (ioc_admission_check(&stage->admission, &claim, &stage->draft, &time, &flags, &err) != IOC_OK) {
        ioc_document_error(stage->document, input->event->line, input->event->column, &err, stage->errors);
        return;
    }
    ioc_buffer_reset(&stage->sealed);
    ioc_buffer_reset(&stage->packed);
    if (ioc_event_seal(&stage->draft, stream, time, input->at, flags, &stage->sealed) != IOC_OK) {
        ioc_node_error(stage->document, input->event, stage->errors, "bad-key", "the event has no usable key");
        return;
    }
    const struct ioc_event *event = (const struct ioc_event *)stage->sealed.data;
    struct ioc_record header = {.kind = IOC_RECORD_EVENT, .partition = (uint8_t)ioc_key_partition(event->key_hash)};
    (void)!ioc_record_add(&stage->packed, &header, event, event->bytes);
    apply(stage, (struct ioc_record *)stage->packed.data, input->at);
}

static void play_source(struct stage *stage, const struct input *input)
{
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) { /* also to those whose keys are still to come */
        struct ioc_record record = {.bytes = sizeof record, .kind = (uint8_t)input->kind, .partition = (uint8_t)p};
        apply(stage, &record, input->at);
    }
}

static struct ioc_text text_of(struct stage *stage, struct ioc_node *node, const char *key)
{
    struct ioc_text text = {0};
    struct ioc_node *found = ioc_node_find(node, key);
    if (found)
        (void)!ioc_node_text(stage->document, found, &text, stage->errors);
    return text;
}

/* After the start; small enough that 100,000 of them are no overflow. */
static bool read_span(struct stage *stage, struct ioc_node *node, ioc_span *span)
{
    ioc_span read;
    if (!ioc_node_span(stage->document, node, &read, stage->errors))
        return false;
    if (read >= 0 && read <= IOC_TIME_MAX / 200000) {
        *span = read;
        return true;
    }
    ioc_node_error(stage->document, node, stage->errors, "out-of-range", "a story's times are 0s to 500d");
    return false;
}

static void play_command(struct stage *stage, const struct input *input)
{
    struct ioc_text rule = text_of(stage, input->node, ioc_story_commands[input->op]), key = text_of(stage, input->node, "key");
    struct ioc_node *until = ioc_node_find(input->node, "until");
    struct ioc_text alert = {0};
    ioc_span span = 0;
    for (uint32_t i = 0; i < stage->count; i++)
        if (stage->happenings[i].id.length && ioc_text_equal(stage->happenings[i].rule, rule) && ioc_text_equal(stage->happenings[i].key, key))
            alert = stage->happenings[i].id;
    if (!alert.length) {
        ioc_node_error(stage->document, input->node, stage->errors, "no-such-alert", "no alert of %.*s for '%.*s' has been raised by then",
            IOC_TEXT_ARGS(rule), IOC_TEXT_ARGS(key));
        return;
    }
    if (until && !read_span(stage, until, &span))
        return;
    struct ioc_text user = text_of(stage, input->node, "by");
    struct ioc_command command = {.op = (uint8_t)input->op, .issued_at = input->at, .expires_at = input->at + 30 * IOC_SECOND,
        .until = span ? input->at + span : IOC_TIME_NONE, .alert = alert, .user = user.length ? user : IOC_TEXT("local:story"),
        .reason = text_of(stage, input->node, "reason"), .id = ioc_arena_printf(&stage->arena, "story-%u", stage->commands++)};
    uint32_t partition;
    if (ioc_id_partition(alert, &partition) != IOC_OK)
        return;
    ioc_buffer_reset(&stage->sealed);
    ioc_buffer_reset(&stage->packed);
    ioc_command_pack(&command, &stage->sealed);
    struct ioc_record header = {.kind = IOC_RECORD_COMMAND, .partition = (uint8_t)partition};
    (void)!ioc_record_add(&stage->packed, &header, stage->sealed.data, (uint32_t)stage->sealed.length);
    apply(stage, (struct ioc_record *)stage->packed.data, input->at);
}

/* ------------------------------------------------------------- reading a story */

/* `stream` is the one name beside the known keys that may stand there, or NULL. */
static void check_keys(struct stage *stage, struct ioc_node *node, const struct ioc_option *form, const char *stream)
{
    const char *const also[] = {stream, NULL};
    ioc_option_unknown(stage->document, node, form, NULL, also, stage->errors);
}

static const struct ioc_option *form_of(const char *key)
{
    return ioc_option_find(ioc_option_find(&ioc_story_form, "stories"), key);
}

static bool read_input(struct stage *stage, struct ioc_node *node, struct input *input)
{
    *input = (struct input){.node = node, .op = -1};
    for (int op = 0; ioc_story_commands[op]; op++)
        if (ioc_node_find(node, ioc_story_commands[op])) {
            input->op = op;
            check_keys(stage, node, form_of("play"), NULL);
            return true;
        }
    struct ioc_node *down = ioc_node_find(node, "source_down"), *drained = ioc_node_find(node, "source_drained");
    if (down || drained) {
        int truth;
        input->kind = down ? IOC_RECORD_SOURCE_DOWN : IOC_RECORD_SOURCE_DRAINED;
        check_keys(stage, node, form_of("play"), NULL);
        return ioc_node_choice(stage->document, down ? down : drained,
            ioc_option_choices(ioc_option_find(form_of("play"), "source_down")), &truth, stage->errors);
    }
    for (uint32_t i = 0; i < stage->city->stream_count; i++) {
        struct ioc_text name = stage->city->streams[i]->name;
        for (struct ioc_node *child = node->first; child; child = child->next)
            if (ioc_text_equal(child->key, name)) {
                input->stream = stage->city->streams[i];
                input->event = child;
                check_keys(stage, node, form_of("play"), name.data);
                return true;
            }
    }
    ioc_node_error(stage->document, node, stage->errors, "no-such-input", "this names no stream of the city and no command");
    ioc_node_hint(stage->errors, "- {at: 5m, street_depth: {station: S17, depth_cm: 48}}");
    return false;
}

static int compare_inputs(const void *a, const void *b)
{
    const struct input *x = a, *y = b;
    if (x->at != y->at)
        return x->at < y->at ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static struct input *read_play(struct stage *stage, struct ioc_node *play, uint32_t *count)
{
    struct input *inputs = NULL;
    uint32_t capacity = 0;
    *count = 0;
    if (play && play->kind != IOC_NODE_LIST) {
        ioc_node_error(stage->document, play, stage->errors, "wrong-kind", "play is a list of inputs");
        return NULL;
    }
    for (struct ioc_node *node = play ? play->first : NULL; node; node = node->next) {
        struct ioc_node *at_node = ioc_node_find(node, "at"), *every_node = ioc_node_find(node, "every"), *times_node = ioc_node_find(node, "times");
        ioc_span at = 0, every = 0;
        int64_t times = 1;
        struct input input;
        if (!at_node) {
            ioc_node_error(stage->document, node, stage->errors, "missing-key", "an input says `at:` which time after the start");
            continue;
        }
        if (!read_span(stage, at_node, &at) || !read_input(stage, node, &input) || (every_node && !read_span(stage, every_node, &every)) ||
            (times_node && !ioc_node_int(stage->document, times_node, 1, 100000, &times, stage->errors)))
            continue;
        for (int64_t i = 0; i < times; i++) {
            if (*count == capacity) {
                inputs = ioc_memory_grow(inputs, capacity * sizeof *inputs, (capacity + 256) * sizeof *inputs);
                capacity += 256;
            }
            input.at = ioc_time_add(stage->start, at + i * every);
            input.order = *count;
            inputs[(*count)++] = input;
        }
    }
    if (inputs)
        qsort(inputs, *count, sizeof *inputs, compare_inputs);
    return inputs;
}

static void play_story(struct stage *stage, struct ioc_node *story)
{
    uint32_t count;
    struct ioc_node *until = ioc_node_find(story, "until");
    ioc_span span = 0;
    struct input *inputs = read_play(stage, ioc_node_find(story, "play"), &count);
    for (uint32_t i = 0; i < count; i++) {
        advance(stage, inputs[i].at);
        if (inputs[i].op >= 0)
            play_command(stage, &inputs[i]);
        else if (inputs[i].stream)
            play_event(stage, &inputs[i]);
        else
            play_source(stage, &inputs[i]);
    }
    if (until && read_span(stage, until, &span))
        advance(stage, stage->start + span);
    ioc_memory_give(inputs);
}

/* ------------------------------------------------------------- judging a story */

struct expectation {
    struct ioc_node *node;
    enum word word;
    bool has_at;
    ioc_span at;
    struct ioc_text rule, key, severity, message;
};

static bool read_expectation(struct stage *stage, struct ioc_node *node, struct expectation *expectation)
{
    struct ioc_node *at = ioc_node_find(node, "at"), *found = NULL;
    int severity;
    *expectation = (struct expectation){.node = node};
    for (int word = 0; word < WORDS && !found; word++)
        if ((found = ioc_node_find(node, ioc_story_words[word])))
            expectation->word = (enum word)word;
    if (!found || !ioc_node_text(stage->document, found, &expectation->rule, stage->errors)) {
        ioc_node_error(stage->document, node, stage->errors, "no-such-word", "expected is one of raise, clear, worse, better, doubtful, …");
        return false;
    }
    check_keys(stage, node, form_of("expect"), NULL);
    expectation->has_at = at != NULL;
    if (at && !read_span(stage, at, &expectation->at))
        return false;
    expectation->key = text_of(stage, node, "key");
    found = ioc_node_find(node, "severity");
    if (found && !ioc_node_choice(stage->document, found, ioc_option_choices(ioc_option_find(form_of("expect"), "severity")), &severity, stage->errors))
        return false;
    expectation->severity = text_of(stage, node, "severity");
    expectation->message = text_of(stage, node, "message");
    return true;
}

static bool is_met(const struct stage *stage, const struct expectation *expected, const struct happening *happening)
{
    return expected->word == happening->word && ioc_text_equal(expected->rule, happening->rule) &&
           (!expected->key.length || ioc_text_equal(expected->key, happening->key)) &&
           (!expected->has_at || expected->word == REFUSED || stage->start + expected->at == happening->at) &&
           (!expected->severity.length || ioc_severity_find(expected->severity) == happening->severity) &&
           (!expected->message.length || ioc_text_contains(happening->message_vi, expected->message) ||
               ioc_text_contains(happening->message_en, expected->message));
}

static void print_happening(const struct stage *stage, const struct happening *happening, FILE *out)
{
    char at[IOC_TIME_TEXT];
    struct ioc_text text = ioc_span_format(happening->at - stage->start, at);
    fprintf(out, "    came:     %.*s %s %.*s key %.*s severity %s: %.*s\n", IOC_TEXT_ARGS(text), ioc_story_words[happening->word],
        IOC_TEXT_ARGS(happening->rule), IOC_TEXT_ARGS(happening->key), ioc_severity_text(happening->severity),
        IOC_TEXT_ARGS(happening->message_en));
}

static bool judge_story(struct stage *stage, struct ioc_node *story, bool is_verbose, FILE *out)
{
    struct ioc_node *expect = ioc_node_find(story, "expect");
    uint32_t i = 0;
    bool is_good = true;
    for (struct ioc_node *node = expect && expect->kind == IOC_NODE_LIST ? expect->first : NULL; node; node = node->next, i++) {
        struct expectation expectation;
        if (!read_expectation(stage, node, &expectation))
            return false;
        if (i < stage->count && is_met(stage, &expectation, &stage->happenings[i]))
            continue;
        if (is_good)
            fprintf(out, "    expected: line %u: %s %.*s\n", node->line, ioc_story_words[expectation.word], IOC_TEXT_ARGS(expectation.rule));
        is_good = false;
    }
    if (i != stage->count && is_good)
        fprintf(out, "    expected: %u transitions, %u came\n", i, stage->count);
    is_good &= i == stage->count;
    for (uint32_t k = 0; k < stage->count && (!is_good || is_verbose); k++)
        print_happening(stage, &stage->happenings[k], out);
    return is_good;
}

/* Which words the story's expectations name beside those that are always looked at. */
static void read_scope(struct stage *stage, struct ioc_node *story)
{
    struct ioc_node *expect = ioc_node_find(story, "expect");
    stage->looked_at = ALWAYS;
    stage->names_system = false;
    for (struct ioc_node *node = expect && expect->kind == IOC_NODE_LIST ? expect->first : NULL; node; node = node->next)
        for (int word = 0; word < WORDS; word++) {
            struct ioc_node *found = ioc_node_find(node, ioc_story_words[word]);
            if (!found)
                continue;
            stage->looked_at |= 1u << word;
            stage->names_system |= ioc_text_starts(found->text, IOC_TEXT("system/"));
        }
}

static bool run_story(struct stage *stage, struct ioc_node *story, bool is_verbose, FILE *out)
{
    uint32_t before = stage->errors->count + stage->errors->omitted;
    struct ioc_text name = text_of(stage, story, "name"), start = text_of(stage, story, "start");
    check_keys(stage, story, ioc_option_find(&ioc_story_form, "stories"), NULL);
    if (ioc_time_parse(start.length ? start : IOC_TEXT("2026-01-05T08:00:00+07:00"), stage->city->zone, &stage->start) != IOC_OK)
        ioc_node_error(stage->document, ioc_node_find(story, "start"), stage->errors, "bad-time", "start is a time like 2026-01-05T08:00:00+07:00");
    struct ioc_node *expect = ioc_node_find(story, "expect");
    if (expect && expect->kind != IOC_NODE_LIST && !(expect->kind == IOC_NODE_SCALAR && ioc_text_equal(expect->text, IOC_TEXT("none")))) {
        ioc_node_error(stage->document, expect, stage->errors, "wrong-kind", "expect is a list, or `none`");
        ioc_node_hint(stage->errors, "expect:\n- {at: 2m, raise: drainage/street-depth, severity: major}");
    }
    if (!expect)
        ioc_node_error(stage->document, story, stage->errors, "missing-key", "a story that expects nothing says `expect: none`");
    read_scope(stage, story);
    play_story(stage, story);
    fprintf(out, "  %.*s\n", IOC_TEXT_ARGS(name));
    bool is_good = judge_story(stage, story, is_verbose, out) && stage->errors->count + stage->errors->omitted == before;
    if (!is_good)
        fprintf(out, "    FAILED\n");
    for (uint32_t p = 0; p < IOC_PARTITIONS; p++) {
        ioc_shard_free(stage->shards[p]);
        stage->shards[p] = NULL;
        stage->offsets[p] = 0;
    }
    stage->count = 0;
    return is_good;
}

/* ------------------------------------------------------------- a file */

static struct ioc_ruleset *read_rules(struct stage *stage)
{
    struct ioc_node *root = stage->document->root, *rules = ioc_node_find(root, "rules");
    if (!rules)
        return ioc_city_rules(stage->city, stage->errors);
    struct ioc_rulefile *files[64];
    uint32_t count = 0;
    if (rules->kind == IOC_NODE_LIST && rules->first && rules->first->kind == IOC_NODE_MAP) {
        struct ioc_text owner = text_of(stage, root, "owner");
        files[count++] = ioc_rulefile_inline(stage->document, rules, owner.length ? owner : IOC_TEXT("story"));
    } else {
        bool is_list = rules->kind == IOC_NODE_LIST;
        if (rules->kind == IOC_NODE_MAP || (is_list && (rules->count == 0 || rules->count > 64)))
            ioc_node_error(stage->document, rules, stage->errors, "wrong-kind", "rules is a list of rules, or of at most 64 rule files");
        for (struct ioc_node *node = is_list ? rules->first : rules; node && count < 64; node = is_list ? node->next : NULL) {
            struct ioc_text path = ioc_file_beside(stage->document->file, node->text, &stage->arena);
            if ((files[count] = ioc_rulefile_load(path.data, stage->errors)))
                count++;
        }
    }
    struct ioc_ruleset *ruleset = ioc_ruleset_new(&stage->city->context, files, count, stage->errors);
    for (uint32_t i = 0; i < count; i++)
        ioc_rulefile_free(files[i]);
    return ruleset;
}

static void run_file(struct stage *stage, const struct ioc_story_options *options, FILE *out, struct ioc_story_counts *counts)
{
    struct ioc_node *root = stage->document->root;
    if (!root)
        return;
    check_keys(stage, root, &ioc_story_form, NULL);
    struct ioc_text city = text_of(stage, root, "city");
    struct ioc_node *stories = ioc_node_find(root, "stories");
    if (!city.length || !stories || stories->kind != IOC_NODE_LIST || stories->count == 0) {
        ioc_node_error(stage->document, root, stage->errors, "missing-key", "a story file has `city:` and a list of `stories:`");
        return;
    }
    stage->city = ioc_city_load_model(ioc_file_beside(stage->document->file, city, &stage->arena).data, stage->errors);
    if (stage->city)
        stage->city->context.is_strict = options->is_strict;
    stage->ruleset = stage->city ? read_rules(stage) : NULL;
    for (struct ioc_node *story = stories->first; story && stage->ruleset; story = story->next) {
        if (run_story(stage, story, options->is_verbose, out))
            counts->passed++;
        else
            counts->failed++;
    }
}

enum ioc_status ioc_story_run(const char *path, const struct ioc_story_options *options, FILE *out, struct ioc_story_counts *counts)
{
    struct ioc_errors errors = {0};
    struct stage stage = {.errors = &errors,
        .outlet = {.transition = take_transition, .entity = take_entity, .result = take_result}};
    stage.document = ioc_document_load(path, &errors);
    fprintf(out, "%s\n", path);
    run_file(&stage, options, out, counts);
    if (errors.count)
        ioc_errors_print(&errors, options->language, out);
    enum ioc_status status = errors.count ? IOC_INVALID : IOC_OK;
    ioc_ruleset_unref(stage.ruleset);
    ioc_city_free(stage.city);
    ioc_document_free(stage.document);
    ioc_memory_give(stage.happenings);
    ioc_buffer_done(&stage.sealed);
    ioc_buffer_done(&stage.packed);
    ioc_draft_done(&stage.draft);
    ioc_admission_done(&stage.admission);
    ioc_arena_done(&stage.arena);
    ioc_errors_done(&errors);
    return status;
}
