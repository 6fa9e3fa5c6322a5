/* core/zones.c — walks the system's directory of zones once. */
#include "core/zones.h"
#include "core/memory.h"

#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ZONES_MOST = 4096, DEPTH_MOST = 4, PATH_MOST = 512 };

struct ioc_zones {
    atomic_uint references;
    bool is_filled;
    uint32_t count, capacity;
    struct ioc_zone **sorted; /* by name */
};

struct ioc_zones *ioc_zones_new(void)
{
    struct ioc_zones *zones = ioc_memory_take(sizeof *zones);
    atomic_init(&zones->references, 1);
    return zones;
}

struct ioc_zones *ioc_zones_ref(struct ioc_zones *zones)
{
    atomic_fetch_add_explicit(&zones->references, 1, memory_order_relaxed);
    return zones;
}

void ioc_zones_unref(struct ioc_zones *zones)
{
    if (!zones || atomic_fetch_sub_explicit(&zones->references, 1, memory_order_acq_rel) != 1)
        return;
    for (uint32_t i = 0; i < zones->count; i++)
        ioc_zone_free(zones->sorted[i]);
    ioc_memory_give(zones->sorted);
    ioc_memory_give(zones);
}

static void add_zone(struct ioc_zones *zones, struct ioc_zone *zone)
{
    if (zones->count == zones->capacity) {
        uint32_t capacity = zones->capacity ? zones->capacity * 2 : 1024;
        struct ioc_zone **sorted = ioc_memory_take(capacity * sizeof *sorted);
        if (zones->count)
            memcpy(sorted, zones->sorted, zones->count * sizeof *sorted);
        ioc_memory_give(zones->sorted);
        zones->sorted = sorted;
        zones->capacity = capacity;
    }
    zones->sorted[zones->count++] = zone;
}

static bool is_passed_over(const char *name, int depth)
{
    return name[0] == '.' || (depth == 0 && (strcmp(name, "posix") == 0 || strcmp(name, "right") == 0));
}

/* Everything below root/prefix that is a zone; prefix is "" or ends with a slash. */
static void walk(struct ioc_zones *zones, const char *root, const char *prefix, int depth)
{
    char path[PATH_MOST];
    if (snprintf(path, sizeof path, "%s/%s", root, prefix) >= (int)sizeof path)
        return;
    DIR *directory = opendir(path);
    struct dirent *entry;
    while (directory && (entry = readdir(directory)) && zones->count < ZONES_MOST) {
        char name[PATH_MOST], below[PATH_MOST + 1];
        if (is_passed_over(entry->d_name, depth) ||
            snprintf(name, sizeof name, "%s%s", prefix, entry->d_name) >= (int)sizeof name)
            continue;
        struct ioc_zone *zone;
        enum ioc_status status = ioc_zone_load(ioc_text_of(name), &zone);
        if (status == IOC_OK) {
            add_zone(zones, zone);
        } else if (status == IOC_NOT_FOUND && depth < DEPTH_MOST) { /* no file: a directory? */
            snprintf(below, sizeof below, "%s/", name);
            walk(zones, root, below, depth + 1);
        }
    }
    if (directory)
        closedir(directory);
}

static int compare_zones(const void *a, const void *b)
{
    return ioc_text_compare(
        ioc_zone_name(*(struct ioc_zone *const *)a), ioc_zone_name(*(struct ioc_zone *const *)b));
}

/* A name that stands in two directories was read from the first one both times. */
static void drop_twins(struct ioc_zones *zones)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < zones->count; i++) {
        if (kept && compare_zones(&zones->sorted[kept - 1], &zones->sorted[i]) == 0)
            ioc_zone_free(zones->sorted[i]);
        else
            zones->sorted[kept++] = zones->sorted[i];
    }
    zones->count = kept;
}

enum ioc_status ioc_zones_fill(struct ioc_zones *zones)
{
    if (zones->is_filled)
        return zones->count ? IOC_OK : IOC_NOT_FOUND;
    zones->is_filled = true;
    for (uint32_t i = 0; i < IOC_ZONE_DIRECTORIES; i++)
        walk(zones, ioc_zone_directories[i], "", 0);
    if (zones->count == 0)
        return IOC_NOT_FOUND;
    qsort(zones->sorted, zones->count, sizeof *zones->sorted, compare_zones);
    drop_twins(zones);
    return IOC_OK;
}

const struct ioc_zone *ioc_zones_find(const struct ioc_zones *zones, struct ioc_text name)
{
    uint32_t low = 0, high = zones ? zones->count : 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = ioc_text_compare(name, ioc_zone_name(zones->sorted[middle]));
        if (order == 0)
            return zones->sorted[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

uint32_t ioc_zones_count(const struct ioc_zones *zones)
{
    return zones->count;
}
