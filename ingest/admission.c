/*
 * ingest/admission.c — the checks between a decoded draft and an event.
 *
 * A personal value is replaced in two steps: its bytes in the draft are zeroed where they lie, then
 * the pseudonym is written behind.  The row keeps a hole, but no trace (ENGINE.md 9).
 */
#include "ingest/admission.h"

#include <math.h>

void ioc_admission_done(struct ioc_admission *admission)
{
    ioc_buffer_done(&admission->scratch);
}

static enum ioc_status refuse(struct ioc_error *err, enum ioc_status status, const char *code,
    const struct ioc_field *field, const char *what)
{
    ioc_error_set(err, code, "'%.*s' %s", IOC_TEXT_ARGS(field->name), what);
    return status;
}

static bool is_number(enum ioc_type type)
{
    return type == IOC_INT || type == IOC_UINT || type == IOC_DOUBLE;
}

static double number_of(enum ioc_type type, union ioc_word word)
{
    return type == IOC_INT ? (double)word.i : type == IOC_UINT ? (double)word.u : word.d;
}

static void check_range(
    const struct ioc_field *field, ioc_slot slot, struct ioc_draft *draft, uint16_t *flags)
{
    double number =
        number_of(field->type, ioc_row_word((const struct ioc_row *)draft->bytes.data, slot));
    if (number >= field->range_low && number <= field->range_high)
        return;
    *flags |= IOC_EVENT_RANGE;
    if (field->out_of_range_is_missing)
        ioc_draft_unset(draft, slot);
}

static bool is_allowed(const struct ioc_field *field, struct ioc_text text)
{
    for (uint32_t i = 0; i < field->one_of_count; i++)
        if (ioc_text_equal(field->one_of[i], text))
            return true;
    return field->one_of_count == 0;
}

/* A word that is not allowed: an optional field is left out, a required one spoils the event. */
static enum ioc_status check_words(
    const struct ioc_field *field, ioc_slot slot, struct ioc_draft *draft, struct ioc_error *err)
{
    if (is_allowed(field, ioc_row_text((const struct ioc_row *)draft->bytes.data, slot)))
        return IOC_OK;
    if (!field->is_optional)
        return refuse(err, IOC_INVALID, "not-one-of", field, "is none of the words that it may be");
    ioc_draft_unset(draft, slot);
    return IOC_OK;
}

static enum ioc_status check_fields(const struct ioc_stream *stream, struct ioc_draft *draft,
    uint16_t *flags, struct ioc_error *err)
{
    for (ioc_slot slot = 0; slot < stream->schema.count; slot++) {
        const struct ioc_field *field = &stream->schema.fields[slot];
        bool is_flag = slot == stream->clock_flag || slot == stream->range_flag;
        enum ioc_status status = IOC_OK;
        if (is_flag)
            ioc_draft_set_bool(draft, slot, false); /* the seal says which */
        if (!is_flag && ioc_draft_has(draft, slot)) {
            if (field->has_range && is_number(field->type))
                check_range(field, slot, draft, flags);
            else if (field->one_of_count && field->type == IOC_STRING)
                status = check_words(field, slot, draft, err);
        }
        if (status == IOC_OK && !field->is_optional && !ioc_draft_has(draft, slot))
            status = refuse(err, IOC_INVALID,
                *flags & IOC_EVENT_RANGE && field->out_of_range_is_missing ? "out-of-range"
                                                                           : "missing-field",
                field, "is required and not there");
        if (status != IOC_OK)
            return status;
    }
    return IOC_OK;
}

static enum ioc_status check_identity(struct ioc_admission *admission,
    const struct ioc_admission_claim *claim, struct ioc_draft *draft, struct ioc_error *err)
{
    const struct ioc_stream *stream = claim->stream;
    struct ioc_key key;
    bool is_same;
    if (!claim->identity.data)
        return IOC_OK;
    const struct ioc_row *row = ioc_draft_row(draft);
    if (stream->key_count == 1 && stream->schema.fields[stream->key[0]].type == IOC_STRING) {
        is_same = ioc_text_equal(ioc_row_text(row, stream->key[0]), claim->identity);
    } else {
        if (ioc_key_of_row(&key, row, &stream->schema, stream->key, stream->key_count) != IOC_OK)
            return refuse(err, IOC_INVALID, "bad-key", &stream->schema.fields[stream->key[0]],
                "cannot be part of a key");
        ioc_buffer_reset(&admission->scratch);
        ioc_key_print(ioc_key_text(&key), &admission->scratch);
        is_same = ioc_text_equal(ioc_buffer_text(&admission->scratch), claim->identity);
    }
    if (is_same)
        return IOC_OK;
    ioc_error_set(
        err, "identity-mismatch", "The sender's topic and the key in the message are not the same");
    return IOC_DENIED;
}

/* The pseudonym of a text in the draft, whose bytes are zeroed. */
static void name_text(struct ioc_admission *admission, enum ioc_personal kind, ioc_time now,
    struct ioc_draft *draft, struct ioc_ref ref, char name[IOC_PSEUDONYM_LENGTH + 1])
{
    struct ioc_text value = {draft->bytes.data + ref.offset, ref.count};
    ioc_pseudonym_make(admission->pseudonym, kind, value, now, name);
    memset(draft->bytes.data + ref.offset, 0, ref.count);
}

static struct ioc_cell *cells_at(struct ioc_draft *draft, struct ioc_ref ref)
{
    return (struct ioc_cell *)(draft->bytes.data + ref.offset);
}

/* Zeroes all that lies below a cell, and the cell. */
static void wipe_cell(struct ioc_draft *draft, struct ioc_cell *cell)
{
    uint32_t count = cell->type == IOC_MAP ? 2 * cell->word.ref.count : cell->word.ref.count;
    if (cell->type == IOC_LIST || cell->type == IOC_MAP || cell->type == IOC_DYN) {
        for (uint32_t i = 0; i < count; i++)
            wipe_cell(draft, cells_at(draft, cell->word.ref) + i);
    } else if (cell->type == IOC_STRING || cell->type == IOC_BYTES || cell->type == IOC_POINT) {
        memset(draft->bytes.data + cell->word.ref.offset, 0, cell->word.ref.count);
    }
    *cell = (struct ioc_cell){.type = IOC_NULL};
}

/* A cell that holds a personal value: a text becomes a pseudonym, anything else nothing. */
static enum ioc_status hide_cell(struct ioc_admission *admission, enum ioc_personal kind,
    ioc_time now, struct ioc_draft *draft, size_t offset)
{
    struct ioc_cell *cell = (struct ioc_cell *)(draft->bytes.data + offset);
    if (cell->type != IOC_STRING || kind == IOC_PERSONAL_INFORMANT || !admission->pseudonym) {
        wipe_cell(draft, cell);
        return IOC_OK;
    }
    struct ioc_ref ref = cell->word.ref;
    char name[IOC_PSEUDONYM_LENGTH + 1];
    name_text(admission, kind, now, draft, ref, name);
    enum ioc_status status = ioc_draft_tail(draft, name, IOC_PSEUDONYM_LENGTH, &ref);
    if (status == IOC_OK) /* the buffer may have moved */
        ((struct ioc_cell *)(draft->bytes.data + offset))->word.ref = ref;
    return status;
}

static enum ioc_status hide_record(struct ioc_admission *admission, const struct ioc_schema *schema,
    ioc_time now, struct ioc_draft *draft, struct ioc_ref record)
{
    enum ioc_status status = IOC_OK;
    for (uint32_t i = 0; i < record.count && status == IOC_OK; i++) {
        size_t offset = record.offset + 2 * (size_t)i * sizeof(struct ioc_cell);
        const struct ioc_cell *name = (const struct ioc_cell *)(draft->bytes.data + offset);
        struct ioc_text text = {draft->bytes.data + name->word.ref.offset, name->word.ref.count};
        ioc_slot slot = IOC_SLOT_NONE;
        for (ioc_slot j = 0; j < schema->count && slot == IOC_SLOT_NONE; j++)
            if (ioc_text_equal(schema->fields[j].name, text))
                slot = j;
        if (slot != IOC_SLOT_NONE && schema->fields[slot].personal != IOC_PERSONAL_NO)
            status = hide_cell(admission, schema->fields[slot].personal, now, draft,
                offset + sizeof(struct ioc_cell));
    }
    return status;
}

static bool has_personal(const struct ioc_schema *schema)
{
    for (ioc_slot slot = 0; schema && slot < schema->count; slot++)
        if (schema->fields[slot].personal != IOC_PERSONAL_NO)
            return true;
    return false;
}

static enum ioc_status hide_list(struct ioc_admission *admission, const struct ioc_field *field,
    ioc_slot slot, ioc_time now, struct ioc_draft *draft)
{
    struct ioc_ref list = ioc_row_word((const struct ioc_row *)draft->bytes.data, slot).ref;
    enum ioc_status status = IOC_OK;
    for (uint32_t i = 0; i < list.count && status == IOC_OK; i++) {
        size_t offset = list.offset + (size_t)i * sizeof(struct ioc_cell);
        if (field->personal != IOC_PERSONAL_NO)
            status = hide_cell(admission, field->personal, now, draft, offset);
        else
            status = hide_record(
                admission, field->element, now, draft, cells_at(draft, list)[i].word.ref);
    }
    return status;
}

static enum ioc_status hide_field(struct ioc_admission *admission, const struct ioc_field *field,
    ioc_slot slot, ioc_time now, struct ioc_draft *draft)
{
    struct ioc_ref ref = ioc_row_word((const struct ioc_row *)draft->bytes.data, slot).ref;
    if (field->type == IOC_LIST)
        return hide_list(admission, field, slot, now, draft);
    if (field->type == IOC_STRING && field->personal != IOC_PERSONAL_INFORMANT &&
        admission->pseudonym) {
        char name[IOC_PSEUDONYM_LENGTH + 1];
        name_text(admission, field->personal, now, draft, ref, name);
        return ioc_draft_set_text(draft, slot, (struct ioc_text){name, IOC_PSEUDONYM_LENGTH});
    }
    if (field->type == IOC_MAP || field->type == IOC_DYN) {
        struct ioc_cell cell = {.type = field->type, .word.ref = ref};
        wipe_cell(draft, &cell);
    } else if (field->type == IOC_STRING || field->type == IOC_BYTES || field->type == IOC_POINT) {
        memset(draft->bytes.data + ref.offset, 0, ref.count);
    }
    ioc_draft_unset(draft, slot);
    return IOC_OK;
}

static enum ioc_status hide_personal(struct ioc_admission *admission,
    const struct ioc_admission_claim *claim, struct ioc_draft *draft, struct ioc_error *err)
{
    const struct ioc_schema *schema = &claim->stream->schema;
    for (ioc_slot slot = 0; slot < schema->count; slot++) {
        const struct ioc_field *field = &schema->fields[slot];
        bool is_personal = field->personal != IOC_PERSONAL_NO ||
                           (field->type == IOC_LIST && has_personal(field->element));
        if (!is_personal || !ioc_draft_has(draft, slot))
            continue;
        if (hide_field(admission, field, slot, claim->received, draft) != IOC_OK)
            return refuse(err, IOC_LIMIT, "too-large", field, "does not fit into the event");
        if (!field->is_optional && !ioc_draft_has(draft, slot))
            return refuse(err, IOC_INVALID, "missing-field", field,
                "is personal, required, and must not be kept");
    }
    return IOC_OK;
}

enum ioc_status ioc_admission_check(struct ioc_admission *admission,
    const struct ioc_admission_claim *claim, struct ioc_draft *draft, ioc_time *time,
    uint16_t *flags, struct ioc_error *err)
{
    const struct ioc_stream *stream = claim->stream;
    enum ioc_status status = check_fields(stream, draft, flags, err);
    if (status == IOC_OK)
        status = check_identity(admission, claim, draft, err);
    if (status == IOC_OK)
        status = hide_personal(admission, claim, draft, err);
    if (status != IOC_OK)
        return status;
    *time = claim->received;
    if (stream->time == IOC_SLOT_NONE)
        return IOC_OK;
    if (!ioc_draft_has(draft, stream->time))
        return refuse(err, IOC_INVALID, "missing-field", &stream->schema.fields[stream->time],
            "is the time and not there");
    ioc_time stated = ioc_row_word((const struct ioc_row *)draft->bytes.data, stream->time).i;
    if (stated > ioc_time_add(claim->received, stream->max_future))
        *flags |= IOC_EVENT_CLOCK;
    else
        *time = stated;
    return IOC_OK;
}
