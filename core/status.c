/* core/status.c — how things end, and what to tell the person who wrote the text. */
#include "core/status.h"
#include "core/memory.h"
#include "core/message.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Cells of a terminal: marks that combine take none, the letters of the Far East and pictures two. */
static uint32_t measure_width(uint32_t point)
{
    static const struct {
        uint32_t first, last;
        uint8_t width;
    } ranges[] = {{0x300, 0x36F, 0}, {0x483, 0x489, 0}, {0xE31, 0xE31, 0}, {0xE34, 0xE3A, 0}, {0xE47, 0xE4E, 0},
        {0x1100, 0x115F, 2}, {0x1AB0, 0x1AFF, 0}, {0x1DC0, 0x1DFF, 0}, {0x200B, 0x200F, 0}, {0x20D0, 0x20FF, 0},
        {0x2E80, 0x303E, 2}, {0x3041, 0xA4CF, 2}, {0xAC00, 0xD7A3, 2}, {0xF900, 0xFAFF, 2}, {0xFE00, 0xFE0F, 0},
        {0xFE20, 0xFE2F, 0}, {0xFE30, 0xFE6F, 2}, {0xFF00, 0xFF60, 2}, {0xFFE0, 0xFFE6, 2}, {0x1F300, 0x1F64F, 2},
        {0x1F680, 0x1F6FF, 2}, {0x1F900, 0x1F9FF, 2}, {0x20000, 0x3FFFD, 2}};
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (point >= ranges[i].first && point <= ranges[i].last)
            return ranges[i].width;
    return 1;
}

/* Code point at `*at`, which goes behind it; the text may be anything. */
static uint32_t take_point(const char **at)
{
    unsigned char lead = (unsigned char)*(*at)++;
    uint32_t point = lead < 0xC0 ? lead : lead < 0xE0 ? lead & 0x1F : lead < 0xF0 ? lead & 0x0F : lead & 0x07;
    while (((unsigned char)**at & 0xC0) == 0x80)
        point = point << 6 | ((unsigned char)*(*at)++ & 0x3F);
    return point;
}

/* The source line as it is, except that nothing in it moves the cursor, and what is wrong marked below. */
static void print_source(const struct ioc_error *err, FILE *out)
{
    fputs("    ", out);
    for (const char *at = err->source; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        fputc(byte < 0x20 || byte == 0x7F ? ' ' : byte, out);
    }
    fputc('\n', out);
    uint32_t before = 0, under = 0, column = 1;
    for (const char *at = err->source; *at; column++) {
        uint32_t width = measure_width(take_point(&at));
        if (column < err->column)
            before += width;
        else if (column < err->end_column)
            under += width;
    }
    if (err->column == 0 || err->column > column) /* the stored line may be cut before the column */
        return;
    fprintf(out, "    %*s^", (int)before, "");
    for (uint32_t i = 1; i < under; i++)
        fputc('~', out);
    fputc('\n', out);
}

static int compare_places(const struct ioc_error *a, const struct ioc_error *b)
{
    int order = strcmp(a->file, b->file);
    if (order)
        return order;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column < b->column ? -1 : a->column > b->column;
}

/* Stable; at most IOC_ERRORS_MOST items, mostly in order already. */
void ioc_errors_sort(struct ioc_errors *errors)
{
    for (uint32_t i = 1; i < errors->count; i++) {
        uint32_t to = i;
        while (to > 0 && compare_places(&errors->items[to - 1], &errors->items[i]) > 0)
            to--;
        if (to == i)
            continue;
        struct ioc_error moved = errors->items[i];
        memmove(&errors->items[to + 1], &errors->items[to], (i - to) * sizeof moved);
        errors->items[to] = moved;
    }
}

const char *ioc_status_text(enum ioc_status status)
{
    switch (status) {
    case IOC_OK:
        return "ok";
    case IOC_INVALID:
        return "invalid";
    case IOC_NOT_FOUND:
        return "not found";
    case IOC_FULL:
        return "full";
    case IOC_LATE:
        return "late";
    case IOC_LIMIT:
        return "over the limit";
    case IOC_DENIED:
        return "denied";
    case IOC_CLOSED:
        return "closed";
    case IOC_FAILED:
        return "failed";
    }
    return "unknown status";
}

enum ioc_language ioc_language_of(const char *locale)
{
    return locale && (locale[0] == 'v' || locale[0] == 'V') && (locale[1] == 'i' || locale[1] == 'I') ? IOC_VIETNAMESE
                                                                                                     : IOC_ENGLISH;
}

void ioc_error_set_list(struct ioc_error *err, const char *code, const char *format, va_list arguments)
{
    ioc_message_put(err->code, sizeof err->code, code);
    ioc_message_format(err->text, sizeof err->text, err->text_vi, sizeof err->text_vi, format, arguments);
}

void ioc_error_set(struct ioc_error *err, const char *code, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ioc_error_set_list(err, code, format, arguments);
    va_end(arguments);
}

void ioc_error_prefix(struct ioc_error *err, const char *format, ...)
{
    struct ioc_error front;
    char text[sizeof err->text + sizeof front.text], text_vi[sizeof err->text_vi + sizeof front.text_vi];
    va_list arguments;
    va_start(arguments, format);
    ioc_message_format(front.text, sizeof front.text, front.text_vi, sizeof front.text_vi, format, arguments);
    va_end(arguments);
    snprintf(text, sizeof text, "%s%s", front.text, err->text);
    snprintf(text_vi, sizeof text_vi, "%s%s", front.text_vi, err->text_vi);
    ioc_message_put(err->text, sizeof err->text, text);
    ioc_message_put(err->text_vi, sizeof err->text_vi, text_vi);
}

void ioc_error_hint_list(struct ioc_error *err, const char *format, va_list arguments)
{
    ioc_message_format(err->hint, sizeof err->hint, err->hint_vi, sizeof err->hint_vi, format, arguments);
}

void ioc_error_hint(struct ioc_error *err, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    ioc_error_hint_list(err, format, arguments);
    va_end(arguments);
}

void ioc_error_place(struct ioc_error *err, const char *file, uint32_t line, uint32_t column)
{
    ioc_message_put(err->file, sizeof err->file, file ? file : "");
    err->line = line;
    err->column = column;
}

void ioc_error_print(const struct ioc_error *err, enum ioc_language language, FILE *out)
{
    static const char *const severities[2][2] = {{"lỗi", "lưu ý"}, {"error", "note"}};
    bool is_vietnamese = language == IOC_VIETNAMESE;
    const char *text = is_vietnamese && err->text_vi[0] ? err->text_vi : err->text;
    const char *hint = is_vietnamese && err->hint_vi[0] ? err->hint_vi : err->hint;
    if (err->file[0])
        fprintf(out, "%s:", err->file);
    if (err->line) {
        fprintf(out, "%u:", err->line);
        if (err->column)
            fprintf(out, "%u:", err->column);
    }
    fprintf(out, "%s%s: %s", err->file[0] || err->line ? " " : "", severities[language][err->is_note], text);
    if (err->code[0])
        fprintf(out, " [%s]", err->code);
    fputc('\n', out);
    if (err->source[0])
        print_source(err, out);
    if (hint[0])
        fprintf(out, "    %s: %s\n", is_vietnamese ? "gợi ý" : "hint", hint);
}

void ioc_errors_add(struct ioc_errors *errors, const struct ioc_error *err)
{
    if (errors->count == IOC_ERRORS_MOST) {
        errors->omitted++;
        return;
    }
    if (errors->count == errors->capacity) {
        uint32_t capacity = errors->capacity ? errors->capacity * 2 : 8;
        errors->items = ioc_memory_grow(errors->items, errors->capacity * sizeof *err,
            capacity * sizeof *err);
        errors->capacity = capacity;
    }
    errors->items[errors->count++] = *err;
}

static void print_errors(const struct ioc_errors *errors, enum ioc_language language, FILE *out)
{
    uint32_t notes = 0;
    for (uint32_t i = 0; i < errors->count; i++) {
        ioc_error_print(&errors->items[i], language, out);
        notes += errors->items[i].is_note;
    }
    bool are_notes = errors->count > 0 && notes == errors->count;
    unsigned long long all = (unsigned long long)errors->count + errors->omitted;
    if (language == IOC_VIETNAMESE)
        fprintf(out, "%llu %s", all, are_notes ? "lưu ý" : "lỗi");
    else
        fprintf(out, "%llu %s%s", all, are_notes ? "note" : "error", all == 1 ? "" : "s");
    if (errors->omitted)
        fprintf(out, language == IOC_VIETNAMESE ? ", chỉ hiện %u mục đầu" : ", the first %u shown", errors->count);
    fputc('\n', out);
}

/* In one piece: the log's thread may be writing to the same place. */
void ioc_errors_print(struct ioc_errors *errors, enum ioc_language language, FILE *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *whole = open_memstream(&text, &length);
    if (!whole)
        abort();
    ioc_errors_sort(errors);
    print_errors(errors, language, whole);
    if (fclose(whole) != 0)
        abort();
    fwrite(text, 1, length, out);
    free(text);
}

void ioc_errors_done(struct ioc_errors *errors)
{
    ioc_memory_give(errors->items);
    *errors = (struct ioc_errors){0};
}
