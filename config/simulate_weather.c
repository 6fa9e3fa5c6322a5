/*
 * config/simulate_weather.c — tide, storm cells and water as functions of place and moment.
 */
#include "config/simulate_weather.h"
#include "config/simulate_random.h"

enum { BIRTH = 101, LIFE, TARGET, HEADING, SPEED, WIDTH, PEAK };

static const double longest_life = 1.6; /* hours */
static const double pi = 3.14159265358979323846;

double ioc_simulate_weather_km(struct ioc_point a, struct ioc_point b)
{
    double north = (a.latitude - b.latitude) * 110.6;
    double east = (a.longitude - b.longitude) * 111.3 * cos(a.latitude * pi / 180);
    return sqrt(north * north + east * east);
}

static double rain_of_cell(const struct ioc_simulate_weather *weather, int64_t number, struct ioc_point at, double hour)
{
    uint64_t cell = (uint64_t)number;
    double born = ((double)number + ioc_simulate_random_unit(weather->seed, BIRTH, cell)) * weather->gap;
    double life = 0.9 + (longest_life - 0.9) * ioc_simulate_random_unit(weather->seed, LIFE, cell);
    double age = hour - born;
    if (age <= 0 || age >= life)
        return 0;
    struct ioc_point centre = weather->targets[ioc_simulate_random(weather->seed, TARGET, cell) % weather->target_count];
    double heading = (20 + 60 * ioc_simulate_random_unit(weather->seed, HEADING, cell)) * pi / 180; /* from the south-west */
    double gone = (8 + 10 * ioc_simulate_random_unit(weather->seed, SPEED, cell)) * (age - life / 2);
    centre.latitude += gone * cos(heading) / 110.6;
    centre.longitude += gone * sin(heading) / (111.3 * cos(centre.latitude * pi / 180));
    double width = 1.2 + 1.3 * ioc_simulate_random_unit(weather->seed, WIDTH, cell);
    double far = ioc_simulate_weather_km(centre, at) / width;
    if (far > 4)
        return 0;
    double swell = sin(pi * age / life);
    double peak = (45 + 55 * ioc_simulate_random_unit(weather->seed, PEAK, cell)) * weather->strength;
    return peak * swell * swell * exp(-far * far / 2);
}

double ioc_simulate_weather_rain(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour)
{
    double sum = 0;
    if (weather->target_count == 0)
        return 0;
    int64_t first = (int64_t)floor((hour - longest_life) / weather->gap) - 1;
    int64_t last = (int64_t)floor(hour / weather->gap);
    for (int64_t number = first; number <= last; number++)
        sum += rain_of_cell(weather, number, at, hour);
    return sum;
}

/* By whole quarters of an hour, so that it never falls before midnight. */
double ioc_simulate_weather_fallen(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour)
{
    static const double quarter = 0.25;
    double from = floor(hour / 24) * 24, sum = 0;
    for (; from < hour; from += quarter)
        sum += fmin(quarter, hour - from) * ioc_simulate_weather_rain(weather, at, from + quarter / 2);
    return sum;
}

/* Simpson's rule over six halvings. */
double ioc_simulate_weather_water(const struct ioc_simulate_weather *weather, struct ioc_point at, double hour, double half)
{
    enum { STEPS = 16 };
    double step = 6 * half / STEPS, sum = 0;
    for (int i = 0; i <= STEPS; i++) {
        double weight = i == 0 || i == STEPS ? 1 : i % 2 ? 4 : 2;
        sum += weight * exp2(-i * step / half) * ioc_simulate_weather_rain(weather, at, hour - i * step);
    }
    return sum * step / 3;
}

double ioc_simulate_weather_tide(double hour, double lag, double damping)
{
    double at = hour - lag;
    return 0.22 + damping * (0.92 * cos(2 * pi * (at - 16.4) / 12.4206) + 0.45 * cos(2 * pi * (at - 17.5) / 23.9345));
}

double ioc_simulate_weather_light(double hour)
{
    double height = sin(2 * pi * (hour - 5.75) / 24); /* of the sun; up from 5:45 to 17:45 */
    return height <= 0 ? 1.5 : 1.5 + 80000 * pow(height, 1.2);
}
