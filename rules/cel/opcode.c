/* rules/cel/opcode.c — the table behind the list of instructions. */
#include "rules/cel/opcode.h"

const struct ioc_opcode ioc_opcodes[IOC_OPS] = {
#define X(name, operands, fails) [IOC_OP_##name] = {#name, operands, fails},
    IOC_OPCODES(X)
#undef X
};
