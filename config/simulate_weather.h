#pragma once
/*
 * config/simulate_weather.h — tide, storm cells that pass, and the water they leave on streets.
 *
 * All of it is a function of place and moment; there is nothing to keep.  A cell is born every few minutes,
 * drifts over one of the targets, swells and dies; its rain is a bell over the distance.  Water on a street is
 * what has fallen, running off exponentially.
 *
 * Memory   the targets are the caller's
 * Thread   any
 * Time     hours of the simulated day, counted on beyond 24
 * Source   tide: the periods of M2 (12.4206 h) and K1 (23.9345 h), Pugh, Tides, Surges and Mean Sea-Level (1987);
 *          heights and hours as seen at Phú An (two high waters a day, the higher about 17 h)
 */
#include "core/value.h"

struct ioc_simulate_weather {
    uint64_t seed;
    double gap;                       /* hours between two cells */
    double strength;                  /* of their rain; 1 = as usual */
    const struct ioc_point *targets;  /* places that cells pass over */
    uint32_t target_count;
};

/* mm/h */
double ioc_simulate_weather_rain(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour);
/* mm since the last midnight */
double ioc_simulate_weather_fallen(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour);
/* mm that lie on a street which loses half of them in `half` hours */
double ioc_simulate_weather_water(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour, double half);
/* m above datum; lag = hours behind the river mouth, damping 0..1 = what is left of the tide there */
double ioc_simulate_weather_tide(double hour, double lag, double damping);
/* lux on open ground */
double ioc_simulate_weather_light(double hour);
double ioc_simulate_weather_km(struct ioc_point a, struct ioc_point b);
