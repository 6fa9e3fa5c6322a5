/*
 * sinks/board.c — the living alerts in numbers: how many per state and severity, in the city and in each area.
 *
 * Each alert remembers how it was counted; a transition takes that back and counts anew.
 */
#include "sinks/board.h"
#include "core/redis.h"

struct alert {
    char id[IOC_ID_LENGTH];
    uint32_t area; /* index, or NO_AREA */
    uint8_t state, severity, flags, is_stated;
};
struct ioc_board_area {
    char *id;
    uint32_t id_length;
    struct ioc_board_counts counts;
    bool is_changed;
};
static const uint32_t no_area = UINT32_MAX;
enum { AREAS_MOST = 100000, FIRST_AREAS = 16 };
static const uint8_t quiet_flags = IOC_ALERT_SHELVED | IOC_ALERT_SUPPRESSED | IOC_ALERT_MAINTENANCE;

static struct alert *alert_at(const struct ioc_board *board, uint32_t index)
{
    return ioc_slab_at(&board->alerts, index);
}

static uint32_t find_alert(const struct ioc_board *board, const struct ioc_id *id, uint64_t hash)
{
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&board->table, hash, &at)) != IOC_TABLE_NONE) {
        if (memcmp(alert_at(board, index)->id, id->text, IOC_ID_LENGTH) == 0)
            return index;
    }
    return IOC_TABLE_NONE;
}

static uint32_t find_area(struct ioc_board *board, struct ioc_text id)
{
    if (id.length == 0 || ioc_text_equal(id, IOC_TEXT("city"))) /* c:city is not an area's */
        return no_area;
    uint64_t hash = ioc_text_hash(id);
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&board->area_table, hash, &at)) != IOC_TABLE_NONE) {
        const struct ioc_board_area *area = &board->areas[index];
        if (ioc_text_equal((struct ioc_text){area->id, area->id_length}, id))
            return index;
    }
    if (board->area_count == AREAS_MOST)
        return no_area;
    if (board->area_count == board->area_capacity) {
        uint32_t capacity = board->area_capacity ? 2 * board->area_capacity : FIRST_AREAS;
        board->areas = ioc_memory_grow(board->areas, board->area_capacity * sizeof *board->areas,
            capacity * sizeof *board->areas);
        board->area_capacity = capacity;
    }
    index = board->area_count++;
    board->areas[index] =
        (struct ioc_board_area){.id = ioc_memory_copy(id.data, id.length), .id_length = id.length};
    ioc_table_add(&board->area_table, hash, index);
    return index;
}

static void count(struct ioc_board_counts *counts, const struct alert *alert, uint32_t by)
{
    if (alert->state == IOC_ALERT_PENDING) {
        counts->pending += by;
        return;
    }
    if (alert->flags & IOC_ALERT_DOUBTFUL)
        counts->doubtful += by;
    if (alert->flags & IOC_ALERT_SHELVED)
        counts->shelved += by;
    if (alert->flags & (IOC_ALERT_SUPPRESSED | IOC_ALERT_MAINTENANCE))
        counts->suppressed += by;
    if (alert->flags & quiet_flags)
        return;
    if (alert->state == IOC_ALERT_UNACKNOWLEDGED)
        counts->unacknowledged[alert->severity] += by;
    if (alert->state == IOC_ALERT_RETURNED)
        counts->returned += by;
    else
        counts->active[alert->severity] += by;
}

/* by: 1, or UINT32_MAX to take it back. */
static void count_everywhere(struct ioc_board *board, const struct alert *alert, uint32_t by)
{
    count(&board->city, alert, by);
    if (alert->area != no_area) {
        count(&board->areas[alert->area].counts, alert, by);
        board->areas[alert->area].is_changed = true;
    }
    board->is_changed = true;
}

static bool is_on(uint8_t state)
{
    return state == IOC_ALERT_UNACKNOWLEDGED || state == IOC_ALERT_ACKNOWLEDGED;
}

void ioc_board_init(struct ioc_board *board)
{
    *board = (struct ioc_board){.is_changed = true};
    ioc_slab_init(&board->alerts, sizeof(struct alert), IOC_BOARD_MOST);
}

void ioc_board_done(struct ioc_board *board)
{
    for (uint32_t i = 0; i < board->area_count; i++)
        ioc_memory_give(board->areas[i].id);
    ioc_memory_give(board->areas);
    ioc_table_done(&board->area_table);
    ioc_table_done(&board->table);
    ioc_slab_done(&board->alerts);
}

void ioc_board_apply(struct ioc_board *board, const struct ioc_transition *transition)
{
    uint64_t hash = ioc_text_hash((struct ioc_text){transition->id.text, IOC_ID_LENGTH});
    uint32_t index = find_alert(board, &transition->id, hash);
    if (!transition->is_restated && is_on(transition->to) && !is_on(transition->from))
        board->raised++;
    if (!transition->is_restated && is_on(transition->from) && !is_on(transition->to))
        board->cleared++;
    board->is_changed = true;
    if (index != IOC_TABLE_NONE) {
        struct alert *alert = alert_at(board, index);
        count_everywhere(board, alert, UINT32_MAX);
        if (!alert->is_stated)
            board->unstated--;
        alert->is_stated = 1;
        if (transition->to == IOC_ALERT_NORMAL) {
            ioc_table_remove(&board->table, hash, index);
            ioc_slab_give(&board->alerts, index);
            return;
        }
    } else {
        if (transition->to == IOC_ALERT_NORMAL ||
            (index = ioc_slab_take(&board->alerts)) == IOC_SLAB_NONE)
            return;
        memcpy(alert_at(board, index)->id, transition->id.text, IOC_ID_LENGTH);
        alert_at(board, index)->is_stated = 1;
        ioc_table_add(&board->table, hash, index);
    }
    struct alert *alert = alert_at(board, index);
    alert->state = transition->to;
    alert->severity =
        transition->severity < IOC_SEVERITIES ? transition->severity : IOC_SEVERITY_CRITICAL;
    alert->flags = transition->flags;
    alert->area = find_area(board, transition->area);
    count_everywhere(board, alert, 1);
}

void ioc_board_hear(struct ioc_board *board, uint64_t events, uint64_t dead, uint64_t dropped)
{
    if (events == board->events && dead == board->dead && dropped == board->dropped)
        return;
    board->events = events;
    board->dead = dead;
    board->dropped = dropped;
    board->is_changed = true;
}

void ioc_board_touch(struct ioc_board *board)
{
    for (uint32_t i = 0; i < board->area_count; i++)
        board->areas[i].is_changed = true;
    board->is_changed = true;
}

void ioc_board_forget(struct ioc_board *board)
{
    ioc_board_touch(board);
    for (uint32_t i = 0; i < board->table.capacity; i++) {
        if (board->table.places[i].is_used)
            alert_at(board, board->table.places[i].index)->is_stated = 0;
    }
    board->unstated = board->table.count;
}

static void write_list(struct ioc_buffer *out, const uint32_t counts[IOC_SEVERITIES])
{
    for (int severity = 0; severity < IOC_SEVERITIES; severity++) {
        ioc_buffer_add_char(out, severity == 0 ? '[' : ',');
        ioc_buffer_add_uint(out, counts[severity]);
    }
    ioc_buffer_add_char(out, ']');
}

static void write_city(struct ioc_board *board, ioc_time now, struct ioc_batch *batch)
{
    const struct ioc_board_counts *city = &board->city;
    const struct {
        const char *name;
        const uint32_t *list;
        uint64_t number;
    } fields[] = {
        {"unack", city->unacknowledged, 0},
        {"active", city->active, 0},
        {"returned", NULL, city->returned},
        {"pending", NULL, city->pending},
        {"shelved", NULL, city->shelved},
        {"suppressed", NULL, city->suppressed},
        {"doubtful", NULL, city->doubtful},
        {"raised", NULL, board->raised},
        {"cleared", NULL, board->cleared},
        {"events", NULL, board->events},
        {"dead", NULL, board->dead},
        {"dropped", NULL, board->dropped},
        {"t", NULL, (uint64_t)(now / IOC_MILLISECOND)},
    };
    enum { FIELDS = sizeof fields / sizeof fields[0] };
    struct ioc_buffer *json = &batch->counters;
    struct ioc_buffer *resp = ioc_batch_begin_common(batch, 3 + 2 * FIELDS);
    ioc_resp_add_string(resp, "c");
    ioc_resp_add_string(resp, "city");
    ioc_resp_add_int(resp, FIELDS);
    for (int i = 0; i < FIELDS; i++) {
        ioc_buffer_addf(json, "%s\"%s\":", i == 0 ? "{" : ",", fields[i].name);
        size_t begin = json->length;
        if (fields[i].list)
            write_list(json, fields[i].list);
        else
            ioc_buffer_add_uint(json, fields[i].number);
        ioc_resp_add_string(resp, fields[i].name);
        ioc_resp_add(resp, (struct ioc_text){json->data + begin, (uint32_t)(json->length - begin)});
    }
    ioc_buffer_add_char(json, '}');
}

static void write_area(const struct ioc_board_area *area, ioc_time now, struct ioc_batch *batch)
{
    int64_t unacknowledged = 0, active = 0, worst = 0;
    for (int severity = 0; severity < IOC_SEVERITIES; severity++) {
        unacknowledged += area->counts.unacknowledged[severity];
        active += area->counts.active[severity];
        if (area->counts.active[severity] > 0)
            worst = severity;
    }
    struct ioc_buffer *resp = ioc_batch_begin_common(batch, 3 + 2 * 4);
    ioc_resp_add_string(resp, "c");
    ioc_resp_add(resp, (struct ioc_text){area->id, area->id_length});
    ioc_resp_add_int(resp, 4);
    ioc_resp_add_string(resp, "unack");
    ioc_resp_add_int(resp, unacknowledged);
    ioc_resp_add_string(resp, "active");
    ioc_resp_add_int(resp, active);
    ioc_resp_add_string(resp, "worst");
    ioc_resp_add_int(resp, worst);
    ioc_resp_add_string(resp, "t");
    ioc_resp_add_int(resp, now / IOC_MILLISECOND);
}

void ioc_board_write(struct ioc_board *board, ioc_time now, struct ioc_batch *batch)
{
    if (!board->is_changed)
        return;
    write_city(board, now, batch);
    for (uint32_t i = 0; i < board->area_count; i++) {
        if (board->areas[i].is_changed)
            write_area(&board->areas[i], now, batch);
        board->areas[i].is_changed = false;
    }
    board->is_changed = false;
}
