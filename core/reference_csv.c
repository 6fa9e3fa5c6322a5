/*
 * core/reference_csv.c — rows of a reference table out of CSV.
 */
#include "core/memory.h"
#include "core/reference_load.h"
#include <strings.h>

static bool names_are_equal(struct ioc_text a, const char *b)
{
    return a.length == strlen(b) && strncasecmp(a.data, b, a.length) == 0;
}

static bool is_latitude(struct ioc_text name)
{
    return names_are_equal(name, "lat") || names_are_equal(name, "latitude") ||
           names_are_equal(name, "vĩ độ");
}

static bool is_longitude(struct ioc_text name)
{
    return names_are_equal(name, "lon") || names_are_equal(name, "lng") ||
           names_are_equal(name, "longitude") || names_are_equal(name, "kinh độ");
}

static void report_column(
    struct ioc_reference_loader *loader, const struct ioc_field *field, bool is_position)
{
    struct ioc_error err = {0};
    struct ioc_text *names = ioc_memory_take((loader->cell_count + 1) * sizeof *names);
    for (uint32_t i = 0; i < loader->cell_count; i++)
        names[i] = loader->cells[i].text;
    int nearest = ioc_text_nearest(field->name, names, loader->cell_count);
    ioc_error_set(&err, "missing-column", "there is no column '%.*s'", IOC_TEXT_ARGS(field->name));
    if (is_position)
        ioc_error_hint(&err, "a position is one column '%.*s', or two: lat and lon",
            IOC_TEXT_ARGS(field->name));
    else if (nearest >= 0)
        ioc_error_hint(&err, "did you mean '%.*s'?", IOC_TEXT_ARGS(names[nearest]));
    else
        ioc_error_hint(&err, "the first column is '%.*s', the delimiter '%c'",
            IOC_TEXT_ARGS(names[0]), loader->csv.delimiter == '\t' ? 't' : loader->csv.delimiter);
    ioc_csv_error(
        &loader->csv, loader->cells[0].line, loader->cells[0].start, &err, loader->errors);
    ioc_memory_give(names);
}

/* One column of the header for a field; a second one of the same name is an error. */
static uint32_t find_column(struct ioc_reference_loader *loader, struct ioc_text name)
{
    uint32_t found = IOC_REFERENCE_NO_COLUMN;
    for (uint32_t i = 0; i < loader->cell_count; i++) {
        if (!ioc_text_equal(loader->cells[i].text, name))
            continue;
        if (found != IOC_REFERENCE_NO_COLUMN) {
            struct ioc_error err = {0};
            ioc_error_set(
                &err, "duplicate-column", "there are two columns '%.*s'", IOC_TEXT_ARGS(name));
            ioc_csv_error(
                &loader->csv, loader->cells[i].line, loader->cells[i].start, &err, loader->errors);
            break;
        }
        found = i;
    }
    return found;
}

static void find_columns(struct ioc_reference_loader *loader)
{
    for (uint32_t i = loader->cell_count; i-- > 0;) {
        if (is_latitude(loader->cells[i].text))
            loader->latitude = i;
        if (is_longitude(loader->cells[i].text))
            loader->longitude = i;
    }
    bool has_pair =
        loader->latitude != IOC_REFERENCE_NO_COLUMN && loader->longitude != IOC_REFERENCE_NO_COLUMN;
    for (ioc_slot slot = 0; slot < loader->schema->count; slot++) {
        const struct ioc_field *field = &loader->schema->fields[slot];
        loader->columns[slot] = find_column(loader, field->name);
        bool is_made = loader->columns[slot] == IOC_REFERENCE_NO_COLUMN &&
                       slot == loader->position && has_pair;
        if (loader->columns[slot] == IOC_REFERENCE_NO_COLUMN && !is_made && !field->is_optional)
            report_column(loader, field, slot == loader->position);
    }
    if (!has_pair || loader->position == IOC_SLOT_NONE ||
        loader->columns[loader->position] != IOC_REFERENCE_NO_COLUMN)
        loader->position = IOC_SLOT_NONE;
}

static bool set_position(struct ioc_reference_loader *loader)
{
    const struct ioc_csv_cell *latitude = &loader->cells[loader->latitude],
                              *longitude = &loader->cells[loader->longitude];
    struct ioc_error err = {0};
    struct ioc_point point;
    double y, x;
    if (latitude->text.length == 0 && longitude->text.length == 0)
        return true;
    if (ioc_written_double(&loader->written, latitude->text, &y, &err) != IOC_OK) {
        ioc_reference_error(loader, latitude, &err);
        return false;
    }
    if (ioc_written_double(&loader->written, longitude->text, &x, &err) != IOC_OK) {
        ioc_reference_error(loader, longitude, &err);
        return false;
    }
    if (ioc_written_point(y, x, &point, &err) != IOC_OK) {
        ioc_reference_error(
            loader, strcmp(err.code, "longitude") == 0 ? longitude : latitude, &err);
        return false;
    }
    ioc_draft_set_point(&loader->draft, loader->position, point);
    return true;
}

static void take_cells(struct ioc_reference_loader *loader)
{
    bool is_good = true;
    ioc_draft_begin(&loader->draft, loader->schema);
    for (ioc_slot slot = 0; slot < loader->schema->count; slot++) {
        if (loader->columns[slot] == IOC_REFERENCE_NO_COLUMN)
            continue;
        const struct ioc_csv_cell *cell = &loader->cells[loader->columns[slot]];
        struct ioc_error err = {0};
        if (cell->text.length == 0 ||
            ioc_written_set(&loader->written, &loader->draft, slot, cell->text, &err) == IOC_OK)
            continue;
        ioc_reference_error(loader, cell, &err);
        is_good = false;
    }
    if (loader->position != IOC_SLOT_NONE)
        is_good = set_position(loader) && is_good;
    if (is_good)
        ioc_reference_add(loader, &loader->cells[0], loader->cells[0].line);
}

/* What is behind the last column of the header must be empty: spreadsheets export such cells. */
static bool check_width(struct ioc_reference_loader *loader, uint32_t count)
{
    struct ioc_error err = {0};
    uint32_t used = count < IOC_REFERENCE_COLUMNS ? count : IOC_REFERENCE_COLUMNS;
    while (used > loader->cell_count && loader->cells[used - 1].text.length == 0)
        used--;
    if (used == loader->cell_count && count <= IOC_REFERENCE_COLUMNS)
        return true;
    ioc_error_set(
        &err, "row-width", "the row has %u cells, the header %u", used, loader->cell_count);
    ioc_error_hint(&err,
        used > loader->cell_count ? "a text with the delimiter '%c' in it needs quotes"
                                  : "the delimiter is '%c'; empty cells are written as well",
        loader->csv.delimiter == '\t' ? 't' : loader->csv.delimiter);
    ioc_reference_error(loader, &loader->cells[0], &err);
    return false;
}

/* Bytes that no cell may hold; the first of them is enough. */
static bool check_bytes(struct ioc_reference_loader *loader)
{
    struct ioc_text text = loader->csv.text;
    uint32_t line = 1;
    if (!memchr(text.data, '\0', text.length) && ioc_text_is_utf8(text))
        return true;
    for (uint32_t i = 0, length; i < text.length; i += length) {
        length = ioc_text_character((struct ioc_text){text.data + i, text.length - i});
        line += text.data[i] == '\n';
        if (length > 0 && text.data[i] != '\0')
            continue;
        struct ioc_error err = {0};
        ioc_error_set(&err, "not-utf-8", "the text is not UTF-8 here");
        ioc_error_hint(&err, "save the file as UTF-8 (CSV UTF-8 in a spreadsheet)");
        ioc_csv_error(&loader->csv, line, i, &err, loader->errors);
        break;
    }
    return false;
}

void ioc_reference_load_csv(struct ioc_reference_loader *loader, struct ioc_text file,
    struct ioc_text text, const struct ioc_reference_options *options, struct ioc_arena *arena)
{
    loader->csv = (struct ioc_csv){
        .file = file, .text = text, .delimiter = options->delimiter, .arena = arena};
    loader->cells = ioc_arena_take(arena, (IOC_REFERENCE_COLUMNS + 1) * sizeof *loader->cells);
    loader->columns = ioc_arena_take(arena, (loader->schema->count + 1u) * sizeof *loader->columns);
    loader->latitude = loader->longitude = IOC_REFERENCE_NO_COLUMN;
    if (!check_bytes(loader))
        return;
    ioc_csv_begin(&loader->csv);
    loader->written.decimal = options->decimal               ? options->decimal
                              : loader->csv.delimiter == ',' ? '.'
                                                             : '\0';
    loader->reference->delimiter = loader->csv.delimiter;
    uint32_t before = loader->errors->count + loader->errors->omitted, count;
    enum ioc_status status = ioc_csv_next(
        &loader->csv, loader->cells, IOC_REFERENCE_COLUMNS, &loader->cell_count, loader->errors);
    if (status == IOC_CLOSED)
        ioc_reference_refuse(file, loader->errors, "empty-file", "the file says nothing",
            "its first line names the columns");
    if (status == IOC_OK && loader->cell_count > IOC_REFERENCE_COLUMNS)
        ioc_reference_refuse(
            file, loader->errors, "too-many-columns", "the file has over 1024 columns", "");
    if (loader->errors->count + loader->errors->omitted != before)
        return;
    find_columns(loader);
    if (loader->errors->count + loader->errors->omitted != before)
        return;
    for (uint32_t rows = 0;; rows++) {
        status = ioc_csv_next(
            &loader->csv, loader->cells, IOC_REFERENCE_COLUMNS, &count, loader->errors);
        if (status == IOC_CLOSED)
            break;
        if (rows == IOC_REFERENCE_ROWS) {
            ioc_reference_refuse(
                file, loader->errors, "too-many-rows", "the table has over a million rows", "");
            break;
        }
        if (status == IOC_OK && check_width(loader, count))
            take_cells(loader);
    }
    loader->reference->decimal =
        loader->written.decimal ? loader->written.decimal : loader->written.found;
}
