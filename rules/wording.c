/* rules/wording.c — what people get to read and see of an alert: texts in both languages, labels, position; nothing personal. */
#include "rules/lint.h"
#include "rules/reading.h"
#include "rules/rulekeys.h"

/* `title: text` or `title: {vi: …, en: …}`; one language alone serves both. */
static void read_bilingual(struct ioc_reading *reading, struct ioc_rulefile_place found, struct ioc_rulefile_place *vi, struct ioc_rulefile_place *en)
{
    *vi = *en = found;
    if (!found.node || found.node->kind != IOC_NODE_MAP)
        return;
    ioc_option_unknown(found.document, found.node, ioc_option_find(&ioc_rule_form, "title"), NULL, NULL, reading->errors);
    vi->node = ioc_node_find(found.node, "vi");
    en->node = ioc_node_find(found.node, "en");
    if (!vi->node)
        vi->node = en->node;
    if (!en->node)
        en->node = vi->node;
}

static struct ioc_text read_text(struct ioc_reading *reading, struct ioc_rulefile_place found)
{
    struct ioc_text text = {0};
    if (found.node && ioc_node_text(found.document, found.node, &text, reading->errors))
        return ioc_arena_copy(reading->arena, text);
    return (struct ioc_text){0};
}

static bool has_personal(const struct ioc_schema *schema)
{
    for (ioc_slot i = 0; schema && i < schema->count; i++)
        if (schema->fields[i].personal != IOC_PERSONAL_NO || has_personal(schema->fields[i].element))
            return true;
    return false;
}

/* What a program shows of a frame, by one read of it: the name of a personal field, or of the record that holds one. */
static struct ioc_text find_personal(struct ioc_reading *reading, const struct ioc_program_read *read, const char **kind)
{
    struct ioc_text name = {0};
    *kind = "holds personal fields";
    for (uint32_t i = 0; read->is_whole && i < reading->scope.count; i++) {
        const struct ioc_variable *variable = &reading->scope.variables[i];
        if (variable->is_record && variable->frame == read->frame && has_personal(variable->schema))
            return variable->name;
    }
    const struct ioc_field *field = ioc_reading_field(reading, read, &name, reading->scratch);
    if (field && field->personal != IOC_PERSONAL_NO)
        *kind = ioc_personal_text(field->personal);
    else if (!field || !has_personal(field->element))
        name = (struct ioc_text){0};
    return name;
}

static void refuse_personal(struct ioc_reading *reading, struct ioc_rulefile_place where, const struct ioc_program_read *reads, uint32_t count, const char *what)
{
    for (uint32_t i = 0; i < count; i++) {
        const char *kind;
        struct ioc_text name = find_personal(reading, &reads[i], &kind);
        if (!name.length)
            continue;
        ioc_node_error(where.document, where.node, reading->errors, "personal", "%.*s is personal (%s): it must not stand in %s",
            IOC_TEXT_ARGS(name), kind, what);
        ioc_node_hint(reading->errors, "leave it out; operators with the right role open the original from the vault");
    }
}

static void read_template(struct ioc_reading *reading, struct ioc_rulefile_place found, enum ioc_language language, struct ioc_template *template)
{
    struct ioc_text text;
    struct ioc_program_error err = {0};
    if (!found.node || !ioc_node_text(found.document, found.node, &text, reading->errors))
        return;
    if (ioc_template_new(text, &reading->scope, language, reading->arena, template, &err) != IOC_OK) {
        ioc_lint_field(reading->rule, reading->context, text, &err);
        ioc_node_error_at(found.document, found.node, err.offset, &err.error, reading->errors);
        return;
    }
    for (uint32_t i = 0; i < template->count; i++) {
        uint32_t count;
        const struct ioc_program_read *reads = ioc_template_reads(&template->parts[i], &count);
        refuse_personal(reading, found, reads, count, "a message");
    }
}

static void read_texts(struct ioc_reading *reading)
{
    struct ioc_rule *rule = reading->rule;
    struct ioc_rulefile_place vi, en;
    read_bilingual(reading, ioc_reading_find(reading, "title"), &vi, &en);
    rule->title_vi = read_text(reading, vi);
    rule->title_en = read_text(reading, en);
    if (!rule->title_vi.length)
        rule->title_vi = rule->title_en = rule->id;
    read_bilingual(reading, ioc_reading_find(reading, "message"), &vi, &en);
    uint32_t before = reading->errors->count;
    read_template(reading, vi, IOC_VIETNAMESE, &rule->message_vi);
    if (en.node != vi.node || reading->errors->count == before) /* one text for both: say its mistakes once */
        read_template(reading, en, IOC_ENGLISH, &rule->message_en);
    rule->response = read_text(reading, ioc_reading_find(reading, "response"));
}

static void read_labels(struct ioc_reading *reading)
{
    struct ioc_rulefile_place labels = ioc_reading_find(reading, "labels");
    if (!labels.node)
        return;
    if (labels.node->kind != IOC_NODE_MAP) {
        ioc_node_error(labels.document, labels.node, reading->errors, "wrong-kind", "labels is a map of texts");
        return;
    }
    struct ioc_buffer json = {0};
    for (struct ioc_node *child = labels.node->first; child; child = child->next) {
        struct ioc_text text;
        if (!ioc_node_text(labels.document, child, &text, reading->errors))
            continue;
        ioc_buffer_add_char(&json, json.length ? ',' : '{');
        ioc_buffer_add_json(&json, child->key);
        ioc_buffer_add_char(&json, ':');
        ioc_buffer_add_json(&json, text);
    }
    if (json.length) {
        ioc_buffer_add_char(&json, '}');
        reading->rule->labels = ioc_arena_copy(reading->arena, ioc_buffer_text(&json));
    }
    ioc_buffer_done(&json);
}

static void read_position(struct ioc_reading *reading)
{
    struct ioc_rulefile_place position = ioc_reading_find(reading, "position");
    if (!position.node)
        return;
    reading->rule->position = ioc_reading_compile(reading, position, IOC_POINT, NULL);
    if (!reading->rule->position)
        return;
    uint32_t count;
    const struct ioc_program_read *reads = ioc_program_reads(reading->rule->position, &count);
    refuse_personal(reading, position, reads, count, "a position");
}

void ioc_wording_read(struct ioc_reading *reading)
{
    read_texts(reading);
    read_labels(reading);
    read_position(reading);
}
