/* tests/fuzz/world.c — fields of every type, rows of random values. */
#include "tests/fuzz/world.h"
#include "core/zones.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

struct description {
    const char *name, *type; /* as in rules/cel/builtin.h; R: a list of records */
    const char *unit, *datum;
    bool is_optional;
};
static const struct description event_fields[] = {
    {"b", "b", "", "", false}, {"i", "i", "", "", false}, {"u", "u", "", "", false}, {"d", "d", "", "", false},
    {"s", "s", "", "", false}, {"y", "y", "", "", false}, {"t", "t", "", "", false}, {"r", "r", "", "", false},
    {"p", "p", "", "", false}, {"li", "[i]", "", "", false}, {"ld", "[d]", "", "", false}, {"ls", "[s]", "", "", false},
    {"m", "{**}", "", "", false}, {"x", "*", "", "", false}, {"rec", "R", "", "", false}, {"kind", "s", "", "", false},
    {"depth_cm", "d", "cm", "road", false}, {"speed", "d", "km/h", "", false}, {"ob", "b", "", "", true},
    {"oi", "i", "", "", true}, {"ou", "u", "", "", true}, {"od", "d", "", "", true}, {"os", "s", "", "", true},
    {"oy", "y", "", "", true}, {"ot", "t", "", "", true}, {"or", "r", "", "", true}, {"op", "p", "", "", true},
    {"oli", "[i]", "", "", true}, {"om", "{**}", "", "", true}, {"ox", "*", "", "", true}, {"orec", "R", "", "", true},
    {"rain_mm", "d", "mm", "", true}, {"plain", "[*]", "", "", true},
};
static const struct description asset_fields[] = {
    {"name", "s", "", "", false}, {"limit_cm", "d", "cm", "road", true}, {"level", "i", "", "", true},
    {"status", "s", "", "", true}, {"position", "p", "", "", true},
};
static const struct description params_fields[] = {{"limit", "d", "cm", "road", true}, {"now", "t", "", "", false}};

static const struct ioc_text kinds[] = {{"air", 3}, {"flood", 5}, {"", 0}};
static struct ioc_field record_fields[] = {
    {.name = {"label", 5}, .type = IOC_STRING, .decimals = -1}, {.name = {"score", 5}, .type = IOC_DOUBLE, .decimals = -1}};
static const struct ioc_schema record_schema = {.name = {"record", 6}, .fields = record_fields, .count = 2};

static const struct frame {
    const char *name;
    const struct description *fields;
    uint16_t count;
} frames[WORLD_FRAMES] = {
    {"event", event_fields, sizeof event_fields / sizeof *event_fields},
    {"last", event_fields, sizeof event_fields / sizeof *event_fields},
    {"asset", asset_fields, sizeof asset_fields / sizeof *asset_fields},
    {"", params_fields, sizeof params_fields / sizeof *params_fields},
};

const struct world_name *world_names(uint32_t *count)
{
    static struct world_name names[WORLD_FRAMES * WORLD_FIELDS];
    static uint32_t made;
    if (made == 0) {
        for (uint32_t f = 0; f < WORLD_FRAMES; f++) {
            for (uint32_t i = 0; i < frames[f].count; i++) {
                const struct description *field = &frames[f].fields[i];
                struct world_name *name = &names[made++];
                name->type = field->type[0] == 'R' ? "[{s*}]" : field->type;
                name->frame = (uint8_t)f;
                name->slot = (ioc_slot)i;
                name->is_optional = field->is_optional;
                bool is_scalar = frames[f].name[0] == 0;
                snprintf(name->text, sizeof name->text, "%s%s%s", frames[f].name, is_scalar ? "" : ".", field->name);
                snprintf(name->field, sizeof name->field, "%s", is_scalar ? "" : field->name);
            }
        }
    }
    *count = made;
    return names;
}

static enum ioc_type type_of(const char *type)
{
    static const char letters[] = "biudsytrp[{*R";
    static const uint8_t types[] = {IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING, IOC_BYTES, IOC_TIMESTAMP, IOC_DURATION,
        IOC_POINT, IOC_LIST, IOC_MAP, IOC_DYN, IOC_LIST};
    return types[strchr(letters, *type) - letters];
}

static struct ioc_field make_field(const struct description *from, enum world_kind kind)
{
    struct ioc_field field = {.name = ioc_text_of(from->name), 
        .type = kind == WORLD_DYNAMIC ? IOC_DYN : type_of(from->type),
        .is_optional = from->is_optional, .decimals = -1, .max = 4096};
    if (kind == WORLD_DYNAMIC)
        return field;
    if (kind == WORLD_MEASURED) {
        field.unit = ioc_text_of(from->unit);
        field.datum = ioc_text_of(from->datum);
    }
    if (from->type[0] == 'R') {
        field.of = IOC_MAP;
        field.element = &record_schema;
    } else if (from->type[0] == '[' && from->type[1] != '*') {
        field.of = type_of(from->type + 1);
    }
    if (strcmp(from->name, "kind") == 0) {
        field.one_of = kinds;
        field.one_of_count = 3;
    }
    return field;
}

static struct ioc_areas *read_areas(void)
{
    static const char json[] =
        "{\"type\":\"FeatureCollection\",\"features\":[{\"type\":\"Feature\",\"properties\":{\"code\":\"d1\",\"name\":\"Quận 1\"},"
        "\"geometry\":{\"type\":\"Polygon\",\"coordinates\":[[[106,10],[107,10],[107,11],[106,11],[106,10]]]}}]}";
    struct ioc_errors errors = {0};
    struct ioc_areas *areas = ioc_areas_parse(IOC_TEXT("areas"), (struct ioc_text){json, sizeof json - 1}, IOC_TEXT("code"), IOC_TEXT("name"), &errors);
    if (!areas)
        abort();
    return areas;
}

/* ------------------------------------------------------------- values */

static const int64_t whole[] = {0, 1, -1, 2, 3, 7, 15, 100, -7, 63, 64, INT64_MAX, INT64_MIN, INT64_MAX - 1, INT64_C(9007199254740993),
    INT64_C(-9007199254740993), INT64_C(4294967296), 1700000000, INT64_C(1700000000000000000), 253402300799, -62135596800};
static const double numbers[] = {0, -0.0, 1, -1, 2.5, 15, 0.1, 7, 1e300, -1e300, 5e-324, 1e-7, 9007199254740992.0, 9223372036854775808.0,
    -9223372036854775808.0, 18446744073709551616.0, 4503599627370496.5, NAN, INFINITY, -INFINITY, 35, 63};
static const struct ioc_text texts[] = {{"", 0}, {"a", 1}, {"air", 3}, {"flood", 5}, {"abc", 3}, {"S\xc3\xa0i G\xc3\xb2n", 9},
    {"\xf0\x9f\x9a\xa8x", 5}, {"a\0b", 3}, {"7", 1}, {"-15", 3}, {"2.5", 3}, {"true", 4}, {"10.0.0.7", 8}, {"10.0.0.0/8", 10},
    {"2026-01-31T12:34:56.789Z", 24}, {"1h30m", 5}, {"Asia/Ho_Chi_Minh", 16}, {"+07:00", 6}, {"a,b,,c", 6}, {"%s|%d", 5},
    {"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", 48}, {"51A-123.45", 10}, {"Q3VhIHNv", 8}, {"k", 1}, {"label", 5}};
static const struct ioc_text bytes[] = {{"", 0}, {"abc", 3}, {"\xff\x01", 2}, {"\0\0", 2}, {"S\xc3\xa0i", 4}};
static const struct ioc_point points[] = {{106.7, 10.77}, {106.5, 10.5}, {0, 0}, {180, 90}, {-180, -90}, {106, 10}};
#define PICK(list, chance) (list)[chance_draw(chance, sizeof(list) / sizeof *(list))]

static union ioc_word tail_of(struct ioc_draft *draft, const void *data, uint32_t length)
{
    union ioc_word word;
    if (ioc_draft_tail(draft, data, length, &word.ref) != IOC_OK)
        abort();
    return word;
}

static struct ioc_ref cells_of(struct ioc_draft *draft, uint32_t count)
{
    struct ioc_ref cells;
    if (ioc_draft_cells(draft, count, &cells) != IOC_OK)
        abort();
    return cells;
}

static union ioc_word draw_word(struct ioc_draft *draft, const char *type, enum ioc_type *given, struct chance *chance);

static union ioc_word draw_record(struct ioc_draft *draft, struct chance *chance)
{
    uint32_t count = chance_draw(chance, 8) ? 2 : 1; /* now and then without its score */
    struct ioc_ref cells = cells_of(draft, 2 * count);
    static const char *const types[] = {"s", "d"};
    for (uint32_t i = 0; i < count; i++) {
        enum ioc_type type;
        struct ioc_text name = record_fields[i].name;
        ioc_draft_cell_set(draft, cells, 2 * i, IOC_STRING, tail_of(draft, name.data, name.length));
        union ioc_word word = draw_word(draft, types[i], &type, chance);
        ioc_draft_cell_set(draft, cells, 2 * i + 1, type, word);
    }
    return (union ioc_word){.ref = {cells.offset, count}};
}

static union ioc_word draw_list(struct ioc_draft *draft, const char *type, struct chance *chance)
{
    uint32_t count = chance_draw(chance, 16) ? chance_draw(chance, 5) : chance_draw(chance, 40);
    struct ioc_ref cells = cells_of(draft, count);
    for (uint32_t i = 0; i < count; i++) {
        enum ioc_type item = IOC_MAP;
        union ioc_word word = type[0] == 'R' ? draw_record(draft, chance) : draw_word(draft, type + 1, &item, chance);
        ioc_draft_cell_set(draft, cells, i, item, word);
    }
    return (union ioc_word){.ref = cells};
}

/* Keys are different: a text, a whole number, a truth. */
static union ioc_word draw_map(struct ioc_draft *draft, struct chance *chance)
{
    static const char *const keys[] = {"k", "a", "label"};
    uint32_t count = chance_draw(chance, 5);
    struct ioc_ref cells = cells_of(draft, 2 * count);
    for (uint32_t i = 0; i < count; i++) {
        enum ioc_type type;
        if (i < 3)
            ioc_draft_cell_set(draft, cells, 2 * i, IOC_STRING, tail_of(draft, keys[i], (uint32_t)strlen(keys[i])));
        else
            ioc_draft_cell_set(draft, cells, 2 * i, IOC_INT, (union ioc_word){.i = 7});
        union ioc_word word = draw_word(draft, "*", &type, chance);
        ioc_draft_cell_set(draft, cells, 2 * i + 1, type, word);
    }
    return (union ioc_word){.ref = {cells.offset, count}};
}

static union ioc_word draw_word(struct ioc_draft *draft, const char *type, enum ioc_type *given, struct chance *chance)
{
    static const char *const any[] = {"b", "i", "u", "d", "s", "y", "t", "r", "p", "[i]", "R", "{**}", "i", "d", "s"};
    if (*type == '*')
        type = PICK(any, chance);
    *given = type_of(type);
    union ioc_word word = {0};
    switch (*given) {
    case IOC_BOOL: word.u = chance_draw(chance, 2); break;
    case IOC_INT:
    case IOC_DURATION: word.i = PICK(whole, chance); break;
    case IOC_UINT: word.u = (uint64_t)PICK(whole, chance); break;
    case IOC_DOUBLE: word.d = PICK(numbers, chance); break;
    case IOC_TIMESTAMP: word.i = chance_draw(chance, 2) ? 1767574800 * IOC_SECOND + chance_draw(chance, 1000) : PICK(whole, chance); break;
    case IOC_STRING: {
        struct ioc_text text = PICK(texts, chance);
        word = tail_of(draft, text.data, text.length);
        break;
    }
    case IOC_BYTES: {
        struct ioc_text text = PICK(bytes, chance);
        word = tail_of(draft, text.data, text.length);
        break;
    }
    case IOC_POINT: {
        struct ioc_point point = PICK(points, chance);
        word = tail_of(draft, &point, sizeof point);
        break;
    }
    case IOC_LIST: word = draw_list(draft, type, chance); break;
    default: word = draw_map(draft, chance); break;
    }
    return word;
}

/* Texts and points have setters of their own: they are read back from the tail. */
static void set_typed(struct ioc_draft *draft, ioc_slot slot, enum ioc_type type, union ioc_word word)
{
    static char copy[512];
    const char *tail = (const char *)ioc_draft_row(draft) + word.ref.offset;
    enum ioc_status status = IOC_OK;
    struct ioc_point point;
    switch (type) {
    case IOC_BOOL: ioc_draft_set_bool(draft, slot, word.u); break;
    case IOC_UINT: ioc_draft_set_uint(draft, slot, word.u); break;
    case IOC_DOUBLE: ioc_draft_set_double(draft, slot, word.d); break;
    case IOC_STRING:
    case IOC_BYTES:
        memcpy(copy, tail, word.ref.count);
        struct ioc_text text = {copy, word.ref.count};
        status = type == IOC_STRING ? ioc_draft_set_text(draft, slot, text) : ioc_draft_set_bytes(draft, slot, text);
        break;
    case IOC_POINT:
        memcpy(&point, tail, sizeof point);
        ioc_draft_set_point(draft, slot, point);
        break;
    case IOC_LIST:
    case IOC_MAP: status = ioc_draft_set_cells(draft, slot, word.ref); break;
    default: ioc_draft_set_int(draft, slot, word.i); break;
    }
    if (status != IOC_OK)
        abort();
}

static void set_dynamic(struct ioc_draft *draft, ioc_slot slot, enum ioc_type type, union ioc_word word)
{
    struct ioc_ref cell = cells_of(draft, 1);
    ioc_draft_cell_set(draft, cell, 0, type, word);
    if (ioc_draft_set_cells(draft, slot, cell) != IOC_OK)
        abort();
}

static void fill(struct world *world, uint32_t f, uint32_t number)
{
    struct chance chance = {number + 1000 * f};
    struct ioc_draft *draft = &world->drafts[f][number];
    uint32_t missing_in = chance_draw(&chance, 3) ? 4 : 0; /* everything is there in one of three */
    ioc_draft_begin(draft, &world->schemas[f]);
    for (ioc_slot slot = 0; slot < frames[f].count; slot++) {
        const struct description *field = &frames[f].fields[slot];
        bool may_be_missing = field->is_optional || f == WORLD_LAST;
        if (may_be_missing && missing_in && chance_draw(&chance, missing_in) == 0)
            continue;
        enum ioc_type type;
        union ioc_word word = draw_word(draft, field->type, &type, &chance);
        if (world->fields[f][slot].type == IOC_DYN)
            set_dynamic(draft, slot, type, word);
        else
            set_typed(draft, slot, type, word);
    }
}

void world_draw(struct world *world, struct world *twin, struct chance *chance)
{
    for (uint32_t f = 0; f < WORLD_FRAMES; f++) {
        bool is_there = f == WORLD_EVENT || f == WORLD_PARAMS || chance_draw(chance, 8);
        uint32_t number = chance_draw(chance, WORLD_ROWS);
        struct world *both[2] = {world, twin};
        for (int i = 0; i < 2 && both[i]; i++)
            both[i]->frames[f] = is_there ? ioc_draft_row(&both[i]->drafts[f][number]) : NULL;
    }
}

void world_open(struct world *world, enum world_kind kind)
{
    *world = (struct world){0};
    for (uint32_t f = 0; f < WORLD_FRAMES; f++) {
        for (uint32_t i = 0; i < frames[f].count; i++)
            world->fields[f][i] = make_field(&frames[f].fields[i], kind);
        world->schemas[f] = (struct ioc_schema){.name = ioc_text_of(frames[f].name), .fields = world->fields[f], .count = frames[f].count};
    }
    uint32_t count = 0;
    for (uint8_t f = 0; f < WORLD_PARAMS; f++)
        world->variables[count++] = (struct ioc_variable){.name = ioc_text_of(frames[f].name), .frame = f, .is_record = true,
            .is_certain = f == WORLD_EVENT, .schema = &world->schemas[f]};
    for (ioc_slot slot = 0; slot < frames[WORLD_PARAMS].count; slot++)
        world->variables[count++] = (struct ioc_variable){.name = ioc_text_of(params_fields[slot].name), .frame = WORLD_PARAMS,
            .slot = slot, .may_be_missing = true, .schema = &world->schemas[WORLD_PARAMS], .field = &world->fields[WORLD_PARAMS][slot]};
    static const char *const alone[][2] = {{"b", "b"}, {"i", "i"}, {"u", "u"}, {"d", "d"}, {"s", "s"}, {"y", "y"}, {"t", "t"}, {"r", "r"},
        {"l", "li"}, {"m", "m"}, {"n", "os"}};
    for (size_t i = 0; i < sizeof alone / sizeof *alone; i++) {
        ioc_slot slot = ioc_schema_find(&world->schemas[WORLD_EVENT], ioc_text_of(alone[i][1]));
        world->variables[count++] = (struct ioc_variable){.name = ioc_text_of(alone[i][0]), .frame = WORLD_EVENT, .slot = slot, .may_be_missing = true,
            .schema = &world->schemas[WORLD_EVENT], .field = &world->fields[WORLD_EVENT][slot]};
    }
    world->scope = (struct ioc_scope){.variables = world->variables, .count = count, .areas = read_areas(), .zones = ioc_zones_new()};
    for (uint32_t f = 0; f < WORLD_FRAMES; f++) {
        for (uint32_t number = 0; number < WORLD_ROWS; number++)
            fill(world, f, number);
    }
}

void world_close(struct world *world)
{
    ioc_zones_unref(world->scope.zones);
    ioc_areas_free((struct ioc_areas *)world->scope.areas);
    for (uint32_t f = 0; f < WORLD_FRAMES; f++) {
        for (uint32_t number = 0; number < WORLD_ROWS; number++)
            ioc_draft_done(&world->drafts[f][number]);
    }
}
