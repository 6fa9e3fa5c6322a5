#pragma once
/*
 * tests/rules/conditions.h — random conditions on random rows, for properties that must hold for all of them.
 *
 * Every field may be missing, whole frames too; arithmetic overflows and divides by zero now and then.
 */
#include "core/draft.h"
#include "rules/cel/inside.h"
#include "rules/cel/scratch.h"

enum { C_OPEN, C_COUNT, C_DELTA, C_TOTAL, C_DEPTH, C_LEVEL, C_KIND, C_NOTE, C_SINCE, C_TAGS, C_AT, C_DUE, C_FIELDS };
static struct ioc_field condition_fields[C_FIELDS] = {
    {.name = {"open", 4}, .type = IOC_BOOL},
    {.name = {"count", 5}, .type = IOC_INT},
    {.name = {"delta", 5}, .type = IOC_INT, .is_optional = true},
    {.name = {"total", 5}, .type = IOC_UINT},
    {.name = {"depth", 5}, .type = IOC_DOUBLE},
    {.name = {"level", 5}, .type = IOC_DOUBLE, .is_optional = true},
    {.name = {"kind", 4}, .type = IOC_STRING},
    {.name = {"note", 4}, .type = IOC_STRING, .is_optional = true},
    {.name = {"since", 5}, .type = IOC_DURATION},
    {.name = {"tags", 4}, .type = IOC_LIST, .of = IOC_INT},
    {.name = {"at", 2}, .type = IOC_TIMESTAMP},
    {.name = {"due", 3}, .type = IOC_TIMESTAMP, .is_optional = true},
};
static const struct ioc_schema condition_schema = {
    .name = {"conditions", 10}, .fields = condition_fields, .count = C_FIELDS};
static const struct ioc_variable condition_variables[] = {
    {.name = {"event", 5}, .is_record = true, .schema = &condition_schema},
    {.name = {"last", 4}, .frame = 1, .is_record = true, .schema = &condition_schema},
    {.name = {"limit", 5}, .frame = 2, .slot = C_DEPTH, .may_be_missing = true, .schema = &condition_schema,
        .field = &condition_fields[C_DEPTH]},
    {.name = {"now", 3}, .frame = 2, .slot = C_AT, .schema = &condition_schema, .field = &condition_fields[C_AT]},
};
static const struct ioc_scope condition_scope = {.variables = condition_variables, .count = 4};

static uint64_t condition_seed = 1;
static uint32_t condition_random(uint32_t below)
{
    condition_seed = condition_seed * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)((condition_seed >> 33) % below);
}

static void condition_term(struct ioc_buffer *out)
{
    static const char *const terms[] = {
        "event.open", "!last.open", "has(event.note)", "!has(event.level)", "has(last.delta)", "true", "false",
        "event.count > 3", "event.count == 7", "event.count != event.delta", "3 >= event.delta", "last.count <= 0",
        "event.total < 5u", "event.total >= event.count", "event.total - 3u > 1u", "event.depth > 15", "22.5 == event.depth",
        "event.depth > limit", "event.level * 2.0 + 1.0 < event.depth", "event.level / 0.0 > 1.0", "-event.depth < 0.0",
        "event.depth > event.count", "event.kind == 'air'", "event.kind != 'a longer kind of word'", "event.note == ''",
        "event.kind == 'abcdefgh'", "event.note in ['x', 'yy', 'air', 'water']", "event.kind == event.note",
        "event.count in [1, 7, 9223372036854775807]", "event.delta + event.count > 9", "event.count * event.count > 40",
        "10 / event.count > 2", "10 % event.delta == 1", "event.count / event.delta == -1", "-event.count < 2",
        "event.count + 9223372036854775800 > 0", "event.since > duration('1m')", "event.since + event.since == duration('2m')",
        "event.tags.exists(x, x == event.count)", "event.tags.all(x, 10 / x > 1)", "event.tags.exists_one(x, x > event.delta)",
        "event.tags[1] == 7", "event.tags.map(x, x * 2).exists(x, x > 9)", "event.kind.startsWith('a')",
        "size(event.note) > 1", "event.kind.contains(event.note)", "string(event.count) == '7'",
        "(event.open ? event.depth : event.level) > 3.0", "(has(event.delta) ? event.delta : 0) < 5",
        "event.tags == [1, 7, 3]", "event.tags.distinct().size() == 2", "{'a': event.count, 'b': event.delta}['a'] == 7",
        "event.tags.transformMap(i, x, i).size() == 3", "event.tags.map(x, [x, x]) == event.tags.map(y, [y, y])",
        "event.count in event.tags", "double(event.count) > limit", "int(event.depth) == event.count",
        "event.depth > limit + 15.0", "15.0 * event.level - 3.0 <= last.depth / 2.0", "last.depth != limit",
        "event.count >= last.count", "event.count < event.delta", "last.total <= event.total", "event.total != last.total",
        "event.open == last.open", "event.note == last.kind", "last.note != event.kind", "event.since >= last.since",
        "event.since != last.since", "event.since - last.since < duration('90s')", "event.total + last.total >= 5u",
        "event.total * 2u == last.total", "5 - event.count > event.delta - 5", "event.delta * 3 == event.count + 4",
        "7 == event.count + 0", "3.0 < event.depth - last.depth", "event.depth / last.depth >= event.level - limit",
        "10 / event.count > event.delta / 0", "event.delta + 1 >= 10 / event.count", "event.at < now", "event.due == now",
        "event.due >= event.at", "event.due != last.at", "now - event.at > duration('15m')", "now - event.due <= event.since",
        "event.at + event.since > now", "event.due > now - duration('1h')", "now - event.since == event.at",
        "event.at > timestamp('2026-01-01T00:00:00Z')", "event.due == timestamp('0001-01-01T00:00:00Z')",
        "timestamp('2026-06-01T12:00:00Z') - event.due < event.since", "event.at.getHours('Asia/Ho_Chi_Minh') >= 22",
        "event.at.getDayOfWeek('Europe/Paris') in [0, 6]", "event.due.getMonth() == now.getMonth('-03:30')",
        "event.due.getDayOfYear('+07:00') + event.at.getMilliseconds() > 200", "now.getFullYear('Asia/Ho_Chi_Minh') == 2026",
        "event.at.getMinutes('UTC') < event.due.getSeconds('05:45')", "event.tags.all(x, x + 1 > event.delta)",
        "event.tags.exists(x, event.kind == event.note && x >= event.count)", "event.tags.exists(x, event.at.getHours() > x)",
    };
    ioc_buffer_add_string(out, terms[condition_random(sizeof terms / sizeof *terms)]);
}

/* About half of them only tests of fields against constants. */
static void condition_write(struct ioc_buffer *out, int depth)
{
    uint32_t choice = depth > 3 ? 0 : condition_random(8);
    if (choice < 3) {
        condition_term(out);
    } else if (choice == 3) {
        ioc_buffer_add_string(out, "!(");
        condition_write(out, depth + 1);
        ioc_buffer_add_char(out, ')');
    } else if (choice == 4) {
        ioc_buffer_add_char(out, '(');
        for (int i = 0; i < 3; i++) {
            condition_write(out, depth + 1);
            ioc_buffer_add_string(out, i == 0 ? " ? " : i == 1 ? " : " : ")");
        }
    } else {
        uint32_t count = 2 + condition_random(4);
        ioc_buffer_add_char(out, '(');
        for (uint32_t i = 0; i < count; i++) {
            if (i)
                ioc_buffer_add_string(out, choice % 2 ? " && " : " || ");
            condition_write(out, depth + 1);
        }
        ioc_buffer_add_char(out, ')');
    }
}

/* A row with each field there three times out of four; NULL now and then. */
static const struct ioc_row *condition_row(struct ioc_draft *draft)
{
    static const char *const texts[] = {"air", "", "water", "x", "abcdefgh", "a longer kind of word", "abcdefgX"};
    static const int64_t numbers[] = {0, 1, 3, 7, -1, 5, INT64_MAX, INT64_MIN};
    static const double doubles[] = {0, 22.5, 15, -3, 1e300, 7};
    static const int64_t times[] = {0, -1, 1768471496789000000, 1768471496789000001, INT64_MAX, INT64_MIN};
    uint32_t there = condition_random(6) == 0 ? UINT32_MAX : 0;
    ioc_draft_begin(draft, &condition_schema);
    for (ioc_slot slot = 0; slot < C_FIELDS; slot++) {
        int64_t number = numbers[condition_random(8)];
        struct ioc_ref cells;
        enum ioc_status status = IOC_OK;
        if (!there && condition_random(4) == 0)
            continue;
        switch (condition_fields[slot].type) {
        case IOC_BOOL: ioc_draft_set_bool(draft, slot, number & 1); break;
        case IOC_UINT: ioc_draft_set_uint(draft, slot, (uint64_t)number); break;
        case IOC_DOUBLE: ioc_draft_set_double(draft, slot, doubles[condition_random(6)]); break;
        case IOC_STRING: status = ioc_draft_set_text(draft, slot, ioc_text_of(texts[condition_random(7)])); break;
        case IOC_TIMESTAMP: ioc_draft_set_int(draft, slot, times[condition_random(6)]); break;
        case IOC_DURATION: ioc_draft_set_int(draft, slot, condition_random(2) ? IOC_MINUTE : number); break;
        case IOC_LIST:
            status = ioc_draft_cells(draft, 3, &cells);
            for (uint32_t i = 0; i < 3 && status == IOC_OK; i++)
                ioc_draft_cell_set(draft, cells, i, IOC_INT, (union ioc_word){.i = numbers[condition_random(8)]});
            if (status == IOC_OK)
                status = ioc_draft_set_cells(draft, slot, cells);
            break;
        default: ioc_draft_set_int(draft, slot, number); break;
        }
        if (status != IOC_OK)
            return NULL;
    }
    const struct ioc_row *row = ioc_draft_row(draft);
    return condition_random(8) ? row : NULL;
}
