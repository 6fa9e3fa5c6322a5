/* core/status.c — how things end, and what to tell the person who wrote the text. */
#include "core/status.h"
#include "core/memory.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Cut text must not end in half a character. */
static void drop_half_character(char *text, size_t length)
{
    size_t start = length;
    while (start > 0 && length - start < 4 && ((unsigned char)text[start - 1] & 0xC0) == 0x80)
        start--;
    if (start == 0)
        return;
    unsigned char lead = (unsigned char)text[start - 1];
    size_t want = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 1;
    if (want > length - start + 1)
        text[start - 1] = 0;
}

static void put_format(char *out, size_t room, const char *format, va_list args)
{
    int length = vsnprintf(out, room, format, args);
    if (length < 0)
        out[0] = 0;
    else if ((size_t)length >= room)
        drop_half_character(out, room - 1);
}

static void put_string(char *out, size_t room, const char *string)
{
    size_t length = strlen(string);
    bool is_cut = length >= room;
    if (is_cut)
        length = room - 1;
    memmove(out, string, length);
    out[length] = 0;
    if (is_cut)
        drop_half_character(out, length);
}

/* The source line as it is, except that nothing in it moves the cursor. */
static void print_source(const struct ioc_error *err, FILE *out)
{
    uint32_t points = 0;
    fputs("    ", out);
    for (const char *at = err->source; *at; at++) {
        unsigned char byte = (unsigned char)*at;
        fputc(byte < 0x20 || byte == 0x7F ? ' ' : byte, out);
        points += (byte & 0xC0) != 0x80;
    }
    fputc('\n', out);
    /* The stored line may be cut before the column. */
    if (err->column > 0 && err->column <= points + 1)
        fprintf(out, "    %*s^\n", (int)err->column - 1, "");
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
static void sort_by_place(struct ioc_errors *errors)
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

void ioc_error_set(struct ioc_error *err, const char *code, const char *format, ...)
{
    va_list args;
    put_string(err->code, sizeof err->code, code);
    va_start(args, format);
    put_format(err->text, sizeof err->text, format, args);
    va_end(args);
}

void ioc_error_hint(struct ioc_error *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    put_format(err->hint, sizeof err->hint, format, args);
    va_end(args);
}

void ioc_error_place(struct ioc_error *err, const char *file, uint32_t line, uint32_t column)
{
    put_string(err->file, sizeof err->file, file ? file : "");
    err->line = line;
    err->column = column;
}

void ioc_error_print(const struct ioc_error *err, FILE *out)
{
    if (err->file[0])
        fprintf(out, "%s:", err->file);
    if (err->line) {
        fprintf(out, "%u:", err->line);
        if (err->column)
            fprintf(out, "%u:", err->column);
    }
    fprintf(out, "%s%s: %s", err->file[0] || err->line ? " " : "", err->is_note ? "note" : "error", err->text);
    if (err->code[0])
        fprintf(out, " [%s]", err->code);
    fputc('\n', out);
    if (err->source[0])
        print_source(err, out);
    if (err->hint[0])
        fprintf(out, "    hint: %s\n", err->hint);
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

static void print_errors(const struct ioc_errors *errors, FILE *out)
{
    for (uint32_t i = 0; i < errors->count; i++)
        ioc_error_print(&errors->items[i], out);
    uint64_t all = (uint64_t)errors->count + errors->omitted;
    fprintf(out, "%llu error%s", (unsigned long long)all, all == 1 ? "" : "s");
    if (errors->omitted)
        fprintf(out, ", the first %u shown", errors->count);
    fputc('\n', out);
}

/* In one piece: the log's thread may be writing to the same place. */
void ioc_errors_print(struct ioc_errors *errors, FILE *out)
{
    char *text = NULL;
    size_t length = 0;
    FILE *whole = open_memstream(&text, &length);
    if (!whole)
        abort();
    sort_by_place(errors);
    print_errors(errors, whole);
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
