#pragma once
/*
 * config/simulate_city.h — the devices of a simulated city: families, places, names, and what they measure.
 *
 * A device is what its seed, family and number make of it; it stands in one of the areas of the city file and,
 * where the GeoJSON has `streets` and `basin`, is named after one.  Families share the devices and the messages
 * in fixed proportions.
 *
 * Memory   one arena; ioc_simulate_city_done()
 * Thread   immutable once made
 * Time     hours of the simulated day, as in config/simulate_weather.h
 */
#include "config/simulate_weather.h"
#include "core/area.h"

enum ioc_simulate_family {
    IOC_SIMULATE_STREET, /* water on streets */
    IOC_SIMULATE_RIVER,
    IOC_SIMULATE_RAIN,
    IOC_SIMULATE_AIR,
    IOC_SIMULATE_TRAFFIC,
    IOC_SIMULATE_NOISE,
    IOC_SIMULATE_LAMP,
    IOC_SIMULATE_BIN,
    IOC_SIMULATE_GATE,   /* cameras that read plates */
    IOC_SIMULATE_FAMILIES,
};
struct ioc_simulate_family_traits {
    const char *stream, *prefix;  /* level of the topic; of ids */
    const char *table, *columns;  /* file; its header */
    double share, pace;           /* of all devices; messages of one against the others' */
};
extern const struct ioc_simulate_family_traits ioc_simulate_family_traits[IOC_SIMULATE_FAMILIES];

struct ioc_simulate_device {
    char id[12];
    enum ioc_simulate_family family;
    uint32_t index;           /* in the city */
    struct ioc_text name, area, basin;
    struct ioc_point position;
    double trait[2];          /* 0..1: what makes it another than its neighbour */
};
struct ioc_simulate_city {
    struct ioc_arena arena;
    uint64_t seed;
    struct ioc_simulate_device *devices; /* family by family */
    uint32_t count, first[IOC_SIMULATE_FAMILIES + 1];
    struct ioc_simulate_weather weather;
};
struct ioc_simulate_city_options {
    uint64_t seed;
    uint32_t devices;
    bool is_storm;
    const struct ioc_areas *areas;
    struct ioc_text areas_file;
};
/* What one device measures at one moment; which values count, and in what unit, depends on the family:
 *   street  depth cm, battery %                 river  level m             rain  mm/h, mm of today
 *   air     PM2.5, PM10, NO2 µg/m3              traffic  km/h, vehicles/h, occupancy %
 *   noise   dBA                                 lamp  W, lux               bin  full %, °C
 *   gate    km/h, lane; `chance` makes the plate */
struct ioc_simulate_sample {
    double value[3];
    uint64_t chance;
};

enum ioc_status ioc_simulate_city_init(struct ioc_simulate_city *city, const struct ioc_simulate_city_options *options,
    struct ioc_errors *errors) IOC_USE;
void ioc_simulate_city_done(struct ioc_simulate_city *city);
/* number = which message of the device it is. */
void ioc_simulate_city_measure(const struct ioc_simulate_city *city, const struct ioc_simulate_device *device,
    double hour, uint64_t number, struct ioc_simulate_sample *sample);
/* Writes the tables of all devices (stations.csv, …) into a directory. */
enum ioc_status ioc_simulate_city_tables(const struct ioc_simulate_city *city, const char *directory, struct ioc_error *err) IOC_USE;
