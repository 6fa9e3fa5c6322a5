/*
 * core/csv.c — rows of cells out of a text.
 */
#include "core/csv.h"

void ioc_csv_begin(struct ioc_csv *csv)
{
    static const char delimiters[] = {',', ';', '\t'};
    uint32_t counts[3] = {0}, best = 0;
    bool is_quoted = false;
    csv->at = ioc_text_starts(csv->text, IOC_TEXT("\xef\xbb\xbf")) ? 3 : 0;
    csv->line = 1;
    if (csv->delimiter)
        return;
    for (uint32_t i = csv->at; i < csv->text.length && (is_quoted || csv->text.data[i] != '\n');
         i++) {
        is_quoted ^= csv->text.data[i] == '"';
        for (uint32_t d = 0; d < 3 && !is_quoted; d++)
            counts[d] += csv->text.data[i] == delimiters[d];
    }
    for (uint32_t d = 1; d < 3; d++)
        if (counts[d] > counts[best])
            best = d;
    csv->delimiter = delimiters[best];
}

void ioc_csv_error(const struct ioc_csv *csv, uint32_t line, uint32_t start,
    const struct ioc_error *err, struct ioc_errors *errors)
{
    struct ioc_error placed = *err;
    char name[4096];
    const char *data = csv->text.data;
    if (errors->count >= IOC_ERRORS_MOST) { /* only counted: no need to look for its place */
        ioc_errors_add(errors, err);
        return;
    }
    uint32_t first = start, end = start, column = 1;
    snprintf(name, sizeof name, "%.*s", IOC_TEXT_ARGS(csv->file));
    while (first > 0 && data[first - 1] != '\n')
        first--;
    if (first == 0 && ioc_text_starts(csv->text, IOC_TEXT("\xef\xbb\xbf")) && start >= 3)
        first = 3;
    for (uint32_t i = first; i < start; i++)
        column += ((unsigned char)data[i] & 0xc0) != 0x80;
    while (end < csv->text.length && data[end] != '\n' && data[end] != '\r')
        end++;
    ioc_error_place(&placed, name, line, column);
    placed.source[0] = '\0';
    if (end - first < sizeof placed.source) {
        memcpy(placed.source, data + first, end - first);
        placed.source[end - first] = '\0';
    }
    ioc_errors_add(errors, &placed);
}

static void refuse(const struct ioc_csv *csv, uint32_t line, uint32_t start,
    struct ioc_errors *errors, const char *text, const char *hint)
{
    struct ioc_error err = {0};
    ioc_error_set(&err, "quotes", "%s", text);
    ioc_error_hint(&err, "%s", hint);
    ioc_csv_error(csv, line, start, &err, errors);
}

static bool ends_cell(const struct ioc_csv *csv, uint32_t at)
{
    return at >= csv->text.length || csv->text.data[at] == csv->delimiter ||
           csv->text.data[at] == '\n';
}

/* From behind the opening quote; false without a closing one or with something behind it. */
static bool take_quoted(struct ioc_csv *csv, struct ioc_csv_cell *cell, struct ioc_errors *errors)
{
    const char *data = csv->text.data;
    uint32_t start = csv->at, doubled = 0, end;
    for (;; csv->at++) {
        if (csv->at >= csv->text.length) {
            refuse(csv, cell->line, cell->start, errors, "this quote is never closed",
                "close it, or double a quote that belongs to the text");
            return false;
        }
        if (data[csv->at] == '\n')
            csv->line++;
        if (data[csv->at] != '"')
            continue;
        if (csv->at + 1 >= csv->text.length || data[csv->at + 1] != '"')
            break;
        csv->at++;
        doubled++;
    }
    end = csv->at++;
    cell->text = (struct ioc_text){data + start, end - start};
    while (!ends_cell(csv, csv->at) && (data[csv->at] == ' ' || data[csv->at] == '\r'))
        csv->at++;
    if (!ends_cell(csv, csv->at)) {
        refuse(csv, csv->line, csv->at, errors, "something stands behind the closing quote",
            "double a quote that belongs to the text");
        return false;
    }
    if (doubled == 0)
        return true;
    char *copy = ioc_arena_take(csv->arena, end - start);
    uint32_t length = 0;
    for (uint32_t i = start; i < end; i++) {
        copy[length++] = data[i];
        i += data[i] == '"';
    }
    cell->text = (struct ioc_text){copy, length};
    return true;
}

static bool take_plain(struct ioc_csv *csv, struct ioc_csv_cell *cell, struct ioc_errors *errors)
{
    uint32_t start = csv->at;
    while (!ends_cell(csv, csv->at)) {
        if (csv->text.data[csv->at] == '"') {
            refuse(csv, csv->line, csv->at, errors, "a quote stands inside of a cell",
                "put the whole cell in quotes and double this one");
            return false;
        }
        csv->at++;
    }
    cell->text = ioc_text_trim((struct ioc_text){csv->text.data + start, csv->at - start});
    if (cell->text.length > 0)
        cell->start = (uint32_t)(cell->text.data - csv->text.data);
    return true;
}

static bool skip_blank_lines(struct ioc_csv *csv)
{
    for (uint32_t i = csv->at; i < csv->text.length; i++) {
        char c = csv->text.data[i];
        if (c == '\n') {
            csv->line++;
            csv->at = i + 1;
        } else if (c != ' ' && c != '\r' && (c != '\t' || csv->delimiter == '\t')) {
            return true;
        }
    }
    return false;
}

enum ioc_status ioc_csv_next(struct ioc_csv *csv, struct ioc_csv_cell *cells, uint32_t most,
    uint32_t *count, struct ioc_errors *errors)
{
    *count = 0;
    if (!skip_blank_lines(csv))
        return IOC_CLOSED;
    for (;;) {
        while (csv->at < csv->text.length && csv->text.data[csv->at] == ' ')
            csv->at++;
        struct ioc_csv_cell cell = {.text = {"", 0}, .line = csv->line, .start = csv->at};
        bool is_quoted = csv->at < csv->text.length && csv->text.data[csv->at] == '"';
        csv->at += is_quoted;
        if (!(is_quoted ? take_quoted(csv, &cell, errors) : take_plain(csv, &cell, errors))) {
            while (csv->at < csv->text.length && csv->text.data[csv->at] != '\n')
                csv->at++;
            return IOC_INVALID;
        }
        if (*count < most)
            cells[*count] = cell;
        ++*count;
        if (csv->at >= csv->text.length)
            return IOC_OK;
        if (csv->text.data[csv->at++] == '\n') {
            csv->line++;
            return IOC_OK;
        }
    }
}
