#pragma once
/*
 * sinks/board.h — the living alerts in numbers: how many per state and severity, in the city and in each area.
 *
 * Counted from transitions alone, so the numbers hold whatever Redis has forgotten.  Alerts that are shelved,
 * suppressed or in maintenance count as that and as nothing else.
 *
 * Memory   64 bytes a living alert, 1,048,576 at most (one more is not counted), and the areas seen so far
 * Owner    embedded; ioc_board_init() → ioc_board_done()
 * Thread   one at a time
 */
#include "core/alert.h"
#include "core/slab.h"
#include "core/table.h"
#include "sinks/batch.h"

enum { IOC_BOARD_MOST = 1 << 20 };
struct ioc_board_counts {
    uint32_t unacknowledged[IOC_SEVERITIES], active[IOC_SEVERITIES];
    uint32_t returned, pending, shelved, suppressed, doubtful;
};
struct ioc_board_area;
struct ioc_board {
    struct ioc_table table; /* hash of the alert id → index */
    struct ioc_slab alerts;
    struct ioc_table area_table;
    struct ioc_board_area *areas;
    uint32_t area_count, area_capacity;
    struct ioc_board_counts city;
    uint64_t raised, cleared; /* since the engine started */
    uint64_t events, dead, dropped; /* as last heard */
    uint32_t unstated;        /* living alerts that Redis has not been told of since ioc_board_forget() */
    bool is_changed;
};

void ioc_board_init(struct ioc_board *board);
void ioc_board_done(struct ioc_board *board);
void ioc_board_apply(struct ioc_board *board, const struct ioc_transition *transition);
/* Numbers that the pipeline counts. */
void ioc_board_hear(struct ioc_board *board, uint64_t events, uint64_t dead, uint64_t dropped);
/* Redis knows nothing any more: all areas are written again, every alert is unstated. */
void ioc_board_forget(struct ioc_board *board);
/* All areas are written again. */
void ioc_board_touch(struct ioc_board *board);
/* Writes counters that have changed; nothing when none has. */
void ioc_board_write(struct ioc_board *board, ioc_time now, struct ioc_batch *batch);
