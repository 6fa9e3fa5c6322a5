#pragma once
/*
 * core/area_index.h — which of many polygons a point lies in (inside of core/area).
 *
 * A uniform grid over all shapes lists per cell the shapes that cover it wholly or whose edges pass
 * through it; the edges of a shape are sorted into the grid's rows, so that a look-up tests only edges
 * of the point's own row.
 *
 * Memory   arena; about 1 cell an edge, within IOC_AREA_WORK entries
 * Thread   any, once built
 */
#include "core/arena.h"
#include "core/value.h"

enum { IOC_AREA_WORK = 16 * 1024 * 1024 };

struct ioc_area_edge { /* a below b, or left of it at the same height */
    struct ioc_point a, b;
};
struct ioc_area_shape {
    double west, south, east, north;
    uint32_t edge, edge_count; /* its edges */
    uint32_t row, band;        /* its first row, and where the bands of its rows start */
};
struct ioc_area_index {
    struct ioc_area_edge *edges;
    struct ioc_area_shape *shapes;
    uint32_t edge_count, shape_count;
    double west, south, east, north, columns_per_degree, rows_per_degree;
    uint32_t side; /* cells a row and rows */
    uint32_t *cells,
        *cell_shapes; /* start of each cell's entries; shape × 2, + 1 when it covers the cell */
    uint32_t *bands, *band_edges; /* start of each band's entries; edges */
};

struct ioc_area_edge ioc_area_edge_of(struct ioc_point from, struct ioc_point to);
/* edges, shapes (bounds, edge, edge_count) and their counts are set; makes the rest. */
void ioc_area_index_build(struct ioc_area_index *index, struct ioc_arena *arena);
/* -1 when it lies in none. */
int32_t ioc_area_index_find(const struct ioc_area_index *index, struct ioc_point point);
bool ioc_area_index_has(const struct ioc_area_index *index, uint32_t shape, struct ioc_point point);
/* The same answer from all edges of the shape; works before the index is built. */
bool ioc_area_index_has_slowly(
    const struct ioc_area_index *index, uint32_t shape, struct ioc_point point);
