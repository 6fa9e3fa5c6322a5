/* tests/fuzz/constant.c — fields replaced by their values, by looking at the words of the source only. */
#include "tests/fuzz/constant.h"
#include "rules/cel/scratch.h"

static const struct world_name *find_name(struct ioc_text at)
{
    uint32_t count;
    const struct world_name *names = world_names(&count), *longest = NULL;
    for (uint32_t i = 0; i < count; i++) {
        struct ioc_text text = ioc_text_of(names[i].text);
        if (names[i].field[0] && ioc_text_starts(at, text) && (!longest || text.length > strlen(longest->text)))
            longest = &names[i];
    }
    return longest;
}

static bool is_word(char c)
{
    return c == '_' || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool constant_write(const struct world *world, struct ioc_text source, const struct ioc_scratch *scratch, struct ioc_buffer *out)
{
    bool is_changed = false;
    ioc_buffer_reset(out);
    char quote = 0; /* within a text, as far as one can tell */
    bool is_raw = false;
    for (uint32_t i = 0; i < source.length;) {
        struct ioc_text rest = {source.data + i, source.length - i};
        if (quote && *rest.data == '\\' && !is_raw && rest.length > 1) {
            ioc_buffer_add(out, rest.data, 2);
            i += 2;
            continue;
        }
        if (*rest.data == quote) {
            quote = 0;
        } else if (!quote && strchr("'\"`", *rest.data)) {
            quote = *rest.data;
            is_raw = quote == '`' || (i > 0 && (source.data[i - 1] | 32) == 'r');
        }
        bool is_start = !quote && (i == 0 || (!is_word(source.data[i - 1]) && source.data[i - 1] != '.'));
        const struct world_name *name = is_start && strchr("ela", *rest.data) ? find_name(rest) : NULL;
        uint32_t length = name ? (uint32_t)strlen(name->text) : 1;
        if (name && length < rest.length && (is_word(rest.data[length]) || rest.data[length] == ')') && i >= 4 && memcmp(source.data + i - 4, "has(", 4) == 0)
            return false;
        if (!name) {
            ioc_buffer_add_char(out, *rest.data);
        } else {
            const struct ioc_row *row = world->frames[name->frame];
            if ((length < rest.length && is_word(rest.data[length])) || !ioc_row_has(row, name->slot) || strchr("*[{p", name->type[0]))
                return false;
            enum ioc_type type = world->fields[name->frame][name->slot].type;
            struct ioc_boxed value = ioc_boxed_slot(row, name->frame, name->slot, type);
            ioc_buffer_add_char(out, '(');
            ioc_boxed_print(scratch, &value, out);
            ioc_buffer_add_char(out, ')');
            is_changed = true;
        }
        i += length;
    }
    return is_changed;
}
