#pragma once
/*
 * config/language.h — the language that a person at this terminal reads.
 */
#include "core/status.h"
#include <stdbool.h>

/* LC_ALL, else LC_MESSAGES, else LANG: Vietnamese when it begins with "vi". */
enum ioc_language ioc_language_here(void);
/* "vi" or "en", as after --lang; false for another word. */
bool ioc_language_read(const char *word, enum ioc_language *language);
