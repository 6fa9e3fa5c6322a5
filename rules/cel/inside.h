#pragma once
/*
 * rules/cel/inside.h — the second entry: programs in any environment, values as the machine has them.
 *
 * For tests and for the conformance suite, which needs what the public contract has no words for:
 * containers, unchecked expressions, declared types such as map(string, int), lists and types as
 * results.  Nothing else may include it.
 */
#include "rules/cel/checker.h"
#include "rules/cel/program.h"

enum ioc_status ioc_program_new_in(struct ioc_text source,
    const struct ioc_environment *environment, enum ioc_type want, struct ioc_program **program,
    struct ioc_program_error *err) IOC_USE;
/* Read lists and maps with ioc_boxed_item(). */
enum ioc_outcome ioc_program_value(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_boxed *value);
/* The same without the quick machine (quick.h); and whether a program is for that one. */
enum ioc_outcome ioc_program_exact(const struct ioc_program *program,
    const struct ioc_row *const *frames, struct ioc_scratch *scratch, struct ioc_boxed *value);
bool ioc_program_is_quick(const struct ioc_program *program);
/* "list(int)": the static type of the whole; empty when the environment drops it. */
struct ioc_text ioc_program_shape(const struct ioc_program *program);
