#pragma once
/*
 * sinks/jsonl.h — every transition as a line of JSON (ioc_transition_json) at the end of a file.
 *
 * At least once: a line that was being written when the process died may stand there cut off, ended by a line break.
 *
 * Memory   lines that could not be written: `queue` bytes (default 64 MiB), the oldest non-raise goes first
 * Thread   the sink lane's
 * Failure  a full disk is logged once and tried again every second
 */
#include "sinks/sink.h"

extern const struct ioc_sink_kind ioc_sink_jsonl;
