#pragma once
/*
 * benchmarks/dump.h — a benchmark's rules and events as JSON lines, for other engines to run (benchmarks/peers).
 *
 * One file per set: a head (title, fields and their types), a line per rule (its stream, the expression, and the same as
 * a tree of terms for engines without a language), a line per event (its stream, its fields, the numbers of the rules
 * that our engine found met).  Numbers are written so that they read back to the same double; times as RFC 3339.
 *
 * Memory   dump_close() gives all of it back
 * Failure  says why on stderr and ends the program
 */
#include "core/buffer.h"
#include "core/schema.h"
#include <stdio.h>

struct dump {
    FILE *file;
    struct ioc_buffer line;
    const struct ioc_schema *schema;
};
/* Writes DIRECTORY/NAME.jsonl. */
void dump_open(struct dump *dump, const char *directory, const char *name, const char *title, const struct ioc_schema *schema);
/* conditions: {"all" or "any": [{"field", "times", "plus", "is", "value"}, …]}, or empty where terms cannot say it. */
void dump_rule(struct dump *dump, uint32_t stream, struct ioc_text when, struct ioc_text conditions);
void dump_event(struct dump *dump, uint32_t stream, const struct ioc_row *row, const uint32_t *met, uint32_t count);
void dump_close(struct dump *dump);
