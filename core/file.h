#pragma once
/*
 * core/file.h — a whole regular file into an arena, within a bound.
 *
 * Memory   the bytes live in the arena, with a NUL behind
 * Thread   one at a time (load)
 * Failure  IOC_NOT_FOUND, IOC_FAILED (not a regular file, not readable), IOC_LIMIT longer than `most`,
 *          IOC_DENIED private but readable by others; `err` says it in words, at `path`
 */
#include "core/arena.h"
#include "core/status.h"

/* `is_private`: refused when its group or others may read it. */
enum ioc_status ioc_file_read(const char *path, size_t most, bool is_private,
    struct ioc_arena *arena, struct ioc_text *bytes, struct ioc_error *err) IOC_USE;
/* `path` as it is when absolute, else against the directory that `beside` lies in. */
struct ioc_text ioc_file_beside(
    struct ioc_text beside, struct ioc_text path, struct ioc_arena *arena);
