/*
 * config/simulate_city.c — makes devices and puts them into the city.
 *
 * Small inner districts get as many devices as large outer ones: that is where cities put them.
 */
#include "config/simulate_city.h"
#include "config/simulate_random.h"
#include "core/file.h"
#include "core/geojson.h"

enum { AREA = 201, EAST, NORTH, STREET, TRAIT_0, TRAIT_1 };

const struct ioc_simulate_family_traits ioc_simulate_family_traits[IOC_SIMULATE_FAMILIES] = {
    {"street_depth", "SD", "stations.csv", "station,name,district,basin,limit_cm,latitude,longitude", 0.20, 1.5},
    {"river_level", "RL", "gauges.csv", "gauge,name,district,basin,alarm_2_m,alarm_3_m,latitude,longitude", 0.04, 1.5},
    {"rain", "RG", "rain.csv", "gauge,name,district,latitude,longitude", 0.08, 1},
    {"air", "AQ", "air.csv", "station,name,district,latitude,longitude", 0.10, 0.75},
    {"traffic", "TC", "detectors.csv", "detector,name,district,lanes,latitude,longitude", 0.20, 1.5},
    {"noise", "NM", "microphones.csv", "microphone,name,district,limit_dba,latitude,longitude", 0.07, 1},
    {"light", "SL", "lamps.csv", "lamp,name,district,rated_w,latitude,longitude", 0.15, 0.4},
    {"bin", "WB", "bins.csv", "bin,name,district,litres,latitude,longitude", 0.12, 0.3},
    {"gate", "AC", "cameras.csv", "camera,name,district,lanes,latitude,longitude", 0.04, 0.3},
};

struct maker {
    struct ioc_simulate_city *city;
    const struct ioc_areas *areas;
    struct ioc_geojson geojson; /* for streets and basins; count 0 = not known */
};

/* Anywhere in the area, by throwing darts at its box. */
static struct ioc_point find_place(const struct maker *maker, uint32_t area, uint64_t key)
{
    enum { DARTS = 64 };
    const struct ioc_area *place = ioc_areas_get(maker->areas, area);
    uint64_t seed = maker->city->seed;
    for (uint64_t i = 0; i < DARTS; i++) {
        struct ioc_point point = {
            place->west + (place->east - place->west) * ioc_simulate_random_unit(seed + EAST, key, i),
            place->south + (place->north - place->south) * ioc_simulate_random_unit(seed + NORTH, key, i)};
        point.longitude = round(point.longitude * 1e5) / 1e5;
        point.latitude = round(point.latitude * 1e5) / 1e5;
        if (ioc_areas_find(maker->areas, point) == (int32_t)area)
            return point;
    }
    return place->centre;
}

static struct ioc_text property(const struct maker *maker, uint32_t area, const char *name)
{
    if (area >= maker->geojson.count)
        return (struct ioc_text){"", 0};
    const json_t *feature = json_array_get(maker->geojson.features, area);
    return ioc_text_of(json_string_value(json_object_get(json_object_get(feature, "properties"), name)));
}

static struct ioc_text make_name(const struct maker *maker, uint32_t area, uint64_t key, uint32_t number)
{
    struct ioc_arena *arena = &maker->city->arena;
    struct ioc_text where = ioc_areas_get(maker->areas, area)->name;
    const json_t *streets = NULL;
    if (area < maker->geojson.count)
        streets = json_object_get(json_object_get(json_array_get(maker->geojson.features, area), "properties"), "streets");
    size_t count = json_array_size(streets);
    if (count == 0)
        return ioc_arena_printf(arena, "%.*s %u", IOC_TEXT_ARGS(where), number);
    const char *street = json_string_value(json_array_get(streets, ioc_simulate_random(maker->city->seed, STREET, key) % count));
    return ioc_arena_printf(arena, "%s, %.*s", street ? street : "?", IOC_TEXT_ARGS(where));
}

static void make_device(const struct maker *maker, uint32_t index, enum ioc_simulate_family family, uint32_t number)
{
    struct ioc_simulate_city *city = maker->city;
    struct ioc_simulate_device *device = &city->devices[index];
    uint64_t key = (uint64_t)family << 32 | number; /* the same device whatever the others' number */
    uint32_t area = (uint32_t)(ioc_simulate_random(city->seed, AREA, key) % ioc_areas_count(maker->areas));
    *device = (struct ioc_simulate_device){.family = family, .index = index, .area = ioc_areas_get(maker->areas, area)->id,
        .position = find_place(maker, area, key), .name = make_name(maker, area, key, number),
        .basin = ioc_arena_copy(&city->arena, property(maker, area, "basin")),
        .trait = {ioc_simulate_random_unit(city->seed, TRAIT_0, key), ioc_simulate_random_unit(city->seed, TRAIT_1, key)}};
    device->area = ioc_arena_copy(&city->arena, device->area);
    snprintf(device->id, sizeof device->id, "%s-%04u", ioc_simulate_family_traits[family].prefix, number);
}

/* Borders are rounded, not shares: their sum is right. */
static void share_out(struct ioc_simulate_city *city, uint32_t devices)
{
    double sum = 0;
    for (int i = 0; i < IOC_SIMULATE_FAMILIES; i++) {
        city->first[i] = (uint32_t)llround(sum * devices);
        sum += ioc_simulate_family_traits[i].share;
    }
    city->first[IOC_SIMULATE_FAMILIES] = city->count = devices;
}

static void aim_storms(struct ioc_simulate_city *city, bool is_storm)
{
    uint32_t count = city->first[IOC_SIMULATE_RIVER] - city->first[IOC_SIMULATE_STREET];
    struct ioc_point *targets = ioc_arena_take(&city->arena, (count + 1) * sizeof *targets);
    for (uint32_t i = 0; i < count; i++)
        targets[i] = city->devices[city->first[IOC_SIMULATE_STREET] + i].position;
    city->weather = (struct ioc_simulate_weather){.seed = city->seed, .targets = targets, .target_count = count,
        .gap = is_storm ? 0.1 : 0.25, .strength = is_storm ? 1.6 : 1};
}

enum ioc_status ioc_simulate_city_init(struct ioc_simulate_city *city, const struct ioc_simulate_city_options *options,
    struct ioc_errors *errors)
{
    struct ioc_arena scratch = {0};
    struct ioc_text json;
    struct ioc_error err = {0};
    *city = (struct ioc_simulate_city){.seed = options->seed};
    struct maker maker = {.city = city, .areas = options->areas};
    enum ioc_status status = ioc_file_read(options->areas_file.data, IOC_GEOJSON_MOST, false, &scratch, &json, &err);
    if (status != IOC_OK) {
        ioc_errors_add(errors, &err);
        goto out;
    }
    if (!ioc_geojson_parse(&maker.geojson, options->areas_file, json, errors)) {
        status = IOC_INVALID;
        goto out;
    }
    if (maker.geojson.count != ioc_areas_count(options->areas))
        maker.geojson.count = 0;
    city->devices = ioc_arena_take(&city->arena, options->devices * sizeof *city->devices);
    share_out(city, options->devices);
    for (int family = 0; family < IOC_SIMULATE_FAMILIES; family++)
        for (uint32_t i = city->first[family]; i < city->first[family + 1]; i++)
            make_device(&maker, i, (enum ioc_simulate_family)family, i - city->first[family] + 1);
    aim_storms(city, options->is_storm);
    ioc_geojson_done(&maker.geojson);
out:
    ioc_arena_done(&scratch);
    return status;
}

void ioc_simulate_city_done(struct ioc_simulate_city *city)
{
    ioc_arena_done(&city->arena);
}
