#pragma once
/*
 * tests/fuzz/world.h — a small city for expressions: every type of field, and the same values again in dyn fields.
 *
 * Names: `event.X`, `last.X`, `asset.X`, and the scalars `limit`, `now`, and some of the event's (`b`, `i`, …) alone.  Each frame is one of WORLD_ROWS rows: fields
 * and whole frames may be missing, numbers are often extreme.  All kinds of world have the same names and values.
 */
#include "core/area.h"
#include "core/draft.h"
#include "rules/cel/program.h"
#include "tests/fuzz/chance.h"

enum { WORLD_EVENT, WORLD_LAST, WORLD_ASSET, WORLD_PARAMS, WORLD_FRAMES };
enum { WORLD_FIELDS = 64, WORLD_VARIABLES = 16, WORLD_ROWS = 64 };

struct world {
    struct ioc_field fields[WORLD_FRAMES][WORLD_FIELDS];
    struct ioc_schema schemas[WORLD_FRAMES];
    struct ioc_variable variables[WORLD_VARIABLES];
    struct ioc_scope scope;
    struct ioc_draft drafts[WORLD_FRAMES][WORLD_ROWS];
    const struct ioc_row *frames[IOC_FRAMES_MOST];
};

/* What can be read, as source and with its type as in rules/cel/builtin.h ("[i]"). */
struct world_name {
    const char *type;
    char text[24], field[16]; /* the whole; what stands behind the dot, empty for a scalar */
    uint8_t frame;
    ioc_slot slot;
    bool is_optional;
};
const struct world_name *world_names(uint32_t *count);

enum world_kind {
    WORLD_MEASURED, /* with units, as cities have them */
    WORLD_PLAIN,    /* without units: what is computed with them cannot be computed on dyn */
    WORLD_DYNAMIC,  /* every field is declared dyn */
};
void world_open(struct world *world, enum world_kind kind);
void world_close(struct world *world);
/* Other rows; both get the same values, and the twin may be NULL. */
void world_draw(struct world *world, struct world *twin, struct chance *chance);
