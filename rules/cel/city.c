/* rules/cel/city.c — the library of the city, and what is decided about its calls when they are checked. */
#include "rules/cel/city.h"
#include "core/area.h"
#include "core/letter.h"
#include "core/plate.h"
#include "rules/cel/builtin.h"
#include "rules/cel/overload.h"
#include <math.h>

/* ------------------------------------------------------------- places */

static struct ioc_point point_of(const struct ioc_boxed *value)
{
    struct ioc_point point;
    memcpy(&point, value->text, sizeof point);
    return point;
}

static bool is_place(double longitude, double latitude)
{
    return longitude >= -180 && longitude <= 180 && latitude >= -90 && latitude <= 90;
}

static double degrees_of(const struct ioc_boxed *value)
{
    return value->type == IOC_DOUBLE ? value->number : (double)value->integer;
}

static IOC_BUILTIN_RUN(run_point)
{
    struct ioc_point point = {degrees_of(&arguments[0]), degrees_of(&arguments[1])};
    if (!is_place(point.longitude, point.latitude))
        return IOC_FAULT_PLACE;
    void *bytes = ioc_scratch_take(scratch, sizeof point);
    if (!bytes)
        return IOC_FAULT_MEMORY;
    memcpy(bytes, &point, sizeof point);
    *out = (struct ioc_boxed){.text = bytes, .type = IOC_POINT};
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_longitude)
{
    *out = ioc_boxed_double(point_of(&arguments[0]).longitude);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_latitude)
{
    *out = ioc_boxed_double(point_of(&arguments[0]).latitude);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_distance)
{
    static const double radius = 6371008.8, radian = 0.017453292519943295;
    struct ioc_point a = point_of(&arguments[0]), b = point_of(&arguments[1]);
    double north = sin((b.latitude - a.latitude) * radian / 2), east = sin((b.longitude - a.longitude) * radian / 2);
    double share = north * north + cos(a.latitude * radian) * cos(b.latitude * radian) * east * east;
    *out = ioc_boxed_double(2 * radius * asin(sqrt(share < 1 ? share : 1)));
    return IOC_FAULT_NONE;
}

/* ------------------------------------------------------------- areas */

enum { AREA_STEPS = 16 }; /* a look-up goes through one cell of the grid */

/* Where nothing was checked there are no areas to look into. */
static IOC_BUILTIN_RUN(run_no_areas)
{
    return IOC_FAULT_FUNCTION;
}

static IOC_BUILTIN_RUN(run_area)
{
    if (!ioc_scratch_spend(scratch, AREA_STEPS))
        return IOC_FAULT_STEPS;
    int32_t index = ioc_areas_find(arguments[1].areas, point_of(&arguments[0]));
    *out = ioc_boxed_text(index == IOC_AREA_NONE ? (struct ioc_text){"", 0} : ioc_areas_get(arguments[1].areas, (uint32_t)index)->id);
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_inside)
{
    if (!ioc_scratch_spend(scratch, AREA_STEPS))
        return IOC_FAULT_STEPS;
    *out = ioc_boxed_bool(ioc_areas_has(arguments[2].areas, (uint32_t)arguments[1].integer, point_of(&arguments[0])));
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_inside_named)
{
    int32_t index = ioc_areas_seek(arguments[2].areas, ioc_boxed_as_text(&arguments[1]));
    if (index == IOC_AREA_NONE)
        return IOC_FAULT_AREA;
    struct ioc_boxed known[3] = {arguments[0], ioc_boxed_int(index), arguments[2]};
    return run_inside(scratch, known, out);
}

/* ------------------------------------------------------------- texts */

static bool is_ascii(const struct ioc_boxed *text)
{
    for (uint32_t i = 0; i < text->count; i++)
        if ((unsigned char)text->text[i] >= 0x80)
            return false;
    return true;
}

static IOC_BUILTIN_RUN(run_fold)
{
    if (!ioc_scratch_spend(scratch, arguments[0].count >> 4))
        return IOC_FAULT_STEPS;
    if (is_ascii(&arguments[0])) {
        *out = arguments[0];
        return IOC_FAULT_NONE;
    }
    char *bytes = ioc_scratch_take(scratch, arguments[0].count);
    if (!bytes)
        return IOC_FAULT_MEMORY;
    *out = ioc_boxed_text((struct ioc_text){bytes, ioc_letter_fold(ioc_boxed_as_text(&arguments[0]), bytes)});
    return IOC_FAULT_NONE;
}

static IOC_BUILTIN_RUN(run_plate)
{
    uint32_t most = arguments[0].count;
    if (!ioc_scratch_spend(scratch, most >> 4))
        return IOC_FAULT_STEPS;
    char *bytes = ioc_scratch_take(scratch, most + 1);
    if (!bytes)
        return IOC_FAULT_MEMORY;
    *out = ioc_boxed_text((struct ioc_text){bytes, ioc_plate_normalize(ioc_boxed_as_text(&arguments[0]), bytes, most)});
    return IOC_FAULT_NONE;
}

/* ------------------------------------------------------------- air quality */

enum { BREAKS = 8 };
static const double index_breaks[BREAKS] = {0, 50, 100, 150, 200, 300, 400, 500};
static const struct pollutant {
    const char *name, *other; /* a second spelling, or NULL */
    uint32_t breaks;
    double concentration[BREAKS]; /* ug/m3, means of one hour unless the name says another */
} pollutants[] = {
    {"pm25", "pm2.5", 8, {0, 25, 50, 80, 150, 250, 350, 500}},
    {"pm10", NULL, 8, {0, 50, 150, 250, 350, 420, 500, 600}},
    {"o3", "o3_1h", 8, {0, 160, 200, 300, 400, 800, 1000, 1200}},
    {"o3_8h", NULL, 6, {0, 100, 120, 170, 210, 400}},
    {"co", NULL, 8, {0, 10000, 30000, 45000, 60000, 90000, 120000, 150000}},
    {"so2", NULL, 8, {0, 125, 350, 550, 800, 1600, 2100, 2630}},
    {"no2", NULL, 8, {0, 100, 200, 700, 1200, 2350, 3100, 3850}},
};
enum { POLLUTANTS = sizeof pollutants / sizeof *pollutants };

static bool is_called(struct ioc_text name, const char *wanted)
{
    if (!wanted || name.length != strlen(wanted))
        return false;
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        if ((letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) != wanted[i])
            return false;
    }
    return true;
}

static const struct pollutant *find_pollutant(struct ioc_text name)
{
    for (size_t i = 0; i < POLLUTANTS; i++)
        if (is_called(name, pollutants[i].name) || is_called(name, pollutants[i].other))
            return &pollutants[i];
    return NULL;
}

static IOC_BUILTIN_RUN(run_aqi)
{
    const struct pollutant *pollutant = find_pollutant(ioc_boxed_as_text(&arguments[0]));
    double value = arguments[1].type == IOC_DOUBLE ? arguments[1].number
                   : arguments[1].type == IOC_INT  ? (double)arguments[1].integer
                                                   : (double)arguments[1].natural;
    if (!pollutant)
        return IOC_FAULT_POLLUTANT;
    if (!(value >= 0))
        return IOC_FAULT_RANGE;
    uint32_t high = 1;
    while (high < pollutant->breaks && value > pollutant->concentration[high])
        high++;
    if (high == pollutant->breaks) { /* the scale ends */
        *out = ioc_boxed_int((int64_t)index_breaks[high - 1]);
        return IOC_FAULT_NONE;
    }
    const double *concentration = &pollutant->concentration[high - 1], *index = &index_breaks[high - 1];
    double exact = (index[1] - index[0]) * (value - concentration[0]) / (concentration[1] - concentration[0]) + index[0];
    *out = ioc_boxed_int((int64_t)floor(exact + 0.5));
    return IOC_FAULT_NONE;
}

/* ------------------------------------------------------------- when they are checked */

static struct ioc_text constant_text(const struct ioc_node *node)
{
    bool is_text = node->kind == IOC_NODE_LITERAL && node->value.type == IOC_STRING;
    return is_text ? ioc_boxed_as_text(&node->value) : (struct ioc_text){NULL, 0};
}

static bool refuse_area(struct ioc_checker *checker, const struct ioc_node *place, struct ioc_text id)
{
    const struct ioc_areas *areas = checker->environment->scope->areas;
    uint32_t count = ioc_areas_count(areas);
    struct ioc_text *ids = ioc_arena_take(checker->arena, (2 * count + 1) * sizeof *ids);
    for (uint32_t i = 0; i < count; i++) {
        ids[i] = ioc_areas_get(areas, i)->id;
        ids[count + i] = ioc_areas_get(areas, i)->name;
    }
    ioc_complaint_set(checker->err, place->offset, place->length, "no-such-area", "there is no area '%.*s' in the city's areas",
        IOC_TEXT_ARGS(id));
    int nearest = ioc_text_nearest(id, ids, 2 * count);
    if (nearest >= 0) {
        const struct ioc_area *area = ioc_areas_get(areas, (uint32_t)nearest % count);
        ioc_complaint_hint(checker->err, place->offset, "did you mean \"%.*s\" (%.*s)?", IOC_TEXT_ARGS(area->id), IOC_TEXT_ARGS(area->name));
    } else {
        ioc_complaint_hint(checker->err, place->offset, "an area is called by its id, such as \"%.*s\" (%.*s)", IOC_TEXT_ARGS(ids[0]),
            IOC_TEXT_ARGS(ids[count]));
    }
    return false;
}

static struct ioc_node *make_constant(struct ioc_checker *checker, const struct ioc_node *like, struct ioc_boxed value)
{
    struct ioc_node *node = ioc_arena_take(checker->arena, sizeof *node);
    *node = (struct ioc_node){.kind = IOC_NODE_LITERAL, .value = value, .offset = like->offset, .length = like->length,
        .from = like->from, .to = like->to, .outer = IOC_OUTER_NONE, .shape = ioc_shape_plain(value.type)};
    return node;
}

/* The call with the areas as its last operand. */
static bool resolve_areas(struct ioc_checker *checker, struct ioc_node *call, bool is_inside)
{
    const struct ioc_areas *areas = checker->environment->scope->areas;
    if (!areas) {
        if (checker->environment->is_unchecked)
            return true;
        ioc_complaint_set(checker->err, call->offset, call->length, "no-areas", "the city has no areas for %.*s()", IOC_TEXT_ARGS(call->name));
        ioc_complaint_hint(checker->err, call->offset, "areas: {file: districts.geojson, key: code, name: name}   # in the city file");
        return false;
    }
    struct ioc_node **items = ioc_arena_take(checker->arena, (call->count + 1) * sizeof *items);
    if (call->count)
        memcpy(items, call->items, call->count * sizeof *items);
    struct ioc_text id = is_inside && call->count == 2 /* unchecked, there may be any number */ ? constant_text(items[1]) : (struct ioc_text){NULL, 0};
    if (id.data) {
        int32_t index = ioc_areas_seek(areas, id);
        if (index == IOC_AREA_NONE && !checker->environment->is_unchecked)
            return refuse_area(checker, items[1], id);
        if (index != IOC_AREA_NONE)
            items[1] = make_constant(checker, items[1], ioc_boxed_int(index));
    }
    items[call->count] = make_constant(checker, call, (struct ioc_boxed){.areas = areas, .type = IOC_KIND_AREAS});
    call->items = items;
    call->count++;
    call->name = is_inside ? IOC_TEXT("@inside") : IOC_TEXT("@area");
    return ioc_overload_resolve(checker, call);
}

static bool check_pollutant(struct ioc_checker *checker, const struct ioc_node *name)
{
    struct ioc_text text = constant_text(name);
    if (!text.data || find_pollutant(text))
        return true;
    struct ioc_text names[POLLUTANTS];
    for (size_t i = 0; i < POLLUTANTS; i++)
        names[i] = ioc_text_of(pollutants[i].name);
    ioc_complaint_set(checker->err, name->offset, name->length, "no-such-pollutant", "VN_AQI knows no pollutant '%.*s'", IOC_TEXT_ARGS(text));
    int nearest = ioc_text_nearest(text, names, POLLUTANTS);
    if (nearest >= 0)
        ioc_complaint_hint(checker->err, name->offset, "did you mean \"%.*s\"?", IOC_TEXT_ARGS(names[nearest]));
    else
        ioc_complaint_hint(checker->err, name->offset, "it knows pm25, pm10, o3 (of one hour), o3_8h, co, so2 and no2");
    return false;
}

static double number_of(const struct ioc_node *node)
{
    if (node->kind != IOC_NODE_LITERAL)
        return NAN;
    return node->value.type == IOC_DOUBLE ? node->value.number : node->value.type == IOC_INT ? (double)node->value.integer : NAN;
}

static bool check_place(struct ioc_checker *checker, const struct ioc_node *call)
{
    double longitude = number_of(call->items[0]), latitude = number_of(call->items[1]);
    if (isnan(longitude) || isnan(latitude) || is_place(longitude, latitude))
        return true;
    const struct ioc_node *wrong = call->items[fabs(longitude) <= 180];
    ioc_complaint_set(checker->err, wrong->from, wrong->to - wrong->from, "bad-point",
        "a point is a longitude within ±180 and a latitude within ±90 degrees");
    if (is_place(latitude, longitude))
        ioc_complaint_hint(checker->err, wrong->from, "the longitude comes first: point(%g, %g)", latitude, longitude);
    return false;
}

bool ioc_city_resolve(struct ioc_checker *checker, struct ioc_node *call)
{
    if (call->is_method || call->is_unknown)
        return true;
    if (ioc_text_equal(call->name, IOC_TEXT("area")))
        return resolve_areas(checker, call, false);
    if (ioc_text_equal(call->name, IOC_TEXT("inside")))
        return resolve_areas(checker, call, true);
    if (checker->environment->is_unchecked)
        return true;
    if (ioc_text_equal(call->name, IOC_TEXT("vn_aqi")))
        return check_pollutant(checker, call->items[0]);
    return !ioc_text_equal(call->name, IOC_TEXT("point")) || check_place(checker, call);
}

/* ------------------------------------------------------------- the table */

enum { F = IOC_BUILTIN_FUNCTION, FM = IOC_BUILTIN_FUNCTION | IOC_BUILTIN_METHOD, CALL = IOC_OP_CALL };

#define POINT_HELP "the point at a longitude and a latitude in degrees (WGS 84), in this order"
#define AQI_HELP "VN_AQI (0 to 500) of pm25, pm10, o3 (1 h), o3_8h, co, so2 or no2 in ug/m3; the scale's end for more"
static const struct ioc_builtin rows[] = {
    {"area", "p", "s", F, CALL, run_no_areas, "id of the city's area that the point lies in, \"\" outside of all", NULL,
        "area(point(106.70, 10.77)) == \"q1\""},
    {"@area", "pg", "s", F, CALL, run_area, "the same, with the areas"},
    {"inside", "ps", "b", F, CALL, run_no_areas, "does the point lie in the area of that id?", "no such area; a written id is looked up when the rule is loaded",
        "inside(point(106.70, 10.77), \"q1\")"},
    {"@inside", "pig", "b", F, CALL, run_inside, "the same, with the areas"},
    {"@inside", "psg", "b", F, CALL, run_inside_named, "the same, with the areas"},
    {"point", "dd", "p", F, CALL, run_point, POINT_HELP, "beyond ±180 or ±90", "point(106.70, 10.77).latitude() == 10.77"},
    {"point", "di", "p", F, CALL, run_point, POINT_HELP, "beyond ±180 or ±90"},
    {"point", "id", "p", F, CALL, run_point, POINT_HELP, "beyond ±180 or ±90"},
    {"point", "ii", "p", F, CALL, run_point, POINT_HELP, "beyond ±180 or ±90"},
    {"longitude", "p", "d", FM, CALL, run_longitude, "degrees east", NULL, "longitude(point(106.70, 10.77)) == 106.70"},
    {"latitude", "p", "d", FM, CALL, run_latitude, "degrees north", NULL, "latitude(point(106.70, 10.77)) == 10.77"},
    {"distance_m", "pp", "d", F, CALL, run_distance, "metres between two points (haversine, within 0.6 %)", NULL,
        "distance_m(point(106.70, 10.77), point(106.71, 10.77)) < km(1.2)"},
    {"fold", "s", "s", FM, CALL, run_fold, "the text without diacritics, đ as d; case stays", NULL,
        "fold(\"Nguyễn Đình Chiểu\") == \"Nguyen Dinh Chieu\""},
    {"plate_normalize", "s", "s", F, CALL, run_plate, "letters and digits of a number plate in upper case", NULL,
        "plate_normalize(\"59-x1 234.56\") == \"59X123456\""},
    {"vn_aqi", "sd", "i", F, CALL, run_aqi, AQI_HELP, "no such pollutant; below zero", "vn_aqi(\"pm25\", 50) == 100"},
    {"vn_aqi", "si", "i", F, CALL, run_aqi, AQI_HELP, "no such pollutant; below zero"},
    {"vn_aqi", "su", "i", F, CALL, run_aqi, AQI_HELP, "no such pollutant; below zero"},
};
const struct ioc_library ioc_library_city = {"city", "areas, distances, plates, texts without diacritics, air quality", rows,
    sizeof rows / sizeof *rows};
