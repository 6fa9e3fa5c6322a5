#pragma once
/*
 * sinks/library.h — the text of sinks/redis.lua, built into the program.
 *
 * Memory   static
 * Thread   any
 */
#include "core/text.h"

struct ioc_text ioc_library_text(void);
