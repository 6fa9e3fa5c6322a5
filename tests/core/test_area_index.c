/* tests/core/test_area_index.c — the index answers as if every edge were asked. */
#include "core/area_index.h"
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct map {
    struct ioc_arena arena;
    struct ioc_area_index index;
};
enum { EDGES = 210000, SHAPES = 3000 };

static void begin_map(struct map *map)
{
    *map = (struct map){0};
    map->index.edges = ioc_arena_take(&map->arena, EDGES * sizeof *map->index.edges);
    map->index.shapes = ioc_arena_take(&map->arena, SHAPES * sizeof *map->index.shapes);
}
static void add_shape(struct map *map, const struct ioc_point *points, uint32_t count)
{
    struct ioc_area_shape *shape = &map->index.shapes[map->index.shape_count++];
    *shape = (struct ioc_area_shape){
        INFINITY, INFINITY, -INFINITY, -INFINITY, .edge = map->index.edge_count};
    for (uint32_t i = 0; i < count; i++) {
        map->index.edges[map->index.edge_count++] =
            ioc_area_edge_of(points[i], points[(i + 1) % count]);
        shape->edge_count++;
        shape->west = fmin(shape->west, points[i].longitude);
        shape->east = fmax(shape->east, points[i].longitude);
        shape->south = fmin(shape->south, points[i].latitude);
        shape->north = fmax(shape->north, points[i].latitude);
    }
    assert_true(map->index.edge_count <= EDGES && map->index.shape_count <= SHAPES);
}
static int32_t find_slowly(const struct map *map, struct ioc_point point)
{
    for (uint32_t i = 0; i < map->index.shape_count; i++)
        if (ioc_area_index_has_slowly(&map->index, i, point))
            return (int32_t)i;
    return -1;
}
static double spread(uint64_t *seed, double low, double high)
{
    *seed = *seed * 6364136223846793005u + 1442695040888963407u;
    return low + (high - low) * ((double)(*seed >> 33) / (double)(1u << 31));
}
static int compare(
    const struct map *map, int count, double west, double south, double east, double north)
{
    uint64_t seed = 7;
    int inside = 0;
    for (int i = 0; i < count; i++) {
        struct ioc_point point = {spread(&seed, west, east), spread(&seed, south, north)};
        int32_t expected = find_slowly(map, point);
        assert_int_equal(ioc_area_index_find(&map->index, point), expected);
        if (expected >= 0)
            assert_true(ioc_area_index_has(&map->index, (uint32_t)expected, point));
        inside += expected >= 0;
    }
    return inside;
}

/* Slices of a disc: many shapes that share their borders. */
static struct ioc_point rim(int step, int steps)
{
    double angle = 2 * 3.14159265358979 * (step % steps) / steps,
           radius = 0.2 + 0.02 * sin(40 * angle);
    return (struct ioc_point){106.5 + radius * cos(angle), 10.5 + radius * sin(angle)};
}
static void thousand_slices_leave_no_gap(void **state)
{
    enum { SLICES = 1000, STEPS = 200 };
    struct ioc_point points[STEPS + 2] = {{106.5, 10.5}};
    struct map map;
    begin_map(&map);
    for (int i = 0; i < SLICES; i++) {
        for (int j = 0; j <= STEPS; j++)
            points[j + 1] = rim(i * STEPS + j, SLICES * STEPS);
        add_shape(&map, points, STEPS + 2);
    }
    ioc_area_index_build(&map.index, &map.arena);
    assert_true(compare(&map, 500, 106.25, 10.25, 106.75, 10.75) > 100);
    uint64_t seed = 5;
    for (int i = 0; i < 100000; i++) {
        struct ioc_point point = {spread(&seed, 106.25, 106.75), spread(&seed, 10.25, 10.75)};
        double distance = hypot(point.longitude - 106.5, point.latitude - 10.5);
        if (distance < 0.17)
            assert_true(ioc_area_index_find(&map.index, point) >= 0);
        if (distance > 0.23)
            assert_int_equal(ioc_area_index_find(&map.index, point), -1);
    }
    ioc_arena_done(&map.arena);
}
static void overlapping_giants_stay_within_bounds(void **state)
{
    struct ioc_point points[60];
    struct map map;
    begin_map(&map);
    for (int j = 0; j < 60; j++)
        points[j] = (struct ioc_point){j * (j % 3 ? 1 : 0.5), j % 2 ? 0 : 60};
    for (int i = 0; i < SHAPES; i++)
        add_shape(&map, points, 60);
    ioc_area_index_build(&map.index, &map.arena);
    assert_true(map.arena.total < 256u << 20);
    assert_true(compare(&map, 200, -1, -1, 61, 61) > 20);
    ioc_arena_done(&map.arena);
}
static void random_polygons_of_all_sizes_are_told_apart(void **state)
{
    uint64_t seed = 1;
    int inside = 0;
    for (int round = 0; round < 60; round++) {
        struct map map;
        begin_map(&map);
        for (int i = 0; i < 1 + round; i++) {
            struct ioc_point points[12], middle = {spread(&seed, -1, 1), spread(&seed, -1, 1)};
            double size = pow(10, spread(&seed, -12, 0.5));
            uint32_t count = 3 + (uint32_t)spread(&seed, 0, 9);
            for (uint32_t j = 0; j < count; j++)
                points[j] = (struct ioc_point){middle.longitude + spread(&seed, -size, size),
                    middle.latitude + (round % 4 ? spread(&seed, -size, size) : 0)};
            add_shape(&map, points, count);
        }
        ioc_area_index_build(&map.index, &map.arena);
        /* Corners lie on edges, and where the cells are decided. */
        for (uint32_t e = 0; e < map.index.edge_count; e++) {
            assert_int_equal(ioc_area_index_find(&map.index, map.index.edges[e].a),
                find_slowly(&map, map.index.edges[e].a));
            assert_true(ioc_area_index_find(&map.index, map.index.edges[e].b) >= 0);
        }
        for (uint32_t i = 0; i < map.index.shape_count && round % 4; i++) {
            const struct ioc_area_shape *shape = &map.index.shapes[i];
            inside += compare(&map, 20, shape->west, shape->south, shape->east, shape->north);
        }
        ioc_arena_done(&map.arena);
    }
    assert_true(inside > 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thousand_slices_leave_no_gap),
        cmocka_unit_test(overlapping_giants_stay_within_bounds),
        cmocka_unit_test(random_polygons_of_all_sizes_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
