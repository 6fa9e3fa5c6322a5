/* config/language.c — the language that a person at this terminal reads. */
#include "config/language.h"
#include <stdlib.h>
#include <string.h>

enum ioc_language ioc_language_here(void)
{
    static const char *const names[] = {"LC_ALL", "LC_MESSAGES", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        const char *locale = getenv(names[i]);
        if (locale && locale[0])
            return ioc_language_of(locale);
    }
    return IOC_ENGLISH;
}

bool ioc_language_read(const char *word, enum ioc_language *language)
{
    bool is_vietnamese = strcmp(word, "vi") == 0;
    if (!is_vietnamese && strcmp(word, "en") != 0)
        return false;
    *language = is_vietnamese ? IOC_VIETNAMESE : IOC_ENGLISH;
    return true;
}
