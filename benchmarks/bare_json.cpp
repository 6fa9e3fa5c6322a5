/*
 * benchmarks/bare_json.cpp — simdjson alone.
 */
#include "benchmarks/bare_json.h"
#include <cstdlib>
#include <new>
#include <simdjson.h>

struct bare_json {
    simdjson::dom::parser parser;
};

extern "C" struct bare_json *bare_json_new(size_t bytes_most)
{
    struct bare_json *json = new (std::nothrow) struct bare_json();
    if (!json || json->parser.allocate(bytes_most) != simdjson::SUCCESS)
        abort();
    return json;
}

extern "C" void bare_json_free(struct bare_json *json)
{
    delete json;
}

extern "C" size_t bare_json_padding(void)
{
    return simdjson::SIMDJSON_PADDING;
}

extern "C" bool bare_json_parse(struct bare_json *json, const char *bytes, size_t length)
{
    simdjson::dom::element root;
    return json->parser.parse(bytes, length, false).get(root) == simdjson::SUCCESS;
}

static bool add_number(simdjson::dom::object object, const char *name, double *sum)
{
    double value;
    if (object[name].get(value) != simdjson::SUCCESS)
        return false;
    *sum += value;
    return true;
}

extern "C" bool bare_json_read(
    struct bare_json *json, const char *bytes, size_t length, double *sum)
{
    simdjson::dom::element root;
    simdjson::dom::object object, position;
    std::string_view station, status;
    if (json->parser.parse(bytes, length, false).get(root) != simdjson::SUCCESS ||
        root.get(object) != simdjson::SUCCESS)
        return false;
    bool has_texts = object["station"].get(station) == simdjson::SUCCESS &&
                     object["status"].get(status) == simdjson::SUCCESS;
    *sum += static_cast<double>(station.size() + status.size());
    return has_texts && add_number(object, "ts", sum) && add_number(object, "depth", sum) &&
           add_number(object, "rain", sum) && add_number(object, "battery", sum) &&
           object["position"].get(position) == simdjson::SUCCESS &&
           add_number(position, "lat", sum) && add_number(position, "lon", sum);
}
