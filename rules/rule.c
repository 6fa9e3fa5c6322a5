/*
 * rules/rule.c — one compiled rule: from its node in a rule file to programs over frames.
 *
 * Reading goes key by key; each reader adds its own errors and goes on, so that an engineer sees all
 * mistakes of a rule at once.
 */
#include "rules/reading.h"
#include "rules/rulekeys.h"
#include "rules/lint.h"
#include <xxhash.h>

static struct ioc_node *require(struct ioc_reading *reading, const char *key, const char *hint)
{
    struct ioc_node *node = ioc_node_find(reading->node, key);
    if (!node) {
        ioc_node_error(reading->document, reading->node, reading->errors, "missing-key", "the rule has no %s", key);
        ioc_node_hint(reading->errors, "%s", hint);
    }
    return node;
}

static uint64_t hash_node(const struct ioc_node *node, uint64_t seed)
{
    if (!node)
        return XXH3_64bits_withSeed("-", 1, seed);
    seed = XXH3_64bits_withSeed(node->key.data, node->key.length, seed + (uint64_t)node->kind + ((uint64_t)node->count << 8));
    seed = XXH3_64bits_withSeed(node->text.data, node->text.length, seed);
    for (const struct ioc_node *child = node->first; child; child = child->next)
        seed = hash_node(child, seed);
    return seed;
}

/* ------------------------------------------------------------- names in expressions */

static const struct ioc_schema *make_optional(struct ioc_rule_loading *loading, const struct ioc_schema *schema)
{
    for (const struct ioc_rule_optional *known = loading->optionals; known; known = known->next)
        if (known->of == schema)
            return known->optional;
    struct ioc_schema *copy = ioc_arena_take(loading->arena, sizeof *copy);
    *copy = *schema;
    copy->fields = ioc_arena_take(loading->arena, (schema->count + 1) * sizeof *copy->fields);
    for (uint32_t i = 0; i < schema->count; i++) {
        copy->fields[i] = schema->fields[i];
        copy->fields[i].is_optional = true;
    }
    struct ioc_rule_optional *made = ioc_arena_take(loading->arena, sizeof *made);
    *made = (struct ioc_rule_optional){schema, copy, loading->optionals};
    loading->optionals = made;
    return copy;
}

static struct ioc_variable *add_variable(struct ioc_scope *scope, struct ioc_variable variable)
{
    struct ioc_variable *variables = (struct ioc_variable *)scope->variables; /* ours until it is complete */
    variables[scope->count] = variable;
    return &variables[scope->count++];
}

/* Of a stream whose key is personal the key is too. */
static struct ioc_field engine_fields[2][2] = {
    {{.name = {"now", 3}, .type = IOC_TIMESTAMP, .decimals = -1}, {.name = {"key", 3}, .type = IOC_STRING, .decimals = -1}},
    {{.name = {"now", 3}, .type = IOC_TIMESTAMP, .decimals = -1},
        {.name = {"key", 3}, .type = IOC_STRING, .decimals = -1, .personal = IOC_PERSONAL_TEXT}}};
const struct ioc_schema ioc_rule_engine = {.name = {"engine", 6}, .fields = engine_fields[0], .count = 2};

static struct ioc_variable *add_record(struct ioc_scope *scope, const char *name, enum ioc_frame frame, const struct ioc_schema *schema)
{
    return add_variable(scope, (struct ioc_variable){.name = ioc_text_of(name), .frame = frame, .is_record = true, .schema = schema});
}

struct ioc_scope ioc_rule_scope(const struct ioc_rule *rule, const struct ioc_ruleset_context *context,
    struct ioc_rule_loading *loading)
{
    const struct ioc_schema *params = &rule->params.schema;
    struct ioc_scope scope = {.areas = context->areas, .patterns = context->patterns, .zones = context->zones, .is_strict = context->is_strict};
    scope.variables = ioc_arena_take(&loading->scratch, (params->count + 6u) * sizeof *scope.variables);
    struct ioc_variable *event = add_record(&scope, "event", IOC_FRAME_EVENT, &rule->stream->schema);
    event->is_certain = true;
    ioc_lint_event(rule, context, event);
    add_record(&scope, "last", IOC_FRAME_LAST, make_optional(loading, &rule->stream->schema));
    if (rule->asset)
        add_record(&scope, "asset", IOC_FRAME_ASSET, make_optional(loading, ioc_reference_schema(rule->asset)));
    if (params->count)
        add_record(&scope, "params", IOC_FRAME_PARAMS, params);
    for (ioc_slot i = 0; i < params->count; i++)
        add_variable(&scope, (struct ioc_variable){.name = params->fields[i].name, .frame = IOC_FRAME_PARAMS,
            .may_be_missing = true, .slot = i, .schema = params, .field = &params->fields[i]});
    bool is_personal = false;
    for (uint32_t i = 0; i < rule->stream->key_count; i++)
        is_personal |= rule->stream->schema.fields[rule->stream->key[i]].personal != IOC_PERSONAL_NO;
    for (ioc_slot i = 0; i < ioc_rule_engine.count; i++)
        add_variable(&scope, (struct ioc_variable){.name = ioc_rule_engine.fields[i].name, .frame = IOC_FRAME_ENGINE, .slot = i,
            .schema = &ioc_rule_engine, .field = &engine_fields[is_personal][i]});
    return scope;
}

/* ------------------------------------------------------------- expressions */

/* A rung, or the one `when`. */
static struct ioc_program *compile_rung(struct ioc_reading *reading, struct ioc_rulefile_place where)
{
    struct ioc_terms terms = ioc_terms_unknown(reading->scratch);
    struct ioc_program *program = ioc_reading_compile(reading, where, IOC_BOOL, &terms);
    reading->when = ioc_terms_or(&reading->when, &terms, reading->scratch);
    return program;
}

static void add_values(struct ioc_reading *reading, const struct ioc_program *program)
{
    if (!program)
        return;
    struct ioc_rule *rule = reading->rule;
    uint32_t count;
    const struct ioc_program_read *reads = ioc_program_reads(program, &count);
    for (uint32_t i = 0; i < count && rule->value_count < 32; i++) {
        bool is_known = reads[i].is_whole;
        for (uint32_t k = 0; k < rule->value_count && !is_known; k++)
            is_known = rule->values[k].frame == reads[i].frame && rule->values[k].slot == reads[i].slot;
        if (is_known)
            continue;
        struct ioc_text name = {0};
        const struct ioc_field *field = ioc_reading_field(reading, &reads[i], &name, reading->arena);
        if (field)
            rule->values[rule->value_count++] = (struct ioc_rule_value){name, reads[i].frame, reads[i].slot, field};
    }
}

/* ------------------------------------------------------------- keys of a rule */

/* Unknown keys of the map under a key of the rule. */
static void check_keys(struct ioc_reading *reading, struct ioc_rulefile_place place, const char *key)
{
    ioc_option_unknown(place.document, place.node, ioc_option_find(&ioc_rule_form, key), NULL, NULL, reading->errors);
}

static void read_ladder(struct ioc_reading *reading, struct ioc_rulefile_place severity)
{
    struct ioc_rule *rule = reading->rule;
    check_keys(reading, severity, "severity");
    struct ioc_rulefile_place deadband = {severity.document, ioc_node_find(severity.node, "deadband")};
    uint32_t rungs = 0;
    for (int i = 0; i < IOC_RUNGS; i++) {
        struct ioc_rulefile_place rung = {severity.document, ioc_node_find(severity.node, ioc_rule_severities[i])};
        if (!rung.node)
            continue;
        rungs++;
        rule->when[i] = compile_rung(reading, rung);
        if (rule->when[i] && deadband.node)
            rule->stay[i] = ioc_deadband_compile(reading, rung, deadband);
    }
    if (rungs == 0) {
        ioc_node_error(severity.document, severity.node, reading->errors, "missing-key", "the ladder has no rung");
        ioc_node_hint(reading->errors, "severity: {major: event.depth_cm > 30, minor: event.depth_cm > 15}");
    }
}

static void read_condition(struct ioc_reading *reading)
{
    struct ioc_rule *rule = reading->rule;
    struct ioc_rulefile_place when = ioc_reading_find(reading, "when"), severity = ioc_reading_find(reading, "severity"),
                              where = ioc_reading_find(reading, "where");
    int rung = 1; /* minor, when a profile says nothing */
    if (where.node)
        rule->where = ioc_reading_compile(reading, where, IOC_BOOL, &reading->where);
    if (severity.node && severity.node->kind == IOC_NODE_MAP) {
        if (when.node) {
            ioc_node_error(when.document, when.node, reading->errors, "when-and-ladder", "a severity ladder replaces `when`");
            ioc_node_hint(reading->errors, "drop `when`, or write one severity word");
        }
        read_ladder(reading, severity);
        return;
    }
    if (severity.node)
        (void)!ioc_node_choice(severity.document, severity.node, ioc_rule_severities, &rung, reading->errors);
    else {
        ioc_node_error(reading->document, reading->node, reading->errors, "missing-key", "the rule has no severity");
        ioc_node_hint(reading->errors, "severity: critical, major, minor or warning — or a ladder");
    }
    if (when.node)
        rule->when[rung] = compile_rung(reading, when);
    else {
        ioc_node_error(reading->document, reading->node, reading->errors, "missing-key", "the rule has no `when`");
        ioc_node_hint(reading->errors, "when: event.depth_cm > 15");
    }
}

/* A duration that is waited for: not negative, and within what a city lives to see. */
static void read_span(struct ioc_reading *reading, const struct ioc_document *document, struct ioc_node *node, ioc_span *span)
{
    ioc_span read;
    if (!ioc_node_span(document, node, &read, reading->errors))
        return;
    if (read >= 0 && read <= 3650 * IOC_DAY)
        *span = read;
    else
        ioc_node_error(document, node, reading->errors, "out-of-range", "this waits 0s to 3650d");
}

static void read_hold(struct ioc_reading *reading, struct ioc_rulefile_place hold)
{
    struct ioc_rule_hold *out = &reading->rule->hold;
    if (hold.node->kind == IOC_NODE_MAP) {
        check_keys(reading, hold, "hold");
        struct ioc_node *span = ioc_node_find(hold.node, "for"), *readings = ioc_node_find(hold.node, "readings");
        int64_t count = 1;
        if (span)
            read_span(reading, hold.document, span, &out->span);
        if (readings && ioc_node_int(hold.document, readings, 1, 1000, &count, reading->errors))
            out->readings = (uint32_t)count;
        return;
    }
    read_span(reading, hold.document, hold.node, &out->span);
}

static void read_clear(struct ioc_reading *reading, struct ioc_rulefile_place clear)
{
    if (clear.node->kind != IOC_NODE_MAP) {
        ioc_node_error(clear.document, clear.node, reading->errors, "wrong-kind", "clear is a map");
        ioc_node_hint(reading->errors, "clear: {when: event.depth_cm < 10, hold: 10m}");
        return;
    }
    check_keys(reading, clear, "clear");
    struct ioc_rulefile_place when = {clear.document, ioc_node_find(clear.node, "when")};
    struct ioc_node *hold = ioc_node_find(clear.node, "hold");
    if (when.node)
        reading->rule->clear_when = ioc_reading_compile(reading, when, IOC_BOOL, NULL);
    if (hold)
        read_span(reading, clear.document, hold, &reading->rule->clear_hold);
}

static int read_choice(struct ioc_reading *reading, const char *key, int fallback)
{
    const char *const *choices = ioc_option_choices(ioc_option_find(&ioc_rule_form, key));
    struct ioc_rulefile_place found = ioc_reading_find(reading, key);
    if (found.node)
        (void)!ioc_node_choice(found.document, found.node, choices, &fallback, reading->errors);
    return fallback;
}

static void read_policies(struct ioc_reading *reading)
{
    struct ioc_rule *rule = reading->rule;
    struct ioc_rulefile_place hold = ioc_reading_find(reading, "hold"), clear = ioc_reading_find(reading, "clear"),
                              silence = ioc_reading_find(reading, "silence");
    rule->hold.readings = 1;
    if (hold.node)
        read_hold(reading, hold);
    if (clear.node)
        read_clear(reading, clear);
    rule->mode = (enum ioc_rule_mode)read_choice(reading, "mode", IOC_MODE_LIVE);
    rule->ack = (enum ioc_rule_ack)read_choice(reading, "ack", IOC_ACK_BY_SEVERITY);
    rule->on_missing = (enum ioc_rule_missing)read_choice(reading, "on_missing", IOC_MISSING_KEEP);
    rule->silence = (enum ioc_rule_silence)read_choice(reading, "silence", IOC_SILENCE_DOUBTFUL);
    if (rule->silence == IOC_SILENCE_CLEAR && (rule->when[2] || rule->when[3])) {
        ioc_node_error(silence.document, silence.node, reading->errors, "silence-clears",
            "silence must not clear a major or critical alert: a drowned sensor is silent too");
        ioc_node_hint(reading->errors, "leave `silence` out: the alert becomes doubtful and keeps its place");
    }
}

/* The alert's key is the stream's key: other keys need copies to other partitions (ENGINE.md 4). */
static void check_by(struct ioc_reading *reading)
{
    struct ioc_node *by = ioc_node_find(reading->node, "by");
    const struct ioc_stream *stream = reading->rule->stream;
    if (!by)
        return;
    uint32_t i = 0;
    bool is_same = by->kind == IOC_NODE_SCALAR ? stream->key_count == 1 : by->kind == IOC_NODE_LIST && by->count == stream->key_count;
    for (struct ioc_node *item = by->kind == IOC_NODE_SCALAR ? by : by->first; item && is_same; item = item->next, i++) {
        is_same = item->kind == IOC_NODE_SCALAR && ioc_text_equal(item->text, stream->schema.fields[stream->key[i]].name);
        if (by->kind == IOC_NODE_SCALAR)
            break;
    }
    if (is_same)
        return;
    ioc_node_error(reading->document, by, reading->errors, "by-not-the-key",
        "rules on '%.*s' are judged per key of the stream", IOC_TEXT_ARGS(stream->name));
    struct ioc_text key = stream->schema.fields[stream->key[0]].name;
    ioc_node_hint(reading->errors, "leave `by` out, or write by: %.*s", IOC_TEXT_ARGS(key));
}

static bool find_stream(struct ioc_reading *reading)
{
    const struct ioc_ruleset_context *context = reading->context;
    struct ioc_text name;
    struct ioc_node *on = require(reading, "on", "on: street_depth   # a stream of the city file");
    if (!on || !ioc_node_text(reading->document, on, &name, reading->errors))
        return false;
    struct ioc_text *names = ioc_arena_take(reading->scratch, (context->stream_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < context->stream_count; i++) {
        names[i] = context->streams[i]->name;
        if (ioc_text_equal(names[i], name))
            reading->rule->stream = context->streams[i];
    }
    if (reading->rule->stream)
        return true;
    int nearest = ioc_text_nearest(name, names, context->stream_count);
    ioc_node_error(reading->document, on, reading->errors, "no-such-stream", "there is no stream '%.*s'", IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_node_hint(reading->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
    return false;
}

static void find_profile(struct ioc_reading *reading)
{
    struct ioc_text name;
    struct ioc_node *node = ioc_node_find(reading->node, "profile");
    if (!node || !ioc_node_text(reading->document, node, &name, reading->errors))
        return;
    struct ioc_text *names = ioc_arena_take(reading->scratch,
        ((reading->context->profiles ? reading->context->profiles->count : 0) + 1) * sizeof *names);
    uint32_t count = 0;
    for (struct ioc_node *child = reading->context->profiles ? reading->context->profiles->first : NULL; child; child = child->next) {
        names[count++] = child->key;
        if (ioc_text_equal(child->key, name))
            reading->profile = child;
    }
    if (reading->profile)
        return;
    int nearest = ioc_text_nearest(name, names, count);
    ioc_node_error(reading->document, node, reading->errors, "no-such-profile", "there is no profile '%.*s' in the city file",
        IOC_TEXT_ARGS(name));
    if (nearest >= 0)
        ioc_node_hint(reading->errors, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
}

static void read_id(struct ioc_reading *reading, struct ioc_text owner)
{
    struct ioc_text id;
    struct ioc_node *node = require(reading, "id", "id: street-depth   # for ever: its alerts and their history hang on it");
    if (!node || !ioc_node_text(reading->document, node, &id, reading->errors))
        return;
    bool is_good = id.length > 0 && id.length <= 64;
    for (uint32_t i = 0; i < id.length; i++)
        is_good &= (id.data[i] >= 'a' && id.data[i] <= 'z') || (id.data[i] >= '0' && id.data[i] <= '9') || id.data[i] == '-' ||
                   id.data[i] == '_';
    if (!is_good) {
        ioc_node_error(reading->document, node, reading->errors, "bad-id", "an id has small letters, digits, - and _, at most 64");
        ioc_node_hint(reading->errors, "id: street-depth");
    }
    reading->rule->id = ioc_arena_printf(reading->arena, "%.*s/%.*s", IOC_TEXT_ARGS(owner), IOC_TEXT_ARGS(id));
}

static void hash_rule(struct ioc_reading *reading)
{
    static const char *const conditions[] = {"where", "when", "severity", "hold", "params", "on", NULL};
    struct ioc_rule *rule = reading->rule;
    rule->version = hash_node(reading->profile, hash_node(reading->node, 0));
    rule->condition = rule->params.table ? ioc_reference_hash(rule->params.table) : 0;
    for (int i = 0; conditions[i]; i++)
        rule->condition = hash_node(ioc_reading_find(reading, conditions[i]).node, rule->condition);
}

static bool has_engine(const struct ioc_program_read *reads, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        if (reads[i].frame == IOC_FRAME_ENGINE)
            return true;
    return false;
}

static bool reads_engine(const struct ioc_program *program)
{
    uint32_t count = 0;
    const struct ioc_program_read *reads = program ? ioc_program_reads(program, &count) : NULL;
    return has_engine(reads, count);
}

static bool shows_engine(const struct ioc_template *template)
{
    for (uint32_t i = 0; i < template->count; i++) {
        uint32_t count = 0;
        const struct ioc_program_read *reads = ioc_template_reads(&template->parts[i], &count);
        if (has_engine(reads, count))
            return true;
    }
    return false;
}

static void note_engine(struct ioc_rule *rule)
{
    rule->reads_engine = reads_engine(rule->where) || reads_engine(rule->clear_when) || reads_engine(rule->position) ||
                         shows_engine(&rule->message_vi) || shows_engine(&rule->message_en);
    for (int i = 0; i < IOC_RUNGS; i++)
        rule->reads_engine |= reads_engine(rule->when[i]) || reads_engine(rule->stay[i]);
}

static void collect_values(struct ioc_reading *reading)
{
    struct ioc_rule *rule = reading->rule;
    rule->values = ioc_arena_take(reading->scratch, 32 * sizeof *rule->values);
    for (int i = IOC_RUNGS; i-- > 0;)
        add_values(reading, rule->when[i]);
    add_values(reading, rule->clear_when);
    add_values(reading, rule->where);
    struct ioc_rule_value *kept = ioc_arena_take(reading->arena, (rule->value_count + 1) * sizeof *kept);
    memcpy(kept, rule->values, rule->value_count * sizeof *kept);
    rule->values = kept;
}

/* ------------------------------------------------------------- for the index */

/* Only slots that are the same for every rule of the stream can be looked up; and where the value may be missing,
 * only if that has no consequence. */
static bool is_useful(const struct ioc_rule *rule, const struct ioc_term *term, bool may_miss)
{
    bool is_asset = term->frame == IOC_FRAME_ASSET && rule->asset_by == IOC_SLOT_NONE && rule->asset == rule->stream->asset;
    return (term->frame == IOC_FRAME_EVENT || is_asset) && (may_miss || !term->may_be_missing);
}

static void drop_useless(const struct ioc_rule *rule, struct ioc_terms *terms, bool may_miss)
{
    for (uint32_t i = 0; i < terms->count; i++) {
        struct ioc_clause *clause = &terms->clauses[i];
        uint32_t kept = 0;
        for (uint32_t k = 0; k < clause->count; k++)
            if (is_useful(rule, &clause->terms[k], may_miss))
                clause->terms[kept++] = clause->terms[k];
        clause->count = kept;
    }
}

static struct ioc_terms find_terms(struct ioc_reading *reading)
{
    const struct ioc_rule *rule = reading->rule;
    bool is_plain = reading->where.is_plain && reading->when.is_plain;
    drop_useless(rule, &reading->where, reading->where.is_plain);
    drop_useless(rule, &reading->when, is_plain && rule->on_missing != IOC_MISSING_RAISE);
    return rule->where ? ioc_terms_and(&reading->where, &reading->when, reading->scratch) : reading->when;
}

bool ioc_rule_read(struct ioc_rule *rule, const struct ioc_ruleset_context *context, const struct ioc_rulefile *file,
    struct ioc_node *node, struct ioc_rule_loading *loading, struct ioc_errors *errors)
{
    struct ioc_arena *arena = loading->arena;
    struct ioc_reading reading = {.rule = rule, .context = context, .document = file->document, .node = node, .arena = arena,
        .errors = errors, .errors_before = errors->count + errors->omitted, .loading = loading, .scratch = &loading->scratch,
        .where = {.is_plain = true}, .when = {.is_plain = true}};
    *rule = (struct ioc_rule){.document = file->document, .node = node, .owner = ioc_arena_copy(arena, file->owner),
        .asset_by = IOC_SLOT_NONE};
    if (node->kind != IOC_NODE_MAP) {
        ioc_node_error(file->document, node, errors, "wrong-kind", "a rule is a map that begins with `- id:`");
        return false;
    }
    ioc_rulefile_check_keys(file->document, node, false, errors);
    read_id(&reading, rule->owner);
    find_profile(&reading);
    if (!find_stream(&reading))
        return false;
    struct ioc_node *params = ioc_node_find(node, "params");
    bool has_params = ioc_params_read(&rule->params, file->document, params, context->tables, context->table_count,
        &rule->stream->schema, rule->stream->key[0], arena, errors);
    rule->asset = rule->stream->asset;
    if (!rule->asset && rule->params.table) {
        rule->asset = rule->params.table;
        rule->asset_by = rule->params.by;
    }
    if (!has_params)
        return false;
    ioc_lint_params(rule, context, file->document, params);
    check_by(&reading);
    reading.scope = ioc_rule_scope(rule, context, loading);
    read_condition(&reading);
    read_policies(&reading);
    ioc_wording_read(&reading);
    collect_values(&reading);
    note_engine(rule);
    hash_rule(&reading);
    loading->terms = find_terms(&reading);
    return errors->count + errors->omitted == reading.errors_before;
}

void ioc_rule_done(struct ioc_rule *rule)
{
    ioc_program_free(rule->where);
    for (int i = 0; i < IOC_RUNGS; i++) {
        ioc_program_free(rule->when[i]);
        ioc_program_free(rule->stay[i]);
    }
    ioc_program_free(rule->clear_when);
    ioc_program_free(rule->position);
    ioc_template_done(&rule->message_vi);
    ioc_template_done(&rule->message_en);
}
