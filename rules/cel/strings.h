#pragma once
/*
 * rules/cel/strings.h — functions on texts that have files of their own; the table is in strings.c.
 */
#include "rules/cel/builtin.h"

/* strings_parts.c */
IOC_BUILTIN_RUN(ioc_strings_replace);
IOC_BUILTIN_RUN(ioc_strings_replace_some);
IOC_BUILTIN_RUN(ioc_strings_split);
IOC_BUILTIN_RUN(ioc_strings_split_some);
IOC_BUILTIN_RUN(ioc_strings_quote);
