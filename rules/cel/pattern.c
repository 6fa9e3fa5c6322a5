/* rules/cel/pattern.c — patterns on Hyperscan. */
#include "rules/cel/pattern.h"
#include "core/memory.h"
#include "core/table.h"
#include "rules/cel/pattern_estimate.h"
#include "rules/cel/pattern_write.h"
#include <hs.h>
#include <stdatomic.h>

enum {
    WRITTEN_MOST = 15000, /* Hyperscan takes 16,000 */
    BYTES_A_STEP = 8,
    KNOWN_FIRST = 64,
    KNOWN_MOST = 8192,
};

struct ioc_pattern {
    atomic_uint references;
    uint64_t stamp; /* no two patterns of a process have the same */
    enum ioc_pattern_form_kind kind;
    uint32_t states;
    struct ioc_text text, literal;
    hs_database_t *database;     /* or NULL */
    struct ioc_alphabet alphabet;
    bool has_letters, letters[256]; /* bytes of which one is enough */
};

/* A number says who it is and nothing else: no result depends on it. */
static uint64_t next_stamp(void)
{
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static enum ioc_status refuse(struct ioc_program_error *err, uint32_t length, const char *code,
    const char *text, const char *hint)
{
    ioc_complaint_set(err, 0, length, code, "%s", text);
    ioc_complaint_hint(err, 0, "%s", hint);
    return IOC_LIMIT;
}

#define CAN_NEVER_MATCH "Pattern can never match"

/* *database stays NULL when no text can match. */
static enum ioc_status build_database(struct ioc_text pattern, struct ioc_text written,
    hs_database_t **database, struct ioc_program_error *err)
{
    hs_compile_error_t *failure;
    if (hs_valid_platform() != HS_SUCCESS)
        return refuse(err, pattern.length, "no-hyperscan",
            "this processor has no SSSE3, which Hyperscan needs for regular expressions",
            "run it on a machine with x86-64-v2, or use contains(), startsWith() and endsWith()");
    if (hs_compile(written.data, HS_FLAG_ALLOWEMPTY, HS_MODE_BLOCK, NULL,
            database, &failure) == HS_SUCCESS)
        return IOC_OK;
    *database = NULL;
    if (strncmp(failure->message, CAN_NEVER_MATCH, strlen(CAN_NEVER_MATCH)) == 0) {
        hs_free_compile_error(failure);
        return IOC_OK;
    }
    ioc_complaint_set(err, 0, pattern.length, "bad-pattern",
        "Hyperscan cannot search for this pattern: %s", failure->message);
    hs_free_compile_error(failure);
    ioc_complaint_hint(err, 0, "cut it in several matches() with && or || between them");
    return IOC_INVALID;
}

static char *append(char **at, const void *bytes, size_t size)
{
    char *copy = *at;
    if (size)
        memcpy(copy, bytes, size);
    *at += size;
    return copy;
}

static struct ioc_pattern *assemble(struct ioc_text text, struct ioc_text literal,
    const struct ioc_alphabet *alphabet, const struct ioc_pattern *made)
{
    size_t starts = alphabet->count * sizeof *alphabet->starts,
           bytes = starts + alphabet->count + text.length + literal.length;
    struct ioc_pattern *pattern = ioc_memory_take(sizeof *pattern + bytes);
    char *at = (char *)(pattern + 1);
    *pattern = *made;
    atomic_init(&pattern->references, 1);
    pattern->stamp = next_stamp();
    pattern->alphabet = *alphabet;
    pattern->alphabet.starts = (uint32_t *)append(&at, alphabet->starts, starts);
    pattern->alphabet.symbols = (uint8_t *)append(&at, alphabet->symbols, alphabet->count);
    pattern->text = (struct ioc_text){append(&at, text.data, text.length), text.length};
    pattern->literal = (struct ioc_text){append(&at, literal.data, literal.length), literal.length};
    return pattern;
}

/* The automaton of the tree, as it was written; *database stays NULL when no text can match it. */
static enum ioc_status build_automaton(struct ioc_text text, const struct ioc_pattern_node *tree,
    const struct ioc_alphabet *alphabet, struct ioc_arena *arena, struct ioc_text written,
    struct ioc_pattern *pattern, struct ioc_program_error *err)
{
    pattern->states = ioc_pattern_estimate(tree, alphabet, arena);
    if (pattern->states == UINT32_MAX)
        return refuse(err, text.length, "pattern-too-large",
            "the pattern is too complex: it repeats too often or has too many ways to go on",
            "x{20} counts as 20 x; long repetitions behind .* or .+ multiply; use x* or x+, ^ in front, or several "
            "matches() with && and ||");
    return build_database(text, written, &pattern->database, err);
}

/* For a pattern that is searched for. */
static enum ioc_status build(struct ioc_text text, const struct ioc_pattern_form *form,
    struct ioc_arena *arena, struct ioc_pattern **pattern, struct ioc_program_error *err)
{
    struct ioc_alphabet alphabet = {0};
    struct ioc_buffer written = {.limit = WRITTEN_MOST};
    struct ioc_pattern made = {.kind = IOC_PATTERN_SEARCH};
    enum ioc_status status =
        ioc_pattern_write(form, text.length, arena, &alphabet, &written, err);
    ioc_buffer_add_char(&written, 0);
    if (status == IOC_OK && written.is_full)
        status = refuse(err, text.length, "pattern-too-large",
            "the pattern is too long for Hyperscan", "cut it in several matches() with || between them");
    if (status == IOC_OK && form->tree)
        status = build_automaton(
            text, form->tree, &alphabet, arena, ioc_buffer_text(&written), &made, err);
    ioc_buffer_done(&written);
    if (status != IOC_OK)
        return status;
    made.has_letters = form->letters != NULL;
    if (made.has_letters)
        ioc_alphabet_bytes(&alphabet, form->letters, made.letters);
    else if (!made.database)
        made.kind = IOC_PATTERN_FAILS;
    *pattern = assemble(text, (struct ioc_text){"", 0}, &alphabet, &made);
    return IOC_OK;
}

static enum ioc_status compile(struct ioc_text text, struct ioc_arena *arena,
    struct ioc_pattern **pattern, struct ioc_program_error *err)
{
    struct ioc_pattern_form form;
    struct ioc_alphabet none = {0};
    if (text.length > IOC_PATTERN_BYTES)
        return refuse(err, text.length, "pattern-too-large", "the pattern is longer than 2000 bytes",
            "cut it in several matches() with || between them; a list of texts goes with `in`");
    enum ioc_status status = ioc_pattern_form_find(text, arena, &form, err);
    if (status == IOC_OK && form.kind == IOC_PATTERN_SEARCH)
        return build(text, &form, arena, pattern, err);
    struct ioc_pattern made = {.kind = form.kind};
    if (status == IOC_OK)
        *pattern = assemble(text, form.literal, &none, &made);
    return status;
}

enum ioc_status ioc_pattern_new(
    struct ioc_text text, struct ioc_pattern **pattern, struct ioc_program_error *err)
{
    struct ioc_arena arena = {0};
    enum ioc_status status = compile(text, &arena, pattern, err);
    ioc_arena_done(&arena);
    return status;
}

struct ioc_pattern *ioc_pattern_ref(struct ioc_pattern *pattern)
{
    atomic_fetch_add_explicit(&pattern->references, 1, memory_order_relaxed);
    return pattern;
}

void ioc_pattern_unref(struct ioc_pattern *pattern)
{
    if (!pattern || atomic_fetch_sub_explicit(&pattern->references, 1, memory_order_acq_rel) != 1)
        return;
    hs_free_database(pattern->database);
    ioc_memory_give(pattern);
}

struct ioc_text ioc_pattern_text(const struct ioc_pattern *pattern)
{
    return pattern->text;
}

enum ioc_pattern_form_kind ioc_pattern_kind(const struct ioc_pattern *pattern)
{
    return pattern->kind;
}

struct ioc_text ioc_pattern_literal(const struct ioc_pattern *pattern)
{
    return pattern->literal;
}

uint32_t ioc_pattern_states(const struct ioc_pattern *pattern)
{
    return pattern->states;
}

/* ------------------------------------------------------------------ searching */

struct ioc_pattern_room {
    hs_scratch_t *scratch;
    uint64_t *known; /* stamps of patterns that it is large enough for, at stamp modulo capacity */
    uint32_t capacity;
};

void ioc_pattern_room_free(struct ioc_pattern_room *room)
{
    if (!room)
        return;
    hs_free_scratch(room->scratch);
    ioc_memory_give(room->known);
    ioc_memory_give(room);
}

static void remember(struct ioc_pattern_room *room, uint64_t stamp)
{
    bool is_crowded = room->capacity == 0 || (room->known[stamp & (room->capacity - 1)] &&
                                                 room->capacity < KNOWN_MOST);
    if (is_crowded) {
        uint32_t capacity = room->capacity ? 2 * room->capacity : KNOWN_FIRST;
        uint64_t *known = ioc_memory_take(capacity * sizeof *known);
        for (uint32_t i = 0; i < room->capacity; i++)
            known[room->known[i] & (capacity - 1)] = room->known[i];
        ioc_memory_give(room->known);
        room->known = known;
        room->capacity = capacity;
    }
    room->known[stamp & (room->capacity - 1)] = stamp;
}

/* Asking Hyperscan whether its memory is large enough costs an allocation: it is asked once for each. */
static hs_scratch_t *make_room(struct ioc_scratch *scratch, const struct ioc_pattern *pattern)
{
    struct ioc_pattern_room *room = scratch->patterns;
    if (!room)
        room = scratch->patterns = ioc_memory_take(sizeof *room);
    if (room->capacity && room->known[pattern->stamp & (room->capacity - 1)] == pattern->stamp)
        return room->scratch;
    hs_error_t status = hs_alloc_scratch(pattern->database, &room->scratch);
    assert(status == HS_SUCCESS);
    remember(room, pattern->stamp);
    return room->scratch;
}

static int note_match(unsigned id, unsigned long long from, unsigned long long to, unsigned flags, void *context)
{
    *(bool *)context = true;
    return 1; /* enough */
}

static bool is_ascii(struct ioc_text text)
{
    uint32_t i = 0;
    for (; i + 8 <= text.length; i += 8) {
        uint64_t word;
        memcpy(&word, text.data + i, 8);
        if (word & 0x8080808080808080u)
            return false;
    }
    for (; i < text.length; i++) {
        if ((unsigned char)text.data[i] >= 0x80)
            return false;
    }
    return true;
}

static bool has_letter(const struct ioc_pattern *pattern, struct ioc_text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        if (pattern->letters[(unsigned char)text.data[i]])
            return true;
    }
    return false;
}

static enum ioc_fault search(const struct ioc_pattern *pattern, struct ioc_scratch *scratch,
    struct ioc_text text, bool *is_match)
{
    size_t used = scratch->used;
    if (text.length >= BYTES_A_STEP && !ioc_scratch_spend(scratch, text.length / BYTES_A_STEP))
        return IOC_FAULT_STEPS;
    if (pattern->alphabet.count && !is_ascii(text)) {
        uint8_t *bytes = ioc_scratch_take(scratch, text.length);
        if (!bytes)
            return (enum ioc_fault)scratch->trouble;
        text.length = ioc_alphabet_translate(&pattern->alphabet, text, bytes);
        text.data = (const char *)bytes;
    }
    bool is_found = pattern->has_letters && has_letter(pattern, text);
    if (!is_found && pattern->database) {
        hs_error_t status = hs_scan(pattern->database, text.length ? text.data : "", text.length, 0,
            make_room(scratch, pattern), note_match, &is_found);
        assert(status == HS_SUCCESS || status == HS_SCAN_TERMINATED);
    }
    scratch->used = used;
    *is_match = is_found;
    return IOC_FAULT_NONE;
}

static bool compare(enum ioc_pattern_form_kind kind, struct ioc_text literal, struct ioc_text text)
{
    switch (kind) {
    case IOC_PATTERN_CONTAINS: return ioc_text_contains(text, literal);
    case IOC_PATTERN_STARTS: return ioc_text_starts(text, literal);
    case IOC_PATTERN_ENDS: return ioc_text_ends(text, literal);
    case IOC_PATTERN_EQUALS: return ioc_text_equal(text, literal);
    case IOC_PATTERN_ALWAYS: return true;
    case IOC_PATTERN_FAILS:
    case IOC_PATTERN_SEARCH: break;
    }
    return false;
}

enum ioc_fault ioc_pattern_match(const struct ioc_pattern *pattern, struct ioc_scratch *scratch,
    struct ioc_text text, bool *is_match)
{
    if (pattern->kind == IOC_PATTERN_SEARCH)
        return search(pattern, scratch, text, is_match);
    *is_match = compare(pattern->kind, pattern->literal, text);
    return IOC_FAULT_NONE;
}

enum ioc_fault ioc_pattern_match_plain(
    struct ioc_text pattern, struct ioc_text text, bool *is_match)
{
    bool has_begin = pattern.length && pattern.data[0] == '^';
    pattern.data += has_begin;
    pattern.length -= has_begin;
    bool has_end = pattern.length && pattern.data[pattern.length - 1] == '$';
    pattern.length -= has_end;
    for (uint32_t i = 0; i < pattern.length; i++) {
        if (memchr("\\.+*?()|[]{}^$", pattern.data[i], 14))
            return IOC_FAULT_PATTERN;
    }
    enum ioc_pattern_form_kind kind = has_begin && has_end ? IOC_PATTERN_EQUALS
                                      : has_begin          ? IOC_PATTERN_STARTS
                                      : has_end            ? IOC_PATTERN_ENDS
                                                           : IOC_PATTERN_CONTAINS;
    *is_match = compare(kind, pattern, text);
    return IOC_FAULT_NONE;
}

/* -------------------------------------------------------------------- sharing */

struct ioc_pattern_pool {
    struct ioc_table table; /* by the hash of the text */
    struct ioc_pattern **items;
    uint32_t count, capacity;
};

struct ioc_pattern_pool *ioc_pattern_pool_new(void)
{
    return ioc_memory_take(sizeof(struct ioc_pattern_pool));
}

void ioc_pattern_pool_free(struct ioc_pattern_pool *pool)
{
    if (!pool)
        return;
    for (uint32_t i = 0; i < pool->count; i++)
        ioc_pattern_unref(pool->items[i]);
    ioc_memory_give(pool->items);
    ioc_table_done(&pool->table);
    ioc_memory_give(pool);
}

enum ioc_status ioc_pattern_pool_get(struct ioc_pattern_pool *pool, struct ioc_text text,
    struct ioc_pattern **pattern, struct ioc_program_error *err)
{
    if (!pool)
        return ioc_pattern_new(text, pattern, err);
    uint64_t hash = ioc_text_hash(text);
    uint32_t at = UINT32_MAX, found;
    while ((found = ioc_table_find(&pool->table, hash, &at)) != IOC_TABLE_NONE) {
        if (!ioc_text_equal(pool->items[found]->text, text))
            continue;
        *pattern = ioc_pattern_ref(pool->items[found]);
        return IOC_OK;
    }
    struct ioc_pattern *made;
    enum ioc_status status = ioc_pattern_new(text, &made, err);
    if (status != IOC_OK)
        return status;
    if (pool->count == pool->capacity) {
        uint32_t capacity = pool->capacity ? 2 * pool->capacity : 16;
        pool->items = ioc_memory_grow(
            pool->items, pool->capacity * sizeof *pool->items, capacity * sizeof *pool->items);
        pool->capacity = capacity;
    }
    ioc_table_add(&pool->table, hash, pool->count);
    pool->items[pool->count++] = ioc_pattern_ref(made);
    *pattern = made;
    return IOC_OK;
}
