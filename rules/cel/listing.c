/*
 * rules/cel/listing.c — a program as people read it: what is tried in which order, cost, instructions.
 */
#include "core/zone.h"
#include "rules/cel/assembly.h"
#include "rules/cel/builtin.h"
#include "rules/cel/inside.h"
#include "rules/cel/moment.h"
#include "rules/cel/pattern.h"

struct listing {
    const struct ioc_program *program;
    const struct ioc_scope *scope; /* for the names of slots, or NULL */
    struct ioc_scratch *scratch;
    struct ioc_buffer *out;
};

static void print_slot(const struct listing *listing, uint32_t frame, uint32_t slot)
{
    for (uint32_t i = 0; listing->scope && i < listing->scope->count; i++) {
        const struct ioc_variable *variable = &listing->scope->variables[i];
        if (variable->frame != frame)
            continue;
        if (variable->is_record && slot < variable->schema->count) {
            ioc_buffer_addf(listing->out, " %.*s.%.*s", IOC_TEXT_ARGS(variable->name),
                IOC_TEXT_ARGS(variable->schema->fields[slot].name));
            return;
        }
        if (!variable->is_record && variable->slot == slot) {
            ioc_buffer_addf(listing->out, " %.*s", IOC_TEXT_ARGS(variable->name));
            return;
        }
    }
    ioc_buffer_addf(listing->out, " frame%u.%u", frame, slot);
}

static void print_record(const struct listing *listing, uint32_t frame)
{
    for (uint32_t i = 0; listing->scope && i < listing->scope->count; i++) {
        const struct ioc_variable *variable = &listing->scope->variables[i];
        if (variable->frame == frame && variable->is_record) {
            ioc_buffer_addf(listing->out, " %.*s", IOC_TEXT_ARGS(variable->name));
            return;
        }
    }
    ioc_buffer_addf(listing->out, " frame%u", frame);
}

static void print_constant(const struct listing *listing, uint32_t number)
{
    const struct ioc_boxed *value = &listing->program->bytecode.constants[number];
    ioc_buffer_add_char(listing->out, ' ');
    int32_t minutes = (int32_t)value->count / 60, size = minutes < 0 ? -minutes : minutes;
    if (value->type == IOC_KIND_ZONE && !value->zone)
        ioc_buffer_addf(listing->out, "%c%02d:%02d", minutes < 0 ? '-' : '+', size / 60, size % 60);
    else if (value->type == IOC_KIND_ZONE)
        ioc_buffer_add_text(listing->out, ioc_zone_name(value->zone));
    else if (value->type == IOC_KIND_PATTERN)
        ioc_buffer_add_json(listing->out, ioc_pattern_text(value->pattern));
    else
        ioc_boxed_print(listing->scratch, value, listing->out);
}

static void print_operands(const struct listing *listing, struct ioc_instruction at)
{
    const char *sorts = ioc_opcodes[at.op].operands;
    const uint32_t operands[] = {at.a, at.b, at.c, at.d};
    for (int i = 0; i < 4; i++) {
        switch (sorts[i]) {
        case 'r': ioc_buffer_addf(listing->out, " r%u", operands[i]); break;
        case 'k': print_constant(listing, operands[i]); break;
        case 'f':
            if (i < 3 && sorts[i + 1] == 's')
                print_slot(listing, operands[i], operands[i + 1]);
            else
                print_record(listing, operands[i]);
            break;
        case 'g':
            print_slot(listing, at.a & 15, at.b);
            print_slot(listing, at.a >> 4, at.c);
            break;
        case 'p':
            ioc_buffer_addf(listing->out, " %s()", ioc_moment_part_names[at.b >> 8]);
            print_slot(listing, at.b & 0xff, at.c);
            break;
        case 'j': ioc_buffer_addf(listing->out, " -> %u", operands[i]); break;
        case 't': {
            uint32_t kind = operands[i] & 0xff;
            ioc_buffer_addf(listing->out, " %s", kind < IOC_TYPES ? ioc_type_text(kind) : "type");
            break;
        }
        case 'n':
            if (at.op == IOC_OP_CALL || at.op == IOC_OP_CALL_ANY) {
                if (i == 2)
                    ioc_buffer_addf(listing->out, " %s()", ioc_builtin_at(operands[i])->name);
            } else {
                ioc_buffer_addf(listing->out, " %u", operands[i]);
            }
            break;
        default: break;
        }
    }
}

static void print_instructions(const struct listing *listing, const char *indent)
{
    const struct ioc_bytecode *bytecode = &listing->program->bytecode;
    for (uint32_t i = 0; i < listing->program->count; i++) {
        const struct ioc_opcode *opcode = &ioc_opcodes[bytecode->instructions[i].op];
        ioc_buffer_addf(listing->out, "%s%3u %s", indent, i, opcode->name);
        print_operands(listing, bytecode->instructions[i]);
        uint16_t handler = bytecode->handlers ? bytecode->handlers[i] : IOC_CODE_NOWHERE;
        if (handler != IOC_CODE_NOWHERE && opcode->can_fail)
            ioc_buffer_addf(listing->out, "  else -> %u", handler);
        ioc_buffer_add_char(listing->out, '\n');
    }
}

void ioc_program_print(
    const struct ioc_program *program, const struct ioc_scope *scope, struct ioc_buffer *out)
{
    struct listing listing = {program, scope, ioc_scratch_new(), out};
    print_instructions(&listing, "");
    ioc_scratch_free(listing.scratch);
}

/* One line, whatever the text looks like. */
static void print_text(struct ioc_buffer *out, struct ioc_text text)
{
    bool was_blank = false;
    for (uint32_t i = 0; i < text.length; i++) {
        bool is_blank = text.data[i] == ' ' || text.data[i] == '\n' || text.data[i] == '\t' || text.data[i] == '\r';
        if (!is_blank || !was_blank)
            ioc_buffer_add_char(out, is_blank ? ' ' : text.data[i]);
        was_blank = is_blank;
    }
}

/* The operands of the outermost && or ||, as they are tried. */
static void print_order(
    const struct ioc_order *order, struct ioc_text source, struct ioc_buffer *out)
{
    ioc_buffer_addf(out, "  tried in this order, until one is %s:\n", order->is_or ? "true" : "false");
    for (uint32_t i = 0; i < order->count; i++) {
        ioc_buffer_addf(out, "  %3u. %6.0f steps  ", i + 1, order->items[i].steps);
        print_text(out, (struct ioc_text){source.data + order->items[i].from,
                            order->items[i].to - order->items[i].from});
        ioc_buffer_add_char(out, '\n');
    }
}

enum ioc_status ioc_program_explain(struct ioc_text source, const struct ioc_scope *scope,
    enum ioc_type want, struct ioc_buffer *out, struct ioc_program_error *err)
{
    struct ioc_arena arena = {0};
    struct ioc_order order = {.arena = &arena};
    struct ioc_environment environment = {.scope = scope, .drops_shape = true, .order = &order};
    struct ioc_program *program;
    enum ioc_status status = ioc_program_new_in(source, &environment, want, &program, err);
    if (status == IOC_OK) {
        struct listing listing = {program, scope, ioc_scratch_new(), out};
        ioc_buffer_add_string(out, "  ");
        print_text(out, source);
        ioc_buffer_addf(out, "\n  at most %u steps of %d; %u bytes; ", program->cost, IOC_STEPS_MOST, program->bytes);
        ioc_buffer_add_string(out, !program->is_quick
                ? "on the exact machine\n"
                : "on the quick machine when all its fields are there, else on the exact one\n");
        if (order.count)
            print_order(&order, source, out);
        print_instructions(&listing, "  ");
        ioc_scratch_free(listing.scratch);
        ioc_program_free(program);
    }
    ioc_arena_done(&arena);
    return status;
}
