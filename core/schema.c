/*
 * core/schema.c — looking up fields, the fingerprint of a schema, and the full check of foreign rows.
 *
 * The check visits every cell that a slot leads to.  Hostile cells may point to each other, so the number
 * of visits is bounded by the number of cells that the row has room for: an honest row is a tree and
 * visits each cell once.
 */
#include "core/schema.h"
#include "core/buffer.h"

ioc_slot ioc_schema_find(const struct ioc_schema *schema, struct ioc_text name)
{
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        if (ioc_text_equal(schema->fields[slot].name, name))
            return slot;
    }
    return IOC_SLOT_NONE;
}

struct ioc_text ioc_schema_nearest(const struct ioc_schema *schema, struct ioc_text name)
{
    struct ioc_text names[IOC_SLOTS_MOST];
    assert(schema->count <= IOC_SLOTS_MOST);
    for (ioc_slot slot = 0; slot < schema->count; slot++)
        names[slot] = schema->fields[slot].name;
    int nearest = ioc_text_nearest(name, names, schema->count);
    return nearest < 0 ? IOC_TEXT("") : names[nearest];
}

const char *ioc_personal_text(enum ioc_personal personal)
{
    static const char *const texts[] = {
        [IOC_PERSONAL_NO] = "no",
        [IOC_PERSONAL_PLATE] = "plate",
        [IOC_PERSONAL_FACE] = "face",
        [IOC_PERSONAL_PHONE] = "phone",
        [IOC_PERSONAL_EMAIL] = "email",
        [IOC_PERSONAL_NAME] = "name",
        [IOC_PERSONAL_TEXT] = "text",
        [IOC_PERSONAL_INFORMANT] = "informant",
    };
    assert((size_t)personal < sizeof texts / sizeof *texts);
    return texts[personal];
}

static void write_number(struct ioc_buffer *out, uint64_t number)
{
    uint8_t bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (uint8_t)(number >> (56 - 8 * i));
    ioc_buffer_add(out, bytes, sizeof bytes);
}

static void write_text(struct ioc_buffer *out, struct ioc_text text)
{
    write_number(out, text.length);
    ioc_buffer_add_text(out, text);
}

static void write_double(struct ioc_buffer *out, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    write_number(out, bits);
}

/* Everything that gives a value its meaning; decimals are for people only and left out. */
static void write_schema(struct ioc_buffer *out, const struct ioc_schema *schema, int depth)
{
    assert(depth < IOC_CELL_DEPTH);
    write_text(out, schema->name);
    write_number(out, schema->count);
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        const struct ioc_field *field = &schema->fields[slot];
        write_text(out, field->name);
        write_text(out, ioc_text_of(ioc_type_text(field->type)));
        write_text(out, ioc_text_of(ioc_type_text(field->of)));
        write_text(out, field->unit);
        write_text(out, field->datum);
        write_text(out, ioc_text_of(ioc_personal_text(field->personal)));
        write_number(out, (uint64_t)field->is_optional | (uint64_t)field->has_range << 1 |
                              (uint64_t)field->out_of_range_is_missing << 2 |
                              (uint64_t)(field->element != NULL) << 3);
        write_double(out, field->has_range ? field->range_low : 0);
        write_double(out, field->has_range ? field->range_high : 0);
        write_number(out, field->max);
        write_number(out, field->one_of_count);
        for (uint32_t i = 0; i < field->one_of_count; i++)
            write_text(out, field->one_of[i]);
        if (field->element)
            write_schema(out, field->element, depth + 1);
    }
}

uint64_t ioc_schema_hash(const struct ioc_schema *schema)
{
    struct ioc_buffer bytes = {0};
    write_schema(&bytes, schema, 0);
    assert(!bytes.is_full);
    uint64_t hash = ioc_text_hash(ioc_buffer_text(&bytes));
    ioc_buffer_done(&bytes);
    return hash;
}

static bool word_fits(
    const struct ioc_row *row, enum ioc_type type, union ioc_word word, int depth, uint32_t *visits)
{
    uint64_t end = word.ref.offset;
    switch (type) {
    case IOC_BOOL: return word.u <= 1;
    case IOC_NULL:
    case IOC_INT:
    case IOC_UINT:
    case IOC_DOUBLE:
    case IOC_TIMESTAMP:
    case IOC_DURATION: return true;
    case IOC_STRING:
    case IOC_BYTES: return end + word.ref.count <= row->bytes;
    case IOC_POINT: return end + sizeof(struct ioc_point) <= row->bytes;
    case IOC_LIST:
    case IOC_MAP:
    case IOC_DYN: break;
    default: return false;
    }
    uint64_t cells = type == IOC_MAP ? 2 * (uint64_t)word.ref.count : word.ref.count;
    if (type == IOC_DYN && cells != 1)
        return false;
    if (depth >= IOC_CELL_DEPTH || end % 8 || end + cells * sizeof(struct ioc_cell) > row->bytes ||
        cells > *visits)
        return false;
    *visits -= (uint32_t)cells;
    const struct ioc_cell *cell = ioc_row_cells(row, word.ref);
    for (uint64_t i = 0; i < cells; i++) {
        if (cell[i].zero ||
            !word_fits(row, (enum ioc_type)cell[i].type, cell[i].word, depth + 1, visits))
            return false;
    }
    return true;
}

bool ioc_schema_fits(const struct ioc_schema *schema, const void *bytes, size_t length)
{
    if (!ioc_row_is_sound(bytes, length))
        return false;
    const struct ioc_row *row = bytes;
    if (row->slots != schema->count)
        return false;
    uint32_t visits = row->bytes / sizeof(struct ioc_cell);
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        if (ioc_row_has(row, slot) &&
            !word_fits(row, schema->fields[slot].type, ioc_row_word(row, slot), 0, &visits))
            return false;
    }
    return true;
}
