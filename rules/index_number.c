/*
 * rules/index_number.c — numbers for the slots that are looked up and for the constants they are compared with.
 *
 * Rules come in the order of their files.  Numbers are given in the order of their ids, so that the same rules
 * give the same choice however they are spread over files: numbers break ties, and there are not any number
 * of them.  A term whose slot or constant gets none is dropped, which only chooses more.
 */
#include "rules/index_layout.h"
#include <stdlib.h>

static int compare_items(const void *a, const void *b)
{
    const struct ioc_index_item *x = a, *y = b;
    if (x->rule->place != y->rule->place)
        return x->rule->place < y->rule->place ? -1 : 1;
    return x->way < y->way ? -1 : x->way > y->way;
}

/* The slot's number in the list, IOC_INDEX_NONE when the list is full. */
static uint32_t find_slot(struct ioc_index_slot *slots, uint32_t *count, const struct ioc_index_slot *sought)
{
    for (uint32_t i = 0; i < *count; i++) {
        if (slots[i].frame == sought->frame && slots[i].slot == sought->slot && slots[i].type == sought->type)
            return i;
    }
    if (*count == IOC_INDEX_SLOTS)
        return IOC_INDEX_NONE;
    slots[*count] = *sought;
    return (*count)++;
}

static bool number_term(struct ioc_index_stream *stream, struct ioc_index_term *term)
{
    uint32_t which = term->is_range ? find_slot(stream->ranges, &stream->ranges_count, &term->slot)
                                    : find_slot(stream->equals, &stream->equals_count, &term->slot);
    if (which == IOC_INDEX_NONE)
        return false;
    term->which = (uint8_t)which;
    if (term->is_range) {
        stream->ranges[which].uses++;
        return true;
    }
    struct ioc_symbols *symbols = &stream->symbols[which];
    if (symbols->count + term->count >= 1u << IOC_INDEX_SYMBOL_BITS)
        return false;
    for (uint32_t i = term->first_value; i < term->first_value + term->count; i++)
        stream->values[i] = ioc_symbols_add(symbols, stream->values[i]);
    stream->equals[which].uses++;
    return true;
}

static void number_item(struct ioc_index_stream *stream, struct ioc_index_item *item)
{
    uint32_t kept = item->first_term;
    for (uint32_t i = item->first_term; i < item->first_term + item->count; i++) {
        if (number_term(stream, &stream->terms[i]))
            stream->terms[kept++] = stream->terms[i];
    }
    item->count = kept - item->first_term;
    if (item->sought.length == 0)
        return;
    uint32_t which = find_slot(stream->searches, &stream->searches_count, &item->searched);
    if (which == IOC_INDEX_NONE)
        item->sought.length = 0;
    else
        item->search = (uint8_t)which;
}

void ioc_index_number(struct ioc_index_stream *stream)
{
    if (stream->items_count)
        qsort(stream->items, stream->items_count, sizeof *stream->items, compare_items);
    for (uint32_t i = 0; i < stream->items_count; i++)
        number_item(stream, &stream->items[i]);
}
