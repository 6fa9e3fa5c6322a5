#pragma once
/*
 * rules/cel/shape.h — static types while an expression is checked: int, list(T), map(K, V), optional_type(T), dyn, …
 *
 * Type variables are bound by unification; every binding is written to a trail, so that an overload
 * that does not fit can be undone.
 *
 * Memory   shapes lie in the arena of the compilation
 * Source   github.com/google/cel-spec doc/langdef.md, Gradual Type Checking
 */
#include "core/arena.h"
#include "core/schema.h"
#include "rules/cel/boxed.h"

/* Kinds of shape beyond the kinds of value. */
enum {
    IOC_SHAPE_VARIABLE = IOC_KINDS, /* id */
    IOC_SHAPE_OTHER,                /* name(params…): declared from outside */
};
enum { IOC_SHAPE_PARAMS = 3 };

struct ioc_shape {
    uint8_t kind; /* enum ioc_type, IOC_KIND_TYPE or IOC_SHAPE_… */
    uint8_t count;
    bool is_nullable; /* a timestamp, duration or optional that null has joined: no typed code */
    uint32_t id;
    struct ioc_text name;
    const struct ioc_shape *params[IOC_SHAPE_PARAMS];
    const struct ioc_schema *schema; /* a map that is a record with these fields */
};

struct ioc_shapes { /* one checking */
    bool
        takes_null; /* null goes where a timestamp, duration or optional does (cel-spec: legacy nullable types) */
    struct ioc_arena *arena;
    const struct ioc_shape **bound; /* by variable id; NULL = free */
    uint32_t count, capacity;
    struct {
        uint32_t id;
        const struct ioc_shape *was;
    } * trail;
    uint32_t trail_count, trail_capacity;
};

const struct ioc_shape *ioc_shape_plain(uint32_t kind); /* list, map: of dyn */
const struct ioc_shape *ioc_shape_list(struct ioc_shapes *shapes, const struct ioc_shape *item);
const struct ioc_shape *ioc_shape_map(
    struct ioc_shapes *shapes, const struct ioc_shape *key, const struct ioc_shape *value);
const struct ioc_shape *ioc_shape_type(struct ioc_shapes *shapes, const struct ioc_shape *of);
const struct ioc_shape *ioc_shape_optional(struct ioc_shapes *shapes, const struct ioc_shape *of);
const struct ioc_shape *ioc_shape_variable(struct ioc_shapes *shapes);
const struct ioc_shape *ioc_shape_record(
    struct ioc_shapes *shapes, const struct ioc_schema *schema);
/* Of a schema's field, and of the records or items of a list field. */
const struct ioc_shape *ioc_shape_field(struct ioc_shapes *shapes, const struct ioc_field *field);
/* "map(string, list(int))"; unknown names become IOC_SHAPE_OTHER.  NULL when malformed. */
const struct ioc_shape *ioc_shape_parse(struct ioc_shapes *shapes, struct ioc_text text);

/* Behind the bindings, outermost only. */
const struct ioc_shape *ioc_shape_look(
    const struct ioc_shapes *shapes, const struct ioc_shape *shape);
/* All bindings applied, free variables become dyn. */
const struct ioc_shape *ioc_shape_settle(struct ioc_shapes *shapes, const struct ioc_shape *shape);
/* May a value of `from` be used where `to` is wanted?  Binds variables; undoes them when it fails. */
bool ioc_shape_fits(
    struct ioc_shapes *shapes, const struct ioc_shape *to, const struct ioc_shape *from);
/* Back to how the bindings were when the trail had that length. */
void ioc_shape_undo(struct ioc_shapes *shapes, uint32_t trail_count);
/* The shape of a list of both: the more general one, or dyn. */
const struct ioc_shape *ioc_shape_join(
    struct ioc_shapes *shapes, const struct ioc_shape *a, const struct ioc_shape *b);
bool ioc_shape_equal(const struct ioc_shape *a, const struct ioc_shape *b);
/* "list(int)"; in the arena. */
struct ioc_text ioc_shape_text(struct ioc_shapes *shapes, const struct ioc_shape *shape);
