/* rules/cel/builtin.c — looking for overloads in the libraries. */
#include "rules/cel/builtin.h"

static bool is_named(const struct ioc_builtin *builtin, struct ioc_text name)
{
    return builtin->name[0] == name.data[0] && strncmp(builtin->name, name.data, name.length) == 0 && builtin->name[name.length] == 0;
}

/* From row `row` of library `library` on. */
static int find_from(uint32_t library, uint32_t row, struct ioc_text name)
{
    for (; ioc_libraries[library]; library++, row = 0) {
        for (; row < ioc_libraries[library]->count; row++) {
            if (is_named(&ioc_libraries[library]->rows[row], name))
                return (int)(library * IOC_LIBRARY_ROWS + row);
        }
    }
    return -1;
}

int ioc_builtin_find(struct ioc_text name)
{
    return name.length ? find_from(0, 0, name) : -1;
}

int ioc_builtin_next(int index)
{
    uint32_t library = (uint32_t)index / IOC_LIBRARY_ROWS, row = (uint32_t)index % IOC_LIBRARY_ROWS + 1;
    struct ioc_text name = ioc_text_of(ioc_builtin_at((uint32_t)index)->name);
    const struct ioc_library *at = ioc_libraries[library];
    if (row < at->count && is_named(&at->rows[row], name))
        return index + 1;
    return find_from(library + 1, 0, name);
}

const char *ioc_builtin_param(const char *signature, uint32_t *kind)
{
    static const char letters[] = "nbiudsytrpz#*jkge";
    static const uint8_t kinds[] = {IOC_NULL, IOC_BOOL, IOC_INT, IOC_UINT, IOC_DOUBLE, IOC_STRING,
        IOC_BYTES, IOC_TIMESTAMP, IOC_DURATION, IOC_POINT, IOC_KIND_ZONE, IOC_KIND_TYPE, IOC_DYN,
        IOC_KIND_IP, IOC_KIND_CIDR, IOC_KIND_AREAS,
        IOC_KIND_PATTERN};
    uint32_t inside;
    if (*signature == '?') {
        *kind = IOC_KIND_OPTIONAL;
        return ioc_builtin_param(signature + 1, &inside);
    }
    if (*signature == '[') {
        *kind = IOC_LIST;
        return ioc_builtin_param(signature + 1, &inside) + 1;
    }
    if (*signature == '{') {
        *kind = IOC_MAP;
        signature = ioc_builtin_param(signature + 1, &inside);
        return ioc_builtin_param(signature, &inside) + 1;
    }
    const char *found = strchr(letters, *signature);
    *kind = found ? kinds[found - letters] : (uint32_t)*signature;
    return signature + 1;
}

uint32_t ioc_builtin_arity(const struct ioc_builtin *builtin)
{
    uint32_t count = 0, kind;
    for (const char *at = builtin->takes; *at; count++)
        at = ioc_builtin_param(at, &kind);
    return count;
}

static bool takes_value(uint32_t kind, const struct ioc_boxed *value)
{
    if (kind == IOC_DYN || kind >= 'A' || kind == value->type)
        return true;
    return (kind == IOC_KIND_ZONE || kind == IOC_KIND_PATTERN) && value->type == IOC_STRING;
}

int ioc_builtin_match(
    uint32_t first, bool is_method, const struct ioc_boxed *arguments, uint32_t count)
{
    for (int i = (int)first; i >= 0; i = ioc_builtin_next(i)) {
        const struct ioc_builtin *builtin = ioc_builtin_at((uint32_t)i);
        if (!(builtin->style & (is_method ? IOC_BUILTIN_METHOD : IOC_BUILTIN_FUNCTION)))
            continue;
        const char *at = builtin->takes;
        uint32_t matched = 0, kind;
        for (; *at && matched < count; matched++) {
            at = ioc_builtin_param(at, &kind);
            if (!takes_value(kind, &arguments[matched]))
                break;
        }
        if (!*at && matched == count)
            return i;
    }
    return -1;
}

struct ioc_text ioc_builtin_nearest(struct ioc_text name)
{
    struct ioc_text names[256];
    uint32_t count = 0;
    for (const struct ioc_library *const *library = ioc_libraries; *library; library++) {
        for (uint32_t i = 0; i < (*library)->count && count < sizeof names / sizeof *names; i++) {
            struct ioc_text candidate = ioc_text_of((*library)->rows[i].name);
            bool is_word = candidate.data[0] >= 'a' && candidate.data[0] <= 'z' &&
                           !memchr(candidate.data, '@', candidate.length);
            if (is_word && (count == 0 || !ioc_text_equal(names[count - 1], candidate)))
                names[count++] = candidate;
        }
    }
    int nearest = ioc_text_nearest(name, names, count);
    return nearest < 0 ? (struct ioc_text){"", 0} : names[nearest];
}
