/*
 * ingest/ledger.c — a ring of acknowledgements, marked without a lock.
 *
 * The lane marks by compare-and-swap on a word that holds the whole token: a place that has been
 * given to another message meanwhile has another token, and the late mark falls through.
 */
#include "ingest/ledger.h"

#include "core/memory.h"
#include "ingest/intake.h"

static const uint64_t not_counted = UINT64_C(0xffff) << IOC_ACK_PARTS_SHIFT;

void ioc_ledger_init(struct ioc_ledger *ledger)
{
    *ledger = (struct ioc_ledger){
        .entries = ioc_memory_take(IOC_LEDGER_PLACES * sizeof *ledger->entries),
        .known = ioc_memory_take(IOC_LEDGER_PLACES * sizeof *ledger->known),
        .generations = ioc_memory_take(IOC_LEDGER_PLACES * sizeof *ledger->generations),
    };
}

void ioc_ledger_done(struct ioc_ledger *ledger)
{
    ioc_memory_give(ledger->entries);
    ioc_memory_give((void *)ledger->known);
    ioc_memory_give(ledger->generations);
    *ledger = (struct ioc_ledger){0};
}

void ioc_ledger_begin(struct ioc_ledger *ledger, bool keeps_session)
{
    if (++ledger->generation == 0)
        ledger->generation = 1;
    ledger->head = ledger->tail = 0;
    for (uint32_t i = 0; !keeps_session && i < IOC_LEDGER_PLACES; i++)
        atomic_store_explicit(&ledger->known[i], 0, memory_order_relaxed);
}

static struct ioc_ledger_entry *entry_at(const struct ioc_ledger *ledger, uint32_t place)
{
    return &ledger->entries[place % IOC_LEDGER_PLACES];
}

uint64_t ioc_ledger_take(
    struct ioc_ledger *ledger, uint8_t packet, uint16_t id, bool is_exactly_once)
{
    if (ioc_ledger_count(ledger) == IOC_LEDGER_PLACES)
        return 0;
    uint32_t place = ledger->tail++;
    struct ioc_ledger_entry *entry = entry_at(ledger, place);
    uint64_t token =
        (uint64_t)ledger->generation << 32 | (uint64_t)id << 16 | place % IOC_LEDGER_PLACES;
    entry->id = id;
    entry->packet = packet;
    entry->is_twin = is_exactly_once;
    atomic_store_explicit(&entry->state, token | not_counted, memory_order_release);
    if (is_exactly_once) {
        ledger->generations[id] = ledger->generation;
        atomic_store_explicit(&ledger->known[id], token | not_counted, memory_order_release);
    }
    return token;
}

void ioc_ledger_give_back(struct ioc_ledger *ledger, bool is_exactly_once)
{
    assert(ledger->tail != ledger->head);
    struct ioc_ledger_entry *entry = entry_at(ledger, --ledger->tail);
    atomic_store_explicit(&entry->state, 0, memory_order_relaxed);
    if (is_exactly_once)
        ioc_ledger_forget(ledger, entry->id);
}

bool ioc_ledger_knows(const struct ioc_ledger *ledger, uint16_t id)
{
    return atomic_load_explicit(&ledger->known[id], memory_order_acquire) != 0;
}

bool ioc_ledger_hold(struct ioc_ledger *ledger, uint8_t packet, uint16_t id)
{
    if (!ioc_ledger_knows(ledger, id))
        return false;
    if (ledger->generations[id] == ledger->generation)
        return true;
    if (ioc_ledger_count(ledger) == IOC_LEDGER_PLACES)
        return true; /* cannot be: each id is in flight once.  Held, it comes again. */
    struct ioc_ledger_entry *entry = entry_at(ledger, ledger->tail++);
    entry->id = id;
    entry->packet = packet;
    entry->is_twin = true;
    atomic_store_explicit(&entry->state, 0, memory_order_relaxed);
    ledger->generations[id] = ledger->generation;
    return true;
}

/* False: the word belongs to another token. */
static bool mark(_Atomic uint64_t *word, uint64_t token, uint64_t parts)
{
    uint64_t state = atomic_load_explicit(word, memory_order_acquire), next;
    do {
        if (ioc_ack_token(state) != token)
            return false;
        uint64_t out = state >> IOC_ACK_PARTS_SHIFT;
        if (out == 0)
            return true; /* more marks than parts: it is safe already */
        out = (out == 0xffff ? parts : out) - 1;
        next = token | out << IOC_ACK_PARTS_SHIFT;
    } while (!atomic_compare_exchange_weak_explicit(
        word, &state, next, memory_order_acq_rel, memory_order_acquire));
    return true;
}

void ioc_ledger_mark(struct ioc_ledger *ledger, uint64_t token)
{
    uint64_t parts = ioc_ack_parts(token), plain = ioc_ack_token(token);
    uint16_t id = (uint16_t)(plain >> 16);
    if (mark(&ledger->known[id], plain, parts))
        return;
    (void)mark(&ledger->entries[plain % IOC_LEDGER_PLACES].state, plain, parts);
}

static bool is_safe(const struct ioc_ledger *ledger, const struct ioc_ledger_entry *entry)
{
    const _Atomic uint64_t *word = entry->is_twin ? &ledger->known[entry->id] : &entry->state;
    return atomic_load_explicit(word, memory_order_acquire) >> IOC_ACK_PARTS_SHIFT == 0;
}

const struct ioc_ledger_entry *ioc_ledger_ready(const struct ioc_ledger *ledger, uint32_t n)
{
    if (n >= ioc_ledger_count(ledger))
        return NULL;
    const struct ioc_ledger_entry *entry = entry_at(ledger, ledger->head + n);
    return is_safe(ledger, entry) ? entry : NULL;
}

void ioc_ledger_drop(struct ioc_ledger *ledger, uint32_t count)
{
    assert(count <= ioc_ledger_count(ledger));
    ledger->head += count;
}

void ioc_ledger_forget(struct ioc_ledger *ledger, uint16_t id)
{
    atomic_store_explicit(&ledger->known[id], 0, memory_order_relaxed);
}

uint32_t ioc_ledger_count(const struct ioc_ledger *ledger)
{
    return ledger->tail - ledger->head;
}
