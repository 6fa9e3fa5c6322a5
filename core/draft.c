/*
 * core/draft.c — a row grows in one reused buffer: frame first, then the tail.
 *
 * Texts and cells stop short of IOC_ROW_MOST by what the points of all slots and the final padding need,
 * so that setting a point and asking for the row never fail.
 */
#include "core/draft.h"

enum {
    DEFAULT_ITEMS = 64,
    DEFAULT_BYTES = 4096,
    POINTS_MOST = IOC_ROW_MOST - 8,
    TAIL_MOST = POINTS_MOST - IOC_SLOTS_MOST * (int)sizeof(struct ioc_point),
};

static struct ioc_row *row_of(const struct ioc_draft *draft)
{
    assert(draft->schema);
    return (struct ioc_row *)draft->bytes.data;
}

static uint64_t *presence_of(const struct ioc_draft *draft)
{
    return (uint64_t *)(row_of(draft) + 1);
}

static void put_word(struct ioc_draft *draft, ioc_slot slot, union ioc_word word)
{
    assert(slot < draft->schema->count);
    ((union ioc_word *)(presence_of(draft) + ioc_row_presence_words(draft->schema->count)))[slot] =
        word;
    presence_of(draft)[slot >> 6] |= UINT64_C(1) << (slot & 63);
}

static enum ioc_type type_of(const struct ioc_draft *draft, ioc_slot slot)
{
    assert(draft->schema && slot < draft->schema->count);
    return draft->schema->fields[slot].type;
}

/* Room for zeroed bytes at the end of the row, or NULL beyond `most`. */
static char *extend(
    struct ioc_draft *draft, uint32_t align, uint64_t bytes, size_t most, uint32_t *offset)
{
    struct ioc_buffer *buffer = &draft->bytes;
    size_t start = (buffer->length + align - 1) / align * align;
    if (start + bytes > most)
        return NULL;
    size_t more = start + bytes - buffer->length;
    char *place = ioc_buffer_reserve(buffer, more);
    assert(place);
    memset(place, 0, more);
    buffer->length += more;
    *offset = (uint32_t)start;
    return buffer->data + start;
}

void ioc_draft_done(struct ioc_draft *draft)
{
    ioc_buffer_done(&draft->bytes);
    draft->schema = NULL;
}

void ioc_draft_begin(struct ioc_draft *draft, const struct ioc_schema *schema)
{
    assert(schema->count <= IOC_SLOTS_MOST);
    draft->schema = schema;
    ioc_buffer_reset(&draft->bytes);
    uint32_t offset;
    uint64_t frame = sizeof(struct ioc_row) +
                     8 * ((uint64_t)ioc_row_presence_words(schema->count) + schema->count);
    struct ioc_row *row = (struct ioc_row *)extend(draft, 8, frame, TAIL_MOST, &offset);
    assert(row && offset == 0);
    row->slots = schema->count;
}

void ioc_draft_set_bool(struct ioc_draft *draft, ioc_slot slot, bool value)
{
    assert(type_of(draft, slot) == IOC_BOOL);
    put_word(draft, slot, (union ioc_word){.u = value});
}

void ioc_draft_set_int(struct ioc_draft *draft, ioc_slot slot, int64_t value)
{
    enum ioc_type type = type_of(draft, slot);
    assert(type == IOC_INT || type == IOC_TIMESTAMP || type == IOC_DURATION);
    put_word(draft, slot, (union ioc_word){.i = value});
}

void ioc_draft_set_uint(struct ioc_draft *draft, ioc_slot slot, uint64_t value)
{
    assert(type_of(draft, slot) == IOC_UINT);
    put_word(draft, slot, (union ioc_word){.u = value});
}

void ioc_draft_set_double(struct ioc_draft *draft, ioc_slot slot, double value)
{
    assert(type_of(draft, slot) == IOC_DOUBLE);
    put_word(draft, slot, (union ioc_word){.d = value});
}

static enum ioc_status set_slice(struct ioc_draft *draft, ioc_slot slot, struct ioc_text text)
{
    uint32_t most = draft->schema->fields[slot].max;
    struct ioc_ref ref;
    ioc_draft_unset(draft, slot);
    if (text.length > (most ? most : DEFAULT_BYTES))
        return IOC_LIMIT;
    enum ioc_status status = ioc_draft_tail(draft, text.data, text.length, &ref);
    if (status == IOC_OK)
        put_word(draft, slot, (union ioc_word){.ref = ref});
    return status;
}

enum ioc_status ioc_draft_set_text(struct ioc_draft *draft, ioc_slot slot, struct ioc_text text)
{
    assert(type_of(draft, slot) == IOC_STRING);
    if (!ioc_text_is_utf8(text)) {
        ioc_draft_unset(draft, slot);
        return IOC_INVALID;
    }
    return set_slice(draft, slot, text);
}

enum ioc_status ioc_draft_set_bytes(struct ioc_draft *draft, ioc_slot slot, struct ioc_text bytes)
{
    assert(type_of(draft, slot) == IOC_BYTES);
    return set_slice(draft, slot, bytes);
}

void ioc_draft_set_point(struct ioc_draft *draft, ioc_slot slot, struct ioc_point point)
{
    assert(type_of(draft, slot) == IOC_POINT);
    struct ioc_ref ref;
    if (ioc_draft_has(draft, slot)) {
        ref = ioc_row_word(row_of(draft), slot).ref;
    } else {
        char *place = extend(draft, 1, sizeof point, POINTS_MOST, &ref.offset);
        assert(place);
        ref.count = sizeof point;
    }
    memcpy(draft->bytes.data + ref.offset, &point, sizeof point);
    put_word(draft, slot, (union ioc_word){.ref = ref});
}

void ioc_draft_unset(struct ioc_draft *draft, ioc_slot slot)
{
    put_word(draft, slot, (union ioc_word){0});
    presence_of(draft)[slot >> 6] &= ~(UINT64_C(1) << (slot & 63));
}

bool ioc_draft_has(const struct ioc_draft *draft, ioc_slot slot)
{
    return ioc_row_has(row_of(draft), slot);
}

enum ioc_status ioc_draft_cells(struct ioc_draft *draft, uint32_t count, struct ioc_ref *cells)
{
    uint32_t offset;
    if (!extend(draft, 8, (uint64_t)count * sizeof(struct ioc_cell), TAIL_MOST, &offset))
        return IOC_LIMIT;
    *cells = (struct ioc_ref){offset, count};
    return IOC_OK;
}

void ioc_draft_cell_set(struct ioc_draft *draft, struct ioc_ref cells, uint32_t index,
    enum ioc_type type, union ioc_word word)
{
    assert(index < cells.count && (unsigned)type < IOC_TYPES);
    size_t offset = cells.offset + (size_t)index * sizeof(struct ioc_cell);
    assert(offset % 8 == 0 && offset + sizeof(struct ioc_cell) <= draft->bytes.length);
    *(struct ioc_cell *)(draft->bytes.data + offset) =
        (struct ioc_cell){.word = word, .type = type};
}

enum ioc_status ioc_draft_tail(
    struct ioc_draft *draft, const void *bytes, uint32_t length, struct ioc_ref *ref)
{
    assert(draft->schema);
    uint32_t offset;
    char *place = extend(draft, 1, length, TAIL_MOST, &offset);
    if (!place)
        return IOC_LIMIT;
    if (length)
        memcpy(place, bytes, length);
    *ref = (struct ioc_ref){offset, length};
    return IOC_OK;
}

enum ioc_status ioc_draft_set_cells(struct ioc_draft *draft, ioc_slot slot, struct ioc_ref cells)
{
    enum ioc_type type = type_of(draft, slot);
    assert(type == IOC_LIST || type == IOC_MAP || (type == IOC_DYN && cells.count == 1));
    uint64_t bytes = (type == IOC_MAP ? 2 : 1) * (uint64_t)cells.count * sizeof(struct ioc_cell);
    assert(cells.offset % 8 == 0 && cells.offset + bytes <= draft->bytes.length);
    uint32_t most = draft->schema->fields[slot].max;
    ioc_draft_unset(draft, slot);
    if (type != IOC_DYN && cells.count > (most ? most : DEFAULT_ITEMS))
        return IOC_LIMIT;
    put_word(draft, slot, (union ioc_word){.ref = cells});
    return IOC_OK;
}

const struct ioc_row *ioc_draft_row(struct ioc_draft *draft)
{
    uint32_t offset;
    char *end = extend(draft, 8, 0, IOC_ROW_MOST, &offset);
    assert(end);
    row_of(draft)->bytes = offset;
    return row_of(draft);
}

ioc_slot ioc_draft_missing(const struct ioc_draft *draft)
{
    for (ioc_slot slot = 0; slot < draft->schema->count; slot++) {
        if (!draft->schema->fields[slot].is_optional && !ioc_draft_has(draft, slot))
            return slot;
    }
    return IOC_SLOT_NONE;
}
