#pragma once
/*
 * rules/cel/program.h — CEL expressions: text → checked against declared variables → register program → value.
 *
 * The language is CEL without protobuf messages (CEL.md), with the two deviations of RULES.md section 1 (numeric
 * literals are promoted; ordering and equality across int, uint, double compare exactly), off under `strict`.
 * Variables live in frames: frame f is a row, so a variable is either a whole frame (a record: `event`, `asset`) whose
 * fields are slots, or one slot of a frame (a scalar: `limit`, `now`).  Knows nothing of rules, streams or alerts.
 *
 * Memory   compile: an arena that dies with it, the program is one block.  Evaluation of typed code allocates nothing;
 *          boxed values use the scratch, reset at each evaluation.
 * Thread   a program is immutable and shared; a scratch belongs to one thread
 * Failure  compile: IOC_INVALID, IOC_LIMIT with an ioc_error whose `offset` names the exact token
 * Source   github.com/google/cel-spec doc/langdef.md
 */
#include "core/arena.h"
#include "core/buffer.h"
#include "core/schema.h"

struct ioc_program;
struct ioc_scratch;

struct ioc_reference;
struct ioc_variable {
    struct ioc_text name;
    uint8_t frame;
    bool is_record;                  /* the whole frame; `schema` says its fields */
    bool may_be_missing;             /* scalar: reading it may give "missing" */
    bool is_certain;                 /* record: always there, so unguarded reads of optional fields are noted */
    ioc_slot slot;                   /* scalar */
    const struct ioc_schema *schema; /* record, or the schema the scalar's field lies in */
    const struct ioc_field *field;   /* scalar: type, unit, decimals, personal */
    const struct ioc_reference *inventory; /* record: its keys are all that there are, or NULL */
    ioc_slot inventory_by;           /* record: the string field that names the inventory's row */
};
struct ioc_areas;
struct ioc_zones;
struct ioc_pattern_pool;
struct ioc_scope {
    const struct ioc_variable *variables;
    uint32_t count;
    const struct ioc_areas *areas; /* of the city, for area() and inside(), or NULL; outlives the programs */
    struct ioc_pattern_pool *patterns; /* where programs share them, or NULL; wanted while they are made */
    bool is_strict; /* no deviations: for conformance */
    struct ioc_zones *zones; /* shared by the programs whose zones come with the events, which keep references; NULL = each its own */
};
enum { IOC_FRAMES_MOST = 16 };

struct ioc_program_error {
    uint32_t offset, length; /* bytes of the expression */
    struct ioc_error error;  /* code, text, hint */
};
/* want = IOC_TYPES: any type will do.  IOC_DOUBLE also accepts int and uint, which are then converted. */
enum ioc_status ioc_program_new(struct ioc_text source, const struct ioc_scope *scope,
    enum ioc_type want, struct ioc_program **program, struct ioc_program_error *err) IOC_USE;
void ioc_program_free(struct ioc_program *program);
enum ioc_type ioc_program_type(const struct ioc_program *program);

/* Which slots it reads: pairs in order of first reading. */
struct ioc_program_read {
    uint8_t frame;
    bool is_whole; /* the record as a value */
    ioc_slot slot;
};
const struct ioc_program_read *ioc_program_reads(
    const struct ioc_program *program, uint32_t *count);
/* At worst, in steps of the budget of an evaluation (IOC_STEPS_MOST); UINT32_MAX = at least that. */
uint32_t ioc_program_cost(const struct ioc_program *program);
/* As written, and the bytes of memory it takes. */
struct ioc_text ioc_program_source(const struct ioc_program *program);
uint32_t ioc_program_bytes(const struct ioc_program *program);
/* What the checker noticed that is no error (a bare number against a field with a unit, …).  They are
 * large: whoever has read them forgets them. */
const struct ioc_program_error *ioc_program_notes(
    const struct ioc_program *program, uint32_t *count);
void ioc_program_forget_notes(struct ioc_program *program);
/* All zones of the system, when it needs them; else NULL. */
const struct ioc_zones *ioc_program_zones(const struct ioc_program *program);
/* When the whole expression is just one field: that read, else NULL.  For printing with its unit. */
const struct ioc_program_read *ioc_program_field(const struct ioc_program *program);

struct ioc_scratch *ioc_scratch_new(void);
void ioc_scratch_free(struct ioc_scratch *scratch);

enum ioc_outcome {
    IOC_OUTCOME_VALUE,
    IOC_OUTCOME_MISSING, /* an absent field decided it */
    IOC_OUTCOME_ERROR,   /* overflow, division by zero, no such key, … : ioc_scratch_error() */
};
struct ioc_outcome_value { /* texts point into the frames, the program or the scratch */
    enum ioc_type type;
    union {
        bool boolean;
        int64_t integer; /* int, timestamp, duration */
        uint64_t natural;
        double number;
        struct ioc_text text; /* string, bytes; for list, map, dyn: their CEL text */
        struct ioc_point point;
    };
};
/* frames[f] may be NULL: everything in it is missing. */
enum ioc_outcome ioc_program_run(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch,
    struct ioc_outcome_value *value);
/* For programs of type bool: the hot path. */
enum ioc_outcome ioc_program_test(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, bool *value);
/* What went wrong in the last evaluation and at which byte; the program must still be there. */
const char *ioc_scratch_error(const struct ioc_scratch *scratch);
/* One instruction a line; slots by their names when the scope is given. */
void ioc_program_print(
    const struct ioc_program *program, const struct ioc_scope *scope, struct ioc_buffer *out);
/* What becomes of an expression: cost, the order in which the operands of its && or || are tried, instructions. */
enum ioc_status ioc_program_explain(struct ioc_text source, const struct ioc_scope *scope,
    enum ioc_type want, struct ioc_buffer *out, struct ioc_program_error *err) IOC_USE;
