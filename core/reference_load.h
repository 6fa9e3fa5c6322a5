#pragma once
/*
 * core/reference_load.h — a reference table while it is loaded (inside of core/reference).
 *
 * Memory   a loader lives on the stack of ioc_reference_parse(); rows go into the table's arena
 * Thread   one at a time
 */
#include "core/csv.h"
#include "core/geojson.h"
#include "core/reference.h"
#include "core/table.h"
#include "core/written.h"

enum { IOC_REFERENCE_NO_COLUMN = UINT32_MAX };

struct ioc_reference_row {
    const struct ioc_row *bytes;
    struct ioc_text key;
    uint32_t line;
};
struct ioc_reference {
    struct ioc_arena arena;
    struct ioc_text name, file;
    const struct ioc_schema *schema;
    ioc_slot key;
    struct ioc_reference_row *rows;
    uint32_t count, capacity;
    struct ioc_table index; /* key bytes → row */
    uint64_t hash;
    char delimiter, decimal;
};

struct ioc_reference_loader {
    struct ioc_reference *reference;
    const struct ioc_schema *schema;
    struct ioc_errors *errors;
    struct ioc_draft draft;
    struct ioc_written written;
    ioc_slot position; /* the point field that other columns or the geometry can make, or none */
    struct ioc_csv csv;
    struct ioc_csv_cell *cells;
    uint32_t cell_count, *columns, latitude, longitude; /* by slot; of the position */
    struct ioc_geojson geojson;
    bool is_geojson;
    uint32_t feature;
};

/* Where it happened: a cell of the CSV, or the feature at work (cell NULL). */
void ioc_reference_error(struct ioc_reference_loader *loader, const struct ioc_csv_cell *cell,
    const struct ioc_error *err);
/* About the file as a whole. */
void ioc_reference_refuse(struct ioc_text file, struct ioc_errors *errors, const char *code,
    const char *text, const char *hint);
/* The draft as a row, if nothing is missing in it and its key is new; `cell` is where its errors stand. */
void ioc_reference_add(
    struct ioc_reference_loader *loader, const struct ioc_csv_cell *cell, uint32_t line);
void ioc_reference_load_csv(struct ioc_reference_loader *loader, struct ioc_text file,
    struct ioc_text text, const struct ioc_reference_options *options, struct ioc_arena *arena);
void ioc_reference_load_geojson(
    struct ioc_reference_loader *loader, struct ioc_text file, struct ioc_text text);
