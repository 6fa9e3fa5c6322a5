/*
 * sinks/library.c — the text of sinks/redis.lua, built into the program.
 *
 * IOC_LIBRARY is the file's path; the build depends on it (CMakeLists.txt).
 */
#include "sinks/library.h"

extern const char library_begin[], library_end[];
__asm__(".pushsection .rodata\n"
        "library_begin:\n"
        ".incbin \"" IOC_LIBRARY "\"\n"
        "library_end:\n"
        ".popsection\n");

struct ioc_text ioc_library_text(void)
{
    return (struct ioc_text){library_begin, (uint32_t)(library_end - library_begin)};
}
