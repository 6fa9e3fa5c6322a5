/*
 * benchmarks/flood.c — publishes N readings of QoS 1 as fast as its window allows, or at a rate.
 *
 *   flood PORT COUNT KEYS WINDOW RATE EVERY
 *
 * WINDOW = messages without PUBACK; RATE 0 = as fast as that allows; about one reading in EVERY is
 * over the limit of the benchmark's rule (0 = none).  Prints when it began and ended, in ns since
 * 1970, and what was acknowledged.
 */
#include "benchmarks/packet.h"
#include "core/clock.h"
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { BURST = 64 };

struct plan {
    uint64_t count, window, rate, every;
    uint32_t keys;
};

static uint64_t allowed(const struct plan *plan, const struct packet_link *link, ioc_span since)
{
    uint64_t rest = plan->count - link->sent, open = link->sent - link->acknowledged;
    uint64_t most = plan->window > open ? plan->window - open : 0;
    if (plan->rate) {
        uint64_t due = (uint64_t)((double)since / (double)IOC_SECOND * (double)plan->rate);
        uint64_t now = due > link->sent ? due - link->sent : 0;
        most = now < most ? now : most;
    }
    most = most < BURST ? most : BURST;
    return most < rest ? most : rest;
}

/* Spread over the keys, the same in every run. */
static bool is_high(const struct plan *plan, uint64_t n)
{
    return plan->every && (n * 0x9E3779B97F4A7C15 >> 33) % plan->every == 0;
}

static void publish_some(const struct plan *plan, struct packet_link *link, uint64_t count)
{
    char topic[32], reading[READING_BYTES + 1];
    for (uint64_t i = 0; i < count; i++) {
        uint64_t n = link->sent;
        uint32_t key = (uint32_t)(n % plan->keys);
        packet_publish(link, packet_topic(topic, key),
            packet_reading(
                reading, key, ioc_clock_now(), is_high(plan, n) ? 90.5 : (double)(n % 40)));
    }
    packet_flush(link);
}

static void run(const struct plan *plan, struct packet_link *link)
{
    ioc_span start = ioc_clock_steady();
    while (link->acknowledged < plan->count) {
        uint64_t count = allowed(plan, link, ioc_clock_steady() - start);
        if (count)
            publish_some(plan, link, count);
        bool is_full = link->sent - link->acknowledged >= plan->window || link->sent == plan->count;
        packet_listen(link, count ? 0 : is_full ? -1 : 1);
    }
}

int main(int argc, char **argv)
{
    if (argc != 7) {
        fprintf(stderr, "flood PORT COUNT KEYS WINDOW RATE EVERY\n");
        return 2;
    }
    struct plan plan = {.count = strtoull(argv[2], NULL, 10),
        .keys = (uint32_t)strtoul(argv[3], NULL, 10),
        .window = strtoull(argv[4], NULL, 10),
        .rate = strtoull(argv[5], NULL, 10),
        .every = strtoull(argv[6], NULL, 10)};
    if (!plan.count || !plan.keys || !plan.window || plan.window > PACKET_WINDOW_MOST) {
        fprintf(stderr, "flood: COUNT, KEYS and WINDOW (at most %d) are numbers above 0\n",
            PACKET_WINDOW_MOST);
        return 2;
    }
    static struct packet_link link;
    char id[32];
    snprintf(id, sizeof id, "flood-%d", (int)getpid());
    packet_open(&link, "127.0.0.1", (uint16_t)strtoul(argv[1], NULL, 10), id);
    ioc_time began = ioc_clock_now();
    run(&plan, &link);
    printf("{\"began\":%lld,\"ended\":%lld,\"sent\":%llu,\"acknowledged\":%llu}\n",
        (long long)began, (long long)ioc_clock_now(), (unsigned long long)link.sent,
        (unsigned long long)link.acknowledged);
    packet_close(&link);
    return 0;
}
