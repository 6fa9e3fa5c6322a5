/*
 * benchmarks/dump.c — a benchmark's rules and events as JSON lines.
 */
#include "benchmarks/dump.h"
#include "core/time.h"
#include "core/value.h"
#include <stdlib.h>

static void write_line(struct dump *dump)
{
    ioc_buffer_add_char(&dump->line, '\n');
    if (fwrite(dump->line.data, 1, dump->line.length, dump->file) != dump->line.length) {
        perror("dump");
        exit(1);
    }
    ioc_buffer_reset(&dump->line);
}

void dump_open(struct dump *dump, const char *directory, const char *name, const char *title, const struct ioc_schema *schema)
{
    *dump = (struct dump){.schema = schema};
    ioc_buffer_addf(&dump->line, "%s/%s.jsonl", directory, name);
    ioc_buffer_add_char(&dump->line, 0);
    dump->file = fopen(dump->line.data, "w");
    if (!dump->file) {
        perror(dump->line.data);
        exit(1);
    }
    ioc_buffer_reset(&dump->line);
    ioc_buffer_add_string(&dump->line, "{\"title\":");
    ioc_buffer_add_json(&dump->line, ioc_text_of(title));
    ioc_buffer_add_string(&dump->line, ",\"fields\":{");
    for (uint32_t i = 0; i < schema->count; i++) {
        ioc_buffer_add_string(&dump->line, i ? "," : "");
        ioc_buffer_add_json(&dump->line, schema->fields[i].name);
        ioc_buffer_addf(&dump->line, ":\"%s\"", ioc_type_text(schema->fields[i].type));
    }
    ioc_buffer_add_string(&dump->line, "}}");
    write_line(dump);
}

void dump_rule(struct dump *dump, uint32_t stream, struct ioc_text when, struct ioc_text conditions)
{
    ioc_buffer_addf(&dump->line, "{\"on\":%u,\"when\":", stream);
    ioc_buffer_add_json(&dump->line, when);
    if (conditions.length) {
        ioc_buffer_add_string(&dump->line, ",\"conditions\":");
        ioc_buffer_add_text(&dump->line, conditions);
    }
    ioc_buffer_add_char(&dump->line, '}');
    write_line(dump);
}

static void add_value(struct ioc_buffer *out, const struct ioc_row *row, ioc_slot slot, enum ioc_type type)
{
    union ioc_word word = ioc_row_word(row, slot);
    switch (type) {
    case IOC_STRING: ioc_buffer_add_json(out, ioc_row_text(row, slot)); break;
    case IOC_DOUBLE: ioc_buffer_add_double(out, word.d); break;
    case IOC_INT: ioc_buffer_add_int(out, word.i); break;
    case IOC_BOOL: ioc_buffer_add_string(out, word.u ? "true" : "false"); break;
    case IOC_TIMESTAMP:
        ioc_buffer_add_json(out, ioc_time_format(word.i, NULL, (char[IOC_TIME_TEXT]){0}));
        break;
    default: fprintf(stderr, "dump: no form for a %s\n", ioc_type_text(type)); exit(1);
    }
}

void dump_event(struct dump *dump, uint32_t stream, const struct ioc_row *row, const uint32_t *met, uint32_t count)
{
    ioc_buffer_addf(&dump->line, "{\"on\":%u,\"met\":[", stream);
    for (uint32_t i = 0; i < count; i++)
        ioc_buffer_addf(&dump->line, i ? ",%u" : "%u", met[i]);
    ioc_buffer_add_string(&dump->line, "],\"event\":{");
    bool has_one = false;
    for (ioc_slot slot = 0; slot < dump->schema->count; slot++) {
        if (!ioc_row_has(row, slot))
            continue;
        ioc_buffer_add_string(&dump->line, has_one ? "," : "");
        ioc_buffer_add_json(&dump->line, dump->schema->fields[slot].name);
        ioc_buffer_add_char(&dump->line, ':');
        add_value(&dump->line, row, slot, dump->schema->fields[slot].type);
        has_one = true;
    }
    ioc_buffer_add_string(&dump->line, "}}");
    write_line(dump);
}

void dump_close(struct dump *dump)
{
    if (fclose(dump->file) != 0) {
        perror("dump");
        exit(1);
    }
    ioc_buffer_done(&dump->line);
}
