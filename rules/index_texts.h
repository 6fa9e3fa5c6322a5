#pragma once
/*
 * rules/index_texts.h — which of many searches in one text find something: beginnings, ends, parts.
 *
 * Beginnings and ends are looked up by hash, once for each length that occurs; parts by one pass of Hyperscan over
 * the text for all of them.
 *
 * Memory   its own; ioc_index_texts_free()
 * Thread   immutable once sealed; a room belongs to one thread
 */
#include "rules/cel/term.h"
#include "rules/index.h"
#include "rules/symbols.h"

struct ioc_index_texts;
enum { IOC_INDEX_SOUGHT = 256 }; /* longer texts are not searched for here */

struct ioc_index_texts *ioc_index_texts_new(void);
void ioc_index_texts_free(struct ioc_index_texts *texts);
/* The rule at that place is to be chosen when a text starts with, ends with or contains `sought`, which stays the
 * caller's and must be there until the seal. */
void ioc_index_texts_add(
    struct ioc_index_texts *texts, enum ioc_term_kind kind, struct ioc_text sought, uint32_t place);
void ioc_index_texts_seal(struct ioc_index_texts *texts);
/* What a thread needs to search: grows *room (NULL at first) for these texts too; hs_free_scratch() in the end. */
void ioc_index_texts_make_room(const struct ioc_index_texts *texts, struct hs_scratch **room);
/* Adds the places of all searches that find something. */
void ioc_index_texts_select(const struct ioc_index_texts *texts, struct ioc_text text, struct hs_scratch *room,
    struct ioc_selection *selection);
size_t ioc_index_texts_bytes(const struct ioc_index_texts *texts);
