#pragma once
/*
 * config/simulate_random.h — chance that depends on its arguments only.
 *
 * Memory   none
 * Thread   any
 * Source   the finalizer of SplitMix64: Steele, Lea, Flood, OOPSLA 2014
 */
#include <math.h>
#include <stdint.h>

static inline uint64_t ioc_simulate_random_mix(uint64_t x)
{
    x ^= x >> 30;
    x *= UINT64_C(0xbf58476d1ce4e5b9);
    x ^= x >> 27;
    x *= UINT64_C(0x94d049bb133111eb);
    return x ^ x >> 31;
}

static inline uint64_t ioc_simulate_random(uint64_t seed, uint64_t a, uint64_t b)
{
    uint64_t step = UINT64_C(0x9e3779b97f4a7c15);
    return ioc_simulate_random_mix(ioc_simulate_random_mix(ioc_simulate_random_mix(seed + step) + a * step) + (b + 1) * step);
}

/* 0 ≤ x < 1 */
static inline double ioc_simulate_random_unit(uint64_t seed, uint64_t a, uint64_t b)
{
    return (double)(ioc_simulate_random(seed, a, b) >> 11) * 0x1p-53;
}

/* Wanders between 0 and 1: chance at whole t, a smooth way between. */
static inline double ioc_simulate_random_walk(uint64_t seed, uint64_t a, double t)
{
    double whole = floor(t), part = t - whole;
    double here = ioc_simulate_random_unit(seed, a, (uint64_t)(int64_t)whole);
    double next = ioc_simulate_random_unit(seed, a, (uint64_t)((int64_t)whole + 1));
    return here + (next - here) * part * part * (3 - 2 * part);
}
