#pragma once
/*
 * core/name.h — interned names: each distinct text gets a small number, once, at load.
 *
 * Streams, fields, rules, sources.  Text from the wire is never interned.
 *
 * Memory   owned by the table; texts live as long as it does.
 * Thread   one at a time while it grows; then read-only by all.
 */
#include "core/text.h"

typedef uint32_t ioc_name; /* index from 0 in order of first interning; IOC_NAME_NONE = not there */
#define IOC_NAME_NONE UINT32_MAX

struct ioc_names;
struct ioc_names *ioc_names_new(void);
void ioc_names_free(struct ioc_names *names);
ioc_name ioc_name_intern(struct ioc_names *names, struct ioc_text text);
ioc_name ioc_name_find(const struct ioc_names *names, struct ioc_text text);
struct ioc_text ioc_name_text(const struct ioc_names *names, ioc_name name);
uint32_t ioc_names_count(const struct ioc_names *names);
