/* rules/cel/naming.c — variables, loop variables and names of types. */
#include "rules/cel/naming.h"
#include "rules/cel/builtin.h"

static const struct ioc_local *find_local(const struct ioc_checker *checker, struct ioc_text name)
{
    for (uint32_t i = checker->locals_count; i-- > 0;) {
        if (ioc_text_equal(checker->locals[i].name, name))
            return &checker->locals[i];
    }
    return NULL;
}

static struct ioc_text join_chain(
    struct ioc_checker *checker, const struct ioc_node *node, bool is_hidden_by_local)
{
    if (node->kind == IOC_NODE_NAME) {
        if (is_hidden_by_local && !node->is_rooted && find_local(checker, node->name))
            return (struct ioc_text){"", 0};
        return node->name;
    }
    if (node->kind != IOC_NODE_SELECT || node->is_optional || node->items[0]->is_enclosed)
        return (struct ioc_text){"", 0};
    struct ioc_text front = join_chain(checker, node->items[0], is_hidden_by_local);
    if (front.length == 0)
        return front;
    return ioc_arena_printf(
        checker->arena, "%.*s.%.*s", IOC_TEXT_ARGS(front), IOC_TEXT_ARGS(node->name));
}

struct ioc_text ioc_naming_chain(struct ioc_checker *checker, const struct ioc_node *node)
{
    return join_chain(checker, node, true);
}

static bool is_root(const struct ioc_node *node)
{
    while (node->kind == IOC_NODE_SELECT)
        node = node->items[0];
    return node->is_rooted;
}

/* "a.b" → "a" → "". */
static struct ioc_text outer_container(struct ioc_text container)
{
    while (container.length && container.data[container.length - 1] != '.')
        container.length--;
    container.length -= container.length > 0;
    return container;
}

static struct ioc_text name_in(
    struct ioc_checker *checker, struct ioc_text container, struct ioc_text name)
{
    return container.length ? ioc_arena_printf(checker->arena, "%.*s.%.*s",
                                  IOC_TEXT_ARGS(container), IOC_TEXT_ARGS(name))
                            : name;
}

static bool is_function(const struct ioc_checker *checker, struct ioc_text name)
{
    const struct ioc_environment *environment = checker->environment;
    bool is_found = ioc_builtin_find(name) >= 0;
    for (uint32_t i = 0; i < environment->declarations_count; i++)
        is_found |= !environment->declarations[i].is_method &&
                    ioc_text_equal(environment->declarations[i].name, name);
    return is_found;
}

void ioc_naming_unfold(struct ioc_checker *checker, struct ioc_node *call)
{
    struct ioc_text name = call->name, container = checker->environment->container;
    if (!call->is_method && container.length == 0)
        return;
    if (call->is_method) {
        struct ioc_text front = join_chain(checker, call->items[0], false);
        if (front.length == 0)
            return;
        name = name_in(checker, front, name);
    }
    if (call->is_method ? is_root(call->items[0]) : call->is_rooted)
        container.length = 0;
    struct ioc_text full = name_in(checker, container, name);
    while (container.length && !is_function(checker, full)) {
        container = outer_container(container);
        full = name_in(checker, container, name);
    }
    if (!is_function(checker, full))
        return;
    call->name = full;
    call->items += call->is_method;
    call->count -= call->is_method;
    call->is_method = false;
}

static void mean_slot(
    struct ioc_node *node, uint8_t frame, ioc_slot slot, const struct ioc_shape *shape)
{
    node->meaning = IOC_MEANS_SLOT;
    node->frame = frame;
    node->slot = slot;
    node->shape = shape;
    node->outer = 0;
}

static bool find_variable(struct ioc_checker *checker, struct ioc_node *node, struct ioc_text name)
{
    const struct ioc_scope *scope = checker->environment->scope;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (!ioc_text_equal(variable->name, name))
            continue;
        if (variable->is_record) {
            node->meaning = IOC_MEANS_RECORD;
            node->frame = variable->frame;
            node->schema = variable->schema;
            node->shape = ioc_shape_record(&checker->shapes, variable->schema);
            node->outer = 0;
            return true;
        }
        const struct ioc_shape *shape =
            checker->environment->types
                ? ioc_shape_parse(&checker->shapes, checker->environment->types[i])
                : ioc_shape_field(&checker->shapes, variable->field);
        mean_slot(node, variable->frame, variable->slot, shape ? shape : ioc_shape_plain(IOC_DYN));
        node->field = variable->field;
        return true;
    }
    return false;
}

static bool find_type(struct ioc_checker *checker, struct ioc_node *node, struct ioc_text name)
{
    static const uint8_t kinds[] = {IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING, IOC_BYTES,
        IOC_LIST, IOC_MAP, IOC_NULL, IOC_POINT, IOC_TIMESTAMP, IOC_DURATION, IOC_KIND_TYPE,
        IOC_KIND_IP, IOC_KIND_CIDR, IOC_KIND_OPTIONAL};
    for (size_t i = 0; i < sizeof kinds; i++) {
        if (!ioc_text_equal(ioc_boxed_kind_text(kinds[i]), name))
            continue;
        node->meaning = IOC_MEANS_VALUE;
        node->value = (struct ioc_boxed){.natural = kinds[i], .type = IOC_KIND_TYPE};
        node->shape = ioc_shape_type(&checker->shapes, ioc_shape_plain(kinds[i]));
        node->outer = IOC_OUTER_NONE;
        return true;
    }
    return false;
}

bool ioc_naming_resolve(struct ioc_checker *checker, struct ioc_node *node)
{
    if (node->kind == IOC_NODE_NAME && !node->is_rooted) {
        const struct ioc_local *local = find_local(checker, node->name);
        if (local) {
            node->meaning = IOC_MEANS_LOCAL;
            node->local = node->outer = local->number;
            node->shape = local->shape;
            node->measure = local->measure;
            return true;
        }
    }
    struct ioc_text name = ioc_naming_chain(checker, node);
    if (name.length == 0)
        return false;
    struct ioc_text container =
        is_root(node) ? (struct ioc_text){"", 0} : checker->environment->container;
    for (;;) {
        struct ioc_text full = name_in(checker, container, name);
        if (find_variable(checker, node, full) || find_type(checker, node, full))
            return true;
        if (container.length == 0)
            return false;
        container = outer_container(container);
    }
}

bool ioc_naming_field(struct ioc_checker *checker, struct ioc_node *node,
    const struct ioc_node *record, struct ioc_text field)
{
    ioc_slot slot = ioc_schema_find(record->schema, field);
    if (slot == IOC_SLOT_NONE)
        return false;
    mean_slot(node, record->frame, slot,
        ioc_shape_field(&checker->shapes, &record->schema->fields[slot]));
    if (node->is_optional) {
        node->meaning = IOC_MEANS_OPTIONAL;
        node->shape = ioc_shape_optional(&checker->shapes, node->shape);
    }
    node->field = &record->schema->fields[slot];
    return true;
}

/* A field of a record was written without the record? */
static bool hint_field(struct ioc_checker *checker, const struct ioc_node *node)
{
    const struct ioc_scope *scope = checker->environment->scope;
    for (uint32_t i = 0; i < scope->count; i++) {
        const struct ioc_variable *variable = &scope->variables[i];
        if (variable->is_record && ioc_schema_find(variable->schema, node->name) != IOC_SLOT_NONE) {
            ioc_complaint_hint(checker->err, node->offset, "write %.*s.%.*s",
                IOC_TEXT_ARGS(variable->name), IOC_TEXT_ARGS(node->name));
            return true;
        }
    }
    return false;
}

void ioc_naming_complain(struct ioc_checker *checker, const struct ioc_node *node)
{
    const struct ioc_scope *scope = checker->environment->scope;
    if (node->name.length && node->name.data[0] == '@') { /* of cel.index(…) and its like */
        ioc_complaint_set(checker->err, node->from, node->to - node->from, "no-such-name",
            "no slot or loop variable of that number stands in front of this place");
        ioc_complaint_hint(checker->err, node->from,
            "a slot of cel.block([…], …) may read those in front of it, from cel.index(0) on");
        return;
    }
    ioc_complaint_set(checker->err, node->offset, node->length, "no-such-name",
        "there is nothing called '%.*s' here", IOC_TEXT_ARGS(node->name));
    struct ioc_text *names =
        ioc_arena_take(checker->arena, (scope->count + checker->locals_count + 1) * sizeof *names);
    uint32_t count = 0;
    for (uint32_t i = 0; i < scope->count; i++)
        names[count++] = scope->variables[i].name;
    for (uint32_t i = 0; i < checker->locals_count; i++)
        names[count++] = checker->locals[i].name;
    if (hint_field(checker, node))
        return;
    int nearest = ioc_text_nearest(node->name, names, count);
    if (nearest >= 0)
        ioc_complaint_hint(
            checker->err, node->offset, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
    else if (count)
        ioc_complaint_hint(checker->err, node->offset, "a text stands between quotes: \"%.*s\"",
            IOC_TEXT_ARGS(node->name));
}

void ioc_naming_complain_field(struct ioc_checker *checker, const struct ioc_node *node,
    const struct ioc_schema *schema, struct ioc_text field)
{
    ioc_complaint_set(checker->err, node->offset, node->length, "no-such-field",
        "%.*s has no field '%.*s'", IOC_TEXT_ARGS(schema->name), IOC_TEXT_ARGS(field));
    struct ioc_text nearest = ioc_schema_nearest(schema, field);
    if (nearest.length)
        ioc_complaint_hint(
            checker->err, node->offset, "did you mean '%.*s'?", IOC_TEXT_ARGS(nearest));
}
