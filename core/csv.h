#pragma once
/*
 * core/csv.h — rows of cells out of a text (RFC 4180 quoting; lines end with LF or CRLF).
 *
 * Cells are trimmed unless quoted.  Blank lines are passed over.  A malformed row is an error and reading
 * goes on behind it.
 *
 * Memory   cells point into the text, or, with doubled quotes in them, into the arena
 * Thread   one at a time
 */
#include "core/arena.h"
#include "core/status.h"

struct ioc_csv {
    struct ioc_text file, text; /* UTF-8 */
    char delimiter;             /* ioc_csv_begin() detects it when it is 0 */
    struct ioc_arena *arena;
    uint32_t at, line; /* of what is read next */
};
struct ioc_csv_cell {
    struct ioc_text text;
    uint32_t line, start; /* start: byte of the text */
};
/* Passes over a byte order mark and finds the delimiter: the one of , ; tab that the first line has most of. */
void ioc_csv_begin(struct ioc_csv *csv);
/* Up to `most` cells of the next row; *count may be more.  IOC_CLOSED at the end; IOC_INVALID and an error. */
enum ioc_status ioc_csv_next(struct ioc_csv *csv, struct ioc_csv_cell *cells, uint32_t most,
    uint32_t *count, struct ioc_errors *errors) IOC_USE;
/* Adds `err` (code, text, hint) at a byte of the text that stands in `line`. */
void ioc_csv_error(const struct ioc_csv *csv, uint32_t line, uint32_t start,
    const struct ioc_error *err, struct ioc_errors *errors);
