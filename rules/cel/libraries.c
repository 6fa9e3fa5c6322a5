/* rules/cel/libraries.c — the libraries of the language, in the order in which overloads are tried. */
#include "rules/cel/builtin.h"

extern const struct ioc_library ioc_library_standard;
extern const struct ioc_library ioc_library_matching;
extern const struct ioc_library ioc_library_strings;
extern const struct ioc_library ioc_library_lists;
extern const struct ioc_library ioc_library_encoders;
extern const struct ioc_library ioc_library_math;
extern const struct ioc_library ioc_library_network;
extern const struct ioc_library ioc_library_optional;
extern const struct ioc_library ioc_library_city;
extern const struct ioc_library ioc_library_units;

const struct ioc_library *const ioc_libraries[] = {
    &ioc_library_standard,
    &ioc_library_matching,
    &ioc_library_strings,
    &ioc_library_lists,
    &ioc_library_encoders,
    &ioc_library_math,
    &ioc_library_network,
    &ioc_library_optional,
    &ioc_library_city,
    &ioc_library_units,
    NULL,
};
