/* rules/index_texts.c — many searches in one text at once. */
#include "rules/index_texts.h"
#include "core/memory.h"
#include <hs.h>

enum { SORTS = 3, LENGTHS_MOST = IOC_INDEX_SOUGHT };

struct sort { /* the searches of one kind */
    struct ioc_symbols sought;
    uint32_t *first, *places; /* by symbol: first[symbol] … first[symbol + 1] of places */
    uint16_t lengths[LENGTHS_MOST]; /* that occur, ascending */
    uint32_t lengths_count;
};
struct pair {
    struct ioc_text sought; /* of the caller, until the seal */
    uint32_t symbol, place;
};
struct ioc_index_texts {
    struct sort sorts[SORTS]; /* starts, ends, contains */
    struct pair *pairs[SORTS];
    uint32_t pairs_count[SORTS], pairs_capacity[SORTS];
    hs_database_t *parts; /* of the third, or NULL */
};

struct ioc_index_texts *ioc_index_texts_new(void)
{
    return ioc_memory_take(sizeof(struct ioc_index_texts));
}

void ioc_index_texts_free(struct ioc_index_texts *texts)
{
    if (!texts)
        return;
    for (int i = 0; i < SORTS; i++) {
        ioc_symbols_done(&texts->sorts[i].sought);
        ioc_memory_give(texts->sorts[i].first);
        ioc_memory_give(texts->sorts[i].places);
        ioc_memory_give(texts->pairs[i]);
    }
    hs_free_database(texts->parts);
    ioc_memory_give(texts);
}

static void note_length(struct sort *sort, uint32_t length)
{
    uint32_t at = 0;
    while (at < sort->lengths_count && sort->lengths[at] < length)
        at++;
    if (at < sort->lengths_count && sort->lengths[at] == length)
        return;
    assert(sort->lengths_count < LENGTHS_MOST);
    memmove(sort->lengths + at + 1, sort->lengths + at, (sort->lengths_count - at) * sizeof *sort->lengths);
    sort->lengths[at] = (uint16_t)length;
    sort->lengths_count++;
}

void ioc_index_texts_add(struct ioc_index_texts *texts, enum ioc_term_kind kind, struct ioc_text sought, uint32_t place)
{
    uint32_t i = (uint32_t)kind - IOC_TERM_STARTS;
    assert(i < SORTS && sought.length > 0 && sought.length < LENGTHS_MOST);
    if (texts->pairs_count[i] == texts->pairs_capacity[i]) {
        uint32_t capacity = texts->pairs_capacity[i] ? 2 * texts->pairs_capacity[i] : 16;
        texts->pairs[i] = ioc_memory_grow(texts->pairs[i], texts->pairs_capacity[i] * sizeof(struct pair), capacity * sizeof(struct pair));
        texts->pairs_capacity[i] = capacity;
    }
    note_length(&texts->sorts[i], sought.length);
    texts->pairs[i][texts->pairs_count[i]++] = (struct pair){sought, ioc_symbols_add(&texts->sorts[i].sought, ioc_symbols_word(sought)), place};
}

/* Places by symbol, by counting. */
static void sort_places(struct ioc_index_texts *texts, uint32_t i)
{
    struct sort *sort = &texts->sorts[i];
    uint32_t symbols = sort->sought.count;
    sort->first = ioc_memory_take((symbols + 2) * sizeof *sort->first);
    sort->places = ioc_memory_take((texts->pairs_count[i] + 1) * sizeof *sort->places);
    for (uint32_t k = 0; k < texts->pairs_count[i]; k++)
        sort->first[texts->pairs[i][k].symbol + 1]++;
    for (uint32_t k = 0; k <= symbols; k++)
        sort->first[k + 1] += sort->first[k];
    uint32_t *next = ioc_memory_take((symbols + 2) * sizeof *next);
    for (uint32_t k = 0; k < texts->pairs_count[i]; k++) {
        struct pair pair = texts->pairs[i][k];
        sort->places[sort->first[pair.symbol] + next[pair.symbol]++] = pair.place;
    }
    ioc_memory_give(next);
}

static void compile_parts(struct ioc_index_texts *texts)
{
    const struct ioc_symbols *sought = &texts->sorts[2].sought;
    if (!sought->count)
        return;
    uint32_t pairs = texts->pairs_count[2], count = 0, known = 0;
    const char **expressions = ioc_memory_take(pairs * sizeof *expressions);
    unsigned *flags = ioc_memory_take(pairs * sizeof *flags), *ids = ioc_memory_take(pairs * sizeof *ids);
    size_t *lengths = ioc_memory_take(pairs * sizeof *lengths);
    struct ioc_text *firsts = ioc_memory_take((sought->count + 1) * sizeof *firsts); /* by symbol */
    for (uint32_t i = 0; i < pairs; i++) {
        const struct pair *pair = &texts->pairs[2][i];
        if (pair->symbol > known) /* numbered as they came */
            firsts[++known] = pair->sought;
        else if (ioc_text_equal(firsts[pair->symbol], pair->sought)) /* else another text of the same hash */
            continue;
        expressions[count] = pair->sought.data;
        lengths[count] = pair->sought.length;
        flags[count] = HS_FLAG_SINGLEMATCH;
        ids[count++] = pair->symbol;
    }
    hs_compile_error_t *failure = NULL;
    hs_error_t status = hs_compile_lit_multi(expressions, flags, ids, lengths, count, HS_MODE_BLOCK, NULL, &texts->parts, &failure);
    assert(status == HS_SUCCESS); /* literals of known length: nothing in them can be wrong */
    hs_free_compile_error(failure);
    ioc_memory_give(expressions);
    ioc_memory_give(flags);
    ioc_memory_give(ids);
    ioc_memory_give(lengths);
    ioc_memory_give(firsts);
}

void ioc_index_texts_seal(struct ioc_index_texts *texts)
{
    for (uint32_t i = 0; i < SORTS; i++)
        sort_places(texts, i);
    compile_parts(texts);
    for (uint32_t i = 0; i < SORTS; i++) {
        ioc_memory_give(texts->pairs[i]);
        texts->pairs[i] = NULL;
    }
}

void ioc_index_texts_make_room(const struct ioc_index_texts *texts, struct hs_scratch **room)
{
    if (!texts->parts)
        return;
    hs_error_t status = hs_alloc_scratch(texts->parts, room);
    assert(status == HS_SUCCESS);
}

/* ------------------------------------------------------------- searching */

static void choose(const struct sort *sort, uint32_t symbol, struct ioc_selection *selection)
{
    for (uint32_t i = sort->first[symbol]; i < sort->first[symbol + 1]; i++)
        ioc_selection_add(selection, sort->places[i]);
}

struct finding {
    const struct sort *sort;
    struct ioc_selection *selection;
};

static int note_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    struct finding *finding = context;
    choose(finding->sort, id, finding->selection);
    return 0;
}

void ioc_index_texts_select(const struct ioc_index_texts *texts, struct ioc_text text, struct hs_scratch *room,
    struct ioc_selection *selection)
{
    for (uint32_t i = 0; i < 2; i++) {
        const struct sort *sort = &texts->sorts[i];
        for (uint32_t k = 0; k < sort->lengths_count && sort->lengths[k] <= text.length; k++) {
            struct ioc_text end = {i == 0 ? text.data : text.data + text.length - sort->lengths[k], sort->lengths[k]};
            uint32_t symbol = ioc_symbols_find(&sort->sought, ioc_symbols_word(end));
            if (symbol)
                choose(sort, symbol, selection);
        }
    }
    if (!texts->parts || text.length == 0)
        return;
    struct finding finding = {&texts->sorts[2], selection};
    hs_error_t status = hs_scan(texts->parts, text.data, text.length, 0, room, note_match, &finding);
    assert(status == HS_SUCCESS);
}

size_t ioc_index_texts_bytes(const struct ioc_index_texts *texts)
{
    size_t bytes = sizeof *texts, database = 0;
    if (texts->parts && hs_database_size(texts->parts, &database) == HS_SUCCESS)
        bytes += database;
    for (uint32_t i = 0; i < SORTS; i++)
        bytes += (texts->sorts[i].sought.count + 2 + texts->pairs_count[i] + 1) * sizeof(uint32_t) +
                 texts->sorts[i].sought.capacity * sizeof(struct ioc_symbols_place);
    return bytes;
}
