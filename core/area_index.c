/*
 * core/area_index.c — which of many polygons a point lies in.
 *
 * Even-odd rule with a ray to the right.  Every edge is kept from its lower to its upper end, whatever
 * way its ring runs: two areas that share a border evaluate the same arithmetic for it and can never
 * both, or neither, claim a point beside it.  A point exactly on an edge is inside.
 *
 * Cells are found by a monotone function of the coordinate, the same for points and for edges.  So
 * when no edge was sorted into a cell, every point that falls into it lies on one side of the shape:
 * one test decides for the cell, and for its neighbours up to the next edge.
 */
#include "core/area_index.h"
#include "core/memory.h"
#include <math.h>

enum { SIDE_MOST = 512 };

struct ioc_area_edge ioc_area_edge_of(struct ioc_point from, struct ioc_point to)
{
    bool is_up = from.latitude < to.latitude ||
                 (from.latitude == to.latitude && from.longitude <= to.longitude);
    return is_up ? (struct ioc_area_edge){from, to} : (struct ioc_area_edge){to, from};
}

static double smaller(double a, double b)
{
    return a < b ? a : b;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Returns true when the point is on the edge; toggles *is_inside when its ray crosses it. */
static bool cross_edge(const struct ioc_area_edge *edge, struct ioc_point point, bool *is_inside)
{
    if (point.latitude < edge->a.latitude || point.latitude > edge->b.latitude)
        return false;
    double side = (edge->b.longitude - edge->a.longitude) * (point.latitude - edge->a.latitude) -
                  (edge->b.latitude - edge->a.latitude) * (point.longitude - edge->a.longitude);
    if (side == 0 && point.longitude >= smaller(edge->a.longitude, edge->b.longitude) &&
        point.longitude <= larger(edge->a.longitude, edge->b.longitude))
        return true;
    if (side > 0 && point.latitude < edge->b.latitude)
        *is_inside = !*is_inside;
    return false;
}

static uint32_t find_step(double from, double per_degree, double value, uint32_t side)
{
    double step = (value - from) * per_degree;
    return step <= 0 ? 0 : step >= side ? side - 1 : (uint32_t)step;
}

static uint32_t find_column(const struct ioc_area_index *index, double longitude)
{
    return find_step(index->west, index->columns_per_degree, longitude, index->side);
}

static uint32_t find_row(const struct ioc_area_index *index, double latitude)
{
    return find_step(index->south, index->rows_per_degree, latitude, index->side);
}

static bool test_band(const struct ioc_area_index *index, const struct ioc_area_shape *shape,
    uint32_t row, struct ioc_point point)
{
    uint32_t band = shape->band + (row - shape->row);
    bool is_inside = false;
    for (uint32_t i = index->bands[band]; i < index->bands[band + 1]; i++)
        if (cross_edge(&index->edges[index->band_edges[i]], point, &is_inside))
            return true;
    return is_inside;
}

static bool is_in_bounds(const struct ioc_area_shape *shape, struct ioc_point point)
{
    return point.longitude >= shape->west && point.longitude <= shape->east &&
           point.latitude >= shape->south && point.latitude <= shape->north;
}

bool ioc_area_index_has(const struct ioc_area_index *index, uint32_t shape, struct ioc_point point)
{
    return is_in_bounds(&index->shapes[shape], point) &&
           test_band(index, &index->shapes[shape], find_row(index, point.latitude), point);
}

bool ioc_area_index_has_slowly(
    const struct ioc_area_index *index, uint32_t shape, struct ioc_point point)
{
    const struct ioc_area_edge *edge = index->edges + index->shapes[shape].edge;
    bool is_inside = false;
    if (!is_in_bounds(&index->shapes[shape], point))
        return false;
    for (uint32_t i = 0; i < index->shapes[shape].edge_count; i++)
        if (cross_edge(edge + i, point, &is_inside))
            return true;
    return is_inside;
}

int32_t ioc_area_index_find(const struct ioc_area_index *index, struct ioc_point point)
{
    /* Written so that NaN is outside. */
    if (!(point.longitude >= index->west && point.longitude <= index->east &&
            point.latitude >= index->south && point.latitude <= index->north))
        return -1;
    uint32_t row = find_row(index, point.latitude),
             cell = row * index->side + find_column(index, point.longitude);
    for (uint32_t i = index->cells[cell]; i < index->cells[cell + 1]; i++) {
        uint32_t shape = index->cell_shapes[i] >> 1;
        if ((index->cell_shapes[i] & 1) || (is_in_bounds(&index->shapes[shape], point) &&
                                               test_band(index, &index->shapes[shape], row, point)))
            return (int32_t)shape;
    }
    return -1;
}

/* Building */

static void set_side(struct ioc_area_index *index, uint32_t side)
{
    double width = index->east - index->west, height = index->north - index->south;
    /* Below a tenth of a millimetre cells would be finer than the numbers: one column or row then. */
    const double least = 1e-9;
    index->side = side;
    index->columns_per_degree = width > least ? side / width : 0;
    index->rows_per_degree = height > least ? side / height : 0;
}

/* Cells that the bounds of the edges and of the shapes touch: an upper bound of time and memory. */
static uint64_t measure_work(const struct ioc_area_index *index)
{
    uint64_t work = 0;
    for (uint32_t i = 0; i < index->edge_count; i++) {
        const struct ioc_area_edge *edge = &index->edges[i];
        uint64_t rows = find_row(index, edge->b.latitude) - find_row(index, edge->a.latitude) + 1;
        uint32_t one = find_column(index, edge->a.longitude),
                 other = find_column(index, edge->b.longitude);
        work += rows * ((one < other ? other - one : one - other) + 1);
    }
    for (uint32_t i = 0; i < index->shape_count; i++) {
        const struct ioc_area_shape *shape = &index->shapes[i];
        uint64_t rows = find_row(index, shape->north) - find_row(index, shape->south) + 1;
        work += rows * (find_column(index, shape->east) - find_column(index, shape->west) + 1);
    }
    return work;
}

static void build_bands(struct ioc_area_index *index, struct ioc_arena *arena)
{
    uint32_t count = 0, total = 0;
    for (uint32_t i = 0; i < index->shape_count; i++) {
        struct ioc_area_shape *shape = &index->shapes[i];
        shape->row = find_row(index, shape->south);
        shape->band = count;
        count += find_row(index, shape->north) - shape->row + 1;
    }
    index->bands = ioc_arena_take(arena, (count + 1) * sizeof *index->bands);
    /* Count into bands[b + 1], sum up, then fill: each band's start moves to its end and back. */
    for (int pass = 0; pass < 2; pass++) {
        for (uint32_t i = 0; i < index->shape_count; i++) {
            const struct ioc_area_shape *shape = &index->shapes[i];
            for (uint32_t e = shape->edge; e < shape->edge + shape->edge_count; e++) {
                uint32_t first = find_row(index, index->edges[e].a.latitude) - shape->row;
                uint32_t last = find_row(index, index->edges[e].b.latitude) - shape->row;
                for (uint32_t row = first; row <= last; row++) {
                    if (pass == 0)
                        index->bands[shape->band + row]++;
                    else
                        index->band_edges[index->bands[shape->band + row]++] = e;
                }
            }
        }
        if (pass == 0) {
            for (uint32_t b = 0; b <= count; b++) {
                uint32_t entries = index->bands[b];
                index->bands[b] = total;
                total += entries;
            }
            index->band_edges = ioc_arena_take(arena, (total + 1) * sizeof *index->band_edges);
        }
    }
    for (uint32_t b = count; b > 0; b--)
        index->bands[b] = index->bands[b - 1];
    index->bands[0] = 0;
}

struct entries { /* (cell, shape × 2 + covers), in the order of shapes */
    uint32_t *cells, *values, count, capacity;
};

static void add_entry(struct entries *entries, uint32_t cell, uint32_t value)
{
    if (entries->count == entries->capacity) {
        uint32_t more = entries->capacity ? 2 * entries->capacity : 1024;
        entries->cells = ioc_memory_grow(
            entries->cells, entries->capacity * sizeof(uint32_t), more * sizeof(uint32_t));
        entries->values = ioc_memory_grow(
            entries->values, entries->capacity * sizeof(uint32_t), more * sizeof(uint32_t));
        entries->capacity = more;
    }
    entries->cells[entries->count] = cell;
    entries->values[entries->count++] = value;
}

/* Entries of one shape.  `marks` holds a bool a cell, all false before and after. */
static void add_shape(
    const struct ioc_area_index *index, uint32_t number, bool *marks, struct entries *entries)
{
    const struct ioc_area_shape *shape = &index->shapes[number];
    uint32_t west = find_column(index, shape->west), east = find_column(index, shape->east);
    uint32_t south = find_row(index, shape->south), north = find_row(index, shape->north);
    for (uint32_t e = shape->edge; e < shape->edge + shape->edge_count; e++) {
        const struct ioc_area_edge *edge = &index->edges[e];
        uint32_t left = find_column(index, smaller(edge->a.longitude, edge->b.longitude));
        uint32_t right = find_column(index, larger(edge->a.longitude, edge->b.longitude));
        uint32_t top = find_row(index, edge->b.latitude);
        for (uint32_t row = find_row(index, edge->a.latitude); row <= top; row++)
            memset(marks + row * index->side + left, true, right - left + 1);
    }
    for (uint32_t row = south; row <= north; row++) {
        bool is_known = false, is_inside = false;
        for (uint32_t column = west; column <= east; column++) {
            uint32_t cell = row * index->side + column;
            bool is_edge = marks[cell];
            marks[cell] = false;
            if (!is_edge && !is_known) {
                struct ioc_point middle = {index->west + (column + 0.5) / index->columns_per_degree,
                    index->south + (row + 0.5) / index->rows_per_degree};
                is_inside = test_band(index, shape, row, middle);
            }
            is_known = !is_edge;
            if (is_edge || is_inside)
                add_entry(entries, cell, number << 1 | !is_edge);
        }
    }
}

static void build_cells(struct ioc_area_index *index, struct ioc_arena *arena)
{
    uint32_t count = index->side * index->side;
    struct entries entries = {0};
    bool *marks = ioc_memory_take(count);
    for (uint32_t i = 0; i < index->shape_count; i++)
        add_shape(index, i, marks, &entries);
    index->cells = ioc_arena_take(arena, (count + 1) * sizeof *index->cells);
    index->cell_shapes = ioc_arena_take(arena, (entries.count + 1) * sizeof *index->cell_shapes);
    for (uint32_t i = 0; i < entries.count; i++)
        index->cells[entries.cells[i] + 1]++;
    for (uint32_t c = 0; c < count; c++)
        index->cells[c + 1] += index->cells[c];
    for (uint32_t i = 0; i < entries.count; i++)
        index->cell_shapes[index->cells[entries.cells[i]]++] = entries.values[i];
    for (uint32_t c = count; c > 0; c--)
        index->cells[c] = index->cells[c - 1];
    index->cells[0] = 0;
    ioc_memory_give(marks);
    ioc_memory_give(entries.cells);
    ioc_memory_give(entries.values);
}

void ioc_area_index_build(struct ioc_area_index *index, struct ioc_arena *arena)
{
    index->west = index->south = INFINITY;
    index->east = index->north = -INFINITY;
    for (uint32_t i = 0; i < index->shape_count; i++) {
        const struct ioc_area_shape *shape = &index->shapes[i];
        index->west = smaller(index->west, shape->west);
        index->south = smaller(index->south, shape->south);
        index->east = larger(index->east, shape->east);
        index->north = larger(index->north, shape->north);
    }
    uint32_t side = (uint32_t)sqrt((double)index->edge_count) + 1;
    side = side < 8 ? 8 : side > SIDE_MOST ? SIDE_MOST : side;
    set_side(index, side);
    /* Long edges and shapes that overlap fill many cells: fewer cells then. */
    while (index->side > 1 && measure_work(index) > IOC_AREA_WORK)
        set_side(index, index->side / 2);
    build_bands(index, arena);
    build_cells(index, arena);
}
