#pragma once
/*
 * rules/cel/pattern.h — a regular expression ready to be searched for: RE2's syntax and meaning, Hyperscan's automata.
 *
 * A search is unanchored and only says whether the text matches.  Patterns that are no more than a
 * text with ^ or $ need no automaton (pattern_form.h).  Time is linear in the text.
 *
 * Memory   a pattern is one block and its automaton; reference-counted, so that rules share it
 * Thread   immutable, ref and unref any; a pool one at a time
 * Failure  IOC_INVALID, IOC_LIMIT with offset and length in bytes of the pattern
 */
#include "rules/cel/complaint.h"
#include "rules/cel/pattern_form.h"
#include "rules/cel/scratch.h"

enum { IOC_PATTERN_BYTES = 2000 }; /* longest pattern */
struct ioc_pattern;

enum ioc_status ioc_pattern_new(
    struct ioc_text text, struct ioc_pattern **pattern, struct ioc_program_error *err) IOC_USE;
struct ioc_pattern *ioc_pattern_ref(struct ioc_pattern *pattern);
void ioc_pattern_unref(struct ioc_pattern *pattern);
struct ioc_text ioc_pattern_text(const struct ioc_pattern *pattern);
enum ioc_pattern_form_kind ioc_pattern_kind(const struct ioc_pattern *pattern);
/* Of kinds CONTAINS to EQUALS. */
struct ioc_text ioc_pattern_literal(const struct ioc_pattern *pattern);
/* States of its automaton as ioc_pattern_estimate() counts them, a measure of the time that it took; 0 = none. */
uint32_t ioc_pattern_states(const struct ioc_pattern *pattern);

/* Costs steps by the length of the text.  Bytes that are not UTF-8 are in no class. */
enum ioc_fault ioc_pattern_match(const struct ioc_pattern *pattern, struct ioc_scratch *scratch,
    struct ioc_text text, bool *is_match);
/* A pattern that is only known now: those without automaton; else IOC_FAULT_PATTERN. */
enum ioc_fault ioc_pattern_match_plain(
    struct ioc_text pattern, struct ioc_text text, bool *is_match);

/* What a scratch needs for Hyperscan; grows when a pattern is met for the first time. */
struct ioc_pattern_room;
void ioc_pattern_room_free(struct ioc_pattern_room *room);

/* The same pattern in many rules is compiled once: hold a pool while they are made. */
struct ioc_pattern_pool;
struct ioc_pattern_pool *ioc_pattern_pool_new(void);
void ioc_pattern_pool_free(struct ioc_pattern_pool *pool);
/* As ioc_pattern_new(); the pool may be NULL. */
enum ioc_status ioc_pattern_pool_get(struct ioc_pattern_pool *pool, struct ioc_text text,
    struct ioc_pattern **pattern, struct ioc_program_error *err) IOC_USE;
