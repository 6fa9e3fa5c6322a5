/*
 * ingest/unit.c — the table of units and one multiplication.
 */
#include "ingest/unit.h"

#include <assert.h>
#include <stdio.h>

static const struct ioc_unit units[] = {
    {"mm", "length", 1e-3, 0},
    {"cm", "length", 1e-2, 0},
    {"dm", "length", 1e-1, 0},
    {"m", "length", 1, 0},
    {"km", "length", 1e3, 0},
    {"in", "length", 0.0254, 0},
    {"inch", "length", 0.0254, 0},
    {"ft", "length", 0.3048, 0},
    {"mi", "length", 1609.344, 0},

    {"m/s", "speed", 1, 0},
    {"mps", "speed", 1, 0},
    {"km/h", "speed", 1 / 3.6, 0},
    {"kmh", "speed", 1 / 3.6, 0},
    {"kph", "speed", 1 / 3.6, 0},
    {"mph", "speed", 0.44704, 0},
    {"kn", "speed", 1852.0 / 3600, 0},
    {"kt", "speed", 1852.0 / 3600, 0},

    {"C", "temperature", 1, 273.15},
    {"°C", "temperature", 1, 273.15},
    {"degC", "temperature", 1, 273.15},
    {"F", "temperature", 5.0 / 9, 459.67 * 5 / 9},
    {"°F", "temperature", 5.0 / 9, 459.67 * 5 / 9},
    {"degF", "temperature", 5.0 / 9, 459.67 * 5 / 9},
    {"K", "temperature", 1, 0},

    {"Pa", "pressure", 1, 0},
    {"hPa", "pressure", 100, 0},
    {"mbar", "pressure", 100, 0},
    {"kPa", "pressure", 1e3, 0},
    {"MPa", "pressure", 1e6, 0},
    {"bar", "pressure", 1e5, 0},
    {"mmHg", "pressure", 133.322387415, 0},
    {"inHg", "pressure", 3386.389, 0},
    {"psi", "pressure", 6894.757, 0},

    {"ug/m3", "mass concentration", 1, 0},
    {"µg/m3", "mass concentration", 1, 0},
    {"μg/m3", "mass concentration", 1, 0},
    {"µg/m³", "mass concentration", 1, 0},
    {"μg/m³", "mass concentration", 1, 0},
    {"ug/m³", "mass concentration", 1, 0},
    {"mg/m3", "mass concentration", 1e3, 0},
    {"mg/m³", "mass concentration", 1e3, 0},
    {"g/m3", "mass concentration", 1e6, 0},
    {"mg/l", "mass concentration", 1e6, 0},
    {"mg/L", "mass concentration", 1e6, 0},

    {"ppm", "mixing ratio", 1, 0},
    {"ppb", "mixing ratio", 1e-3, 0},

    {"1", "ratio", 1, 0},
    {"%", "ratio", 1e-2, 0},
    {"percent", "ratio", 1e-2, 0},
    {"‰", "ratio", 1e-3, 0},

    {"dB", "sound", 1, 0},
    {"dBA", "sound", 1, 0},
    {"dB(A)", "sound", 1, 0},

    {"m3/s", "flow", 1, 0},
    {"m³/s", "flow", 1, 0},
    {"m3/h", "flow", 1.0 / 3600, 0},
    {"m³/h", "flow", 1.0 / 3600, 0},
    {"l/s", "flow", 1e-3, 0},
    {"L/s", "flow", 1e-3, 0},
    {"l/min", "flow", 1e-3 / 60, 0},
    {"ft3/s", "flow", 0.028316846592, 0},

    {"ms", "time", 1e-3, 0},
    {"s", "time", 1, 0},
    {"min", "time", 60, 0},
    {"h", "time", 3600, 0},
    {"d", "time", 86400, 0},

    {"mm/h", "rain rate", 1, 0},
    {"in/h", "rain rate", 25.4, 0},

    {"l", "volume", 1e-3, 0},
    {"L", "volume", 1e-3, 0},
    {"m3", "volume", 1, 0},
    {"m³", "volume", 1, 0},

    {"mV", "voltage", 1e-3, 0},
    {"V", "voltage", 1, 0},
    {"mA", "current", 1e-3, 0},
    {"A", "current", 1, 0},
    {"W", "power", 1, 0},
    {"kW", "power", 1e3, 0},
    {"MW", "power", 1e6, 0},
    {"Wh", "energy", 1, 0},
    {"kWh", "energy", 1e3, 0},
    {"MWh", "energy", 1e6, 0},
    {"lx", "illuminance", 1, 0},
    {"lux", "illuminance", 1, 0},
    {"W/m2", "irradiance", 1, 0},
    {"W/m²", "irradiance", 1, 0},
    {"deg", "angle", 1, 0},
    {"°", "angle", 1, 0},
    {"rad", "angle", 57.29577951308232, 0},
    {"dBm", "signal", 1, 0},
    {"kg", "mass", 1, 0},
    {"t", "mass", 1e3, 0},
    {"g", "mass", 1e-3, 0},
    {"B", "data", 1, 0},
    {"kB", "data", 1e3, 0},
    {"MB", "data", 1e6, 0},
    {"GB", "data", 1e9, 0},
    {"count", "count", 1, 0},
    {"pcs", "count", 1, 0},
};
enum { UNITS = sizeof units / sizeof units[0] };

const struct ioc_unit *ioc_unit_find(struct ioc_text name)
{
    for (size_t i = 0; i < UNITS; i++)
        if (ioc_text_equal(name, ioc_text_of(units[i].name)))
            return &units[i];
    return NULL;
}

double ioc_unit_convert(double value, const struct ioc_unit *from, const struct ioc_unit *to)
{
    assert(strcmp(from->dimension, to->dimension) == 0);
    if (from->factor == to->factor && from->offset == to->offset)
        return value;
    return (value * from->factor + from->offset - to->offset) / to->factor;
}

size_t ioc_unit_names(const char *dimension, char *out, size_t room)
{
    size_t at = 0;
    for (size_t i = 0; i < UNITS; i++) {
        size_t length = strlen(units[i].name);
        if (strcmp(units[i].dimension, dimension) != 0 || at + length + 3 > room)
            continue;
        at += (size_t)snprintf(out + at, room - at, "%s%s", at ? ", " : "", units[i].name);
    }
    return at;
}
