/*
 * config/simulate_city_measure.c — what the devices of a simulated city measure (config/simulate_city.h).
 *
 * People set the pace: two rush hours, quiet nights.  On top of it each device has its own slow wandering, and now
 * and then something happens to it for a while: a jam, a fire of rubbish, a party.
 */
#include "config/simulate_city.h"
#include "config/simulate_random.h"

enum { WHITE = 301, WANDER, HAPPENS, CHANCE };

struct measure {
    const struct ioc_simulate_city *city;
    const struct ioc_simulate_device *device;
    double hour, of_day;
    uint64_t number;
};

static double bump(double x, double middle, double width)
{
    double far = (x - middle) / width;
    return exp(-far * far);
}

static double rush(double of_day)
{
    return fmax(bump(of_day, 7.5, 1.1), bump(of_day, 17.2, 1.4));
}

/* 0 in the small hours, 1 by day. */
static double bustle(double of_day)
{
    return 0.5 - 0.5 * cos((of_day - 3.5) / 24 * 2 * 3.14159265358979323846);
}

/* -1..1, new with each message. */
static double white(const struct measure *m, uint64_t which)
{
    return 2 * ioc_simulate_random_unit(m->city->seed + WHITE + which, m->device->index, m->number) - 1;
}

static double wander(const struct measure *m, uint64_t which, double hours)
{
    return ioc_simulate_random_walk(m->city->seed + WANDER + 16 * which, m->device->index, m->hour / hours + m->device->trait[1]);
}

/* 0, or up to 1 and back while something happens that comes to this device about once in `every` hours and
 * takes `takes` of them. */
static double happens(const struct measure *m, uint64_t which, double every, double takes)
{
    double slot = m->hour / takes + m->device->trait[1] + m->device->trait[0];
    uint64_t number = (uint64_t)(int64_t)floor(slot);
    if (ioc_simulate_random_unit(m->city->seed + HAPPENS + 16 * which, m->device->index, number) > takes / every)
        return 0;
    double part = slot - floor(slot);
    return fmin(1, 4 * part * (1 - part) * 1.6);
}

static void measure_street(const struct measure *m, double *value)
{
    const struct ioc_simulate_device *device = m->device;
    double low = device->trait[0] * device->trait[0]; /* few streets lie low */
    double water = ioc_simulate_weather_water(&m->city->weather, device->position, m->hour, 0.1);
    double tide = ioc_simulate_weather_tide(m->hour, device->trait[1], 1 - 0.5 * device->trait[1]);
    double back = low > 0.7 ? fmax(0, tide - 1.35) * 60 * low : 0; /* through the sewers */
    value[0] = fmax(0, water * (0.4 + 5.5 * low) + back + 0.3 * white(m, 0));
    value[1] = 14 + 86 * device->trait[1] - fmod(m->hour, 240) / 24;
}

static void measure_river(const struct measure *m, double *value)
{
    double inland = m->device->trait[0];
    double runoff = ioc_simulate_weather_water(&m->city->weather, m->device->position, m->hour, 0.5) / 100;
    value[0] = ioc_simulate_weather_tide(m->hour, 1.5 * inland, 1.04 - 0.45 * inland) + runoff + 0.004 * white(m, 0);
}

static void measure_air(const struct measure *m, double *value)
{
    double rain = ioc_simulate_weather_rain(&m->city->weather, m->device->position, m->hour);
    double washed = 1 / (1 + rain / 15);
    double haze = 14 + 30 * wander(m, 0, 9) + 14 * rush(m->of_day);
    double smoke = 130 * happens(m, 0, 12, 0.6);
    value[0] = fmax(2, (haze + smoke) * washed + 1.5 * white(m, 0));
    value[1] = value[0] * (1.5 + 0.4 * m->device->trait[0]) + 3 * (1 + white(m, 1));
    value[2] = fmax(3, (18 + 70 * rush(m->of_day) * (0.4 + 0.6 * m->device->trait[0])) * (0.5 + 0.5 * washed) + 2 * white(m, 2));
}

static void measure_traffic(const struct measure *m, double *value)
{
    double free_flow = 38 + 24 * m->device->trait[0];
    double rain = ioc_simulate_weather_rain(&m->city->weather, m->device->position, m->hour);
    double load = 0.06 + 0.25 * bustle(m->of_day) + 0.30 * rush(m->of_day) * (0.5 + 0.5 * wander(m, 0, 2)) + fmin(0.1, rain / 500);
    double jam = happens(m, 0, 8, 0.5);
    load = fmin(0.92, fmax(0.02, load + 0.5 * jam + 0.02 * white(m, 0)));
    value[0] = fmax(3, free_flow * (1 - pow(load, 1.3)) - 6 * jam + 1.5 * white(m, 1));
    value[1] = 2200 * load * (1 - load) * 4 * (0.6 + 0.4 * m->device->trait[1]);
    value[2] = 100 * load;
}

static void measure_bin(const struct measure *m, double *value)
{
    double filling = 7 + 9 * m->device->trait[0]; /* hours */
    double turn = m->hour / filling + m->device->trait[1];
    double fire = happens(m, 0, 150, 0.4);
    value[0] = fmin(100, 108 * (turn - floor(turn)) + 0.5 * white(m, 0));
    value[0] = fmax(0, value[0]);
    value[1] = 28 + 4 * bustle(m->of_day) + 90 * fire + 0.2 * white(m, 1);
}

static void measure_lamp(const struct measure *m, double *value)
{
    double trait = m->device->trait[0];
    double light = ioc_simulate_weather_light(m->of_day) * (0.8 + 0.4 * m->device->trait[1]);
    bool is_dark = light < 20, is_dead = trait < 0.03 || happens(m, 0, 40, 1.5) > 0, is_stuck_on = trait > 0.985;
    bool is_on = (is_dark && !is_dead) || is_stuck_on;
    value[0] = is_on ? 90 + 40 * m->device->trait[1] + white(m, 0) : 0.4;
    value[1] = light;
}

void ioc_simulate_city_measure(const struct ioc_simulate_city *city, const struct ioc_simulate_device *device,
    double hour, uint64_t number, struct ioc_simulate_sample *sample)
{
    struct measure m = {city, device, hour, fmod(hour, 24), number};
    *sample = (struct ioc_simulate_sample){.chance = ioc_simulate_random(city->seed + CHANCE, device->index, number)};
    double *value = sample->value;
    switch (device->family) {
    case IOC_SIMULATE_STREET: measure_street(&m, value); break;
    case IOC_SIMULATE_RIVER: measure_river(&m, value); break;
    case IOC_SIMULATE_RAIN:
        value[0] = ioc_simulate_weather_rain(&city->weather, device->position, hour);
        value[1] = ioc_simulate_weather_fallen(&city->weather, device->position, hour);
        break;
    case IOC_SIMULATE_AIR: measure_air(&m, value); break;
    case IOC_SIMULATE_TRAFFIC: measure_traffic(&m, value); break;
    case IOC_SIMULATE_NOISE:
        value[0] = 48 + 16 * bustle(m.of_day) + 5 * rush(m.of_day) + 4 * wander(&m, 0, 1) + 26 * happens(&m, 0, 10, 0.6) + 1.5 * white(&m, 0);
        break;
    case IOC_SIMULATE_LAMP: measure_lamp(&m, value); break;
    case IOC_SIMULATE_BIN: measure_bin(&m, value); break;
    case IOC_SIMULATE_GATE:
        value[0] = 28 + 22 * device->trait[0] - 12 * rush(m.of_day) + 9 * white(&m, 0);
        value[1] = (double)(1 + sample->chance % 4);
        break;
    case IOC_SIMULATE_FAMILIES: break;
    }
}
