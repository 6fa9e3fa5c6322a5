#pragma once
/* tests/fuzz/chance.h — random numbers that a seed repeats. */
#include <stdint.h>

struct chance {
    uint64_t state;
};
static inline uint32_t chance_draw(struct chance *chance, uint32_t below)
{
    uint64_t x = (chance->state += UINT64_C(0x9e3779b97f4a7c15)); /* splitmix64 */
    x = (x ^ x >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    x = (x ^ x >> 27) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((x ^ x >> 31) >> 32) * below >> 32);
}
