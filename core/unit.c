/*
 * core/unit.c — the table of units, and the conversion in doubles and in fractions.
 */
#include "core/unit.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

static const struct ioc_unit units[] = {
    {"mm", "length", 1, 1000},
    {"cm", "length", 1, 100},
    {"dm", "length", 1, 10},
    {"m", "length", 1, 1},
    {"km", "length", 1000, 1},
    {"in", "length", 254, 10000},
    {"inch", "length", 254, 10000},
    {"ft", "length", 3048, 10000},
    {"mi", "length", 1609344, 1000},

    {"m/s", "speed", 1, 1},
    {"mps", "speed", 1, 1},
    {"km/h", "speed", 5, 18},
    {"kmh", "speed", 5, 18},
    {"kph", "speed", 5, 18},
    {"mph", "speed", 44704, 100000},
    {"kn", "speed", 1852, 3600},
    {"kt", "speed", 1852, 3600},

    {"C", "temperature", 1, 1, 27315},
    {"°C", "temperature", 1, 1, 27315},
    {"degC", "temperature", 1, 1, 27315},
    {"F", "temperature", 5, 9, 45967},
    {"°F", "temperature", 5, 9, 45967},
    {"degF", "temperature", 5, 9, 45967},
    {"K", "temperature", 1, 1},

    {"Pa", "pressure", 1, 1},
    {"hPa", "pressure", 100, 1},
    {"mbar", "pressure", 100, 1},
    {"kPa", "pressure", 1000, 1},
    {"MPa", "pressure", 1000000, 1},
    {"bar", "pressure", 100000, 1},
    {"mmHg", "pressure", 133322387415, 1000000000},
    {"inHg", "pressure", 3386389, 1000},
    {"psi", "pressure", 6894757, 1000},

    {"ug/m3", "mass concentration", 1, 1},
    {"µg/m3", "mass concentration", 1, 1},
    {"μg/m3", "mass concentration", 1, 1},
    {"µg/m³", "mass concentration", 1, 1},
    {"μg/m³", "mass concentration", 1, 1},
    {"ug/m³", "mass concentration", 1, 1},
    {"mg/m3", "mass concentration", 1000, 1},
    {"mg/m³", "mass concentration", 1000, 1},
    {"g/m3", "mass concentration", 1000000, 1},
    {"mg/l", "mass concentration", 1000000, 1},
    {"mg/L", "mass concentration", 1000000, 1},

    {"ppm", "mixing ratio", 1, 1},
    {"ppb", "mixing ratio", 1, 1000},

    {"1", "ratio", 1, 1},
    {"%", "ratio", 1, 100},
    {"percent", "ratio", 1, 100},
    {"‰", "ratio", 1, 1000},

    {"dB", "sound level", 1, 1},
    {"dBA", "sound level", 1, 1},
    {"dB(A)", "sound level", 1, 1},

    {"m3/s", "flow", 1, 1},
    {"m³/s", "flow", 1, 1},
    {"m3/h", "flow", 1, 3600},
    {"m³/h", "flow", 1, 3600},
    {"l/s", "flow", 1, 1000},
    {"L/s", "flow", 1, 1000},
    {"l/min", "flow", 1, 60000},
    {"ft3/s", "flow", 28316846592, 1000000000000},

    {"ms", "time", 1, 1000},
    {"s", "time", 1, 1},
    {"min", "time", 60, 1},
    {"h", "time", 3600, 1},
    {"d", "time", 86400, 1},

    {"mm/h", "rain rate", 1, 1},
    {"in/h", "rain rate", 254, 10},

    {"l", "volume", 1, 1000},
    {"L", "volume", 1, 1000},
    {"m3", "volume", 1, 1},
    {"m³", "volume", 1, 1},

    {"mV", "voltage", 1, 1000},
    {"V", "voltage", 1, 1},

    {"mA", "current", 1, 1000},
    {"A", "current", 1, 1},

    {"W", "power", 1, 1},
    {"kW", "power", 1000, 1},
    {"MW", "power", 1000000, 1},

    {"Wh", "energy", 1, 1},
    {"kWh", "energy", 1000, 1},
    {"MWh", "energy", 1000000, 1},

    {"lx", "illuminance", 1, 1},
    {"lux", "illuminance", 1, 1},

    {"W/m2", "irradiance", 1, 1},
    {"W/m²", "irradiance", 1, 1},

    {"deg", "angle", 1, 1},
    {"°", "angle", 1, 1},
    {"rad", "angle", 5729577951308232, 100000000000000},

    {"dBm", "signal strength", 1, 1},

    {"kg", "mass", 1, 1},
    {"t", "mass", 1000, 1},
    {"g", "mass", 1, 1000},

    {"B", "amount of data", 1, 1},
    {"kB", "amount of data", 1000, 1},
    {"MB", "amount of data", 1000000, 1},
    {"GB", "amount of data", 1000000000, 1},

    {"count", "count", 1, 1},
    {"pcs", "count", 1, 1},
};
enum { UNITS = sizeof units / sizeof units[0] };

const struct ioc_unit *ioc_unit_find(struct ioc_text name)
{
    for (size_t i = 0; i < UNITS; i++)
        if (ioc_text_equal(name, ioc_text_of(units[i].name)))
            return &units[i];
    return NULL;
}

bool ioc_unit_is_same(const struct ioc_unit *a, const struct ioc_unit *b)
{
    return a->numerator == b->numerator && a->denominator == b->denominator && a->shift == b->shift &&
           strcmp(a->dimension, b->dimension) == 0;
}

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b) {
        int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

struct ioc_unit_steps ioc_unit_steps(const struct ioc_unit *from, const struct ioc_unit *to)
{
    assert(strcmp(from->dimension, to->dimension) == 0);
    int64_t ups = common_divisor(from->numerator, to->numerator), downs = common_divisor(from->denominator, to->denominator);
    int64_t up = from->numerator / ups * (to->denominator / downs), down = from->denominator / downs * (to->numerator / ups);
    struct ioc_unit_steps steps = {.up = (double)up, .down = (double)down};
    int64_t shift = 0; /* only temperatures have one, and their fractions are small */
    if (from->shift || to->shift)
        shift = from->shift * up - to->shift * down;
    if (shift && shift % (100 * up) == 0)
        steps.before = (double)(shift / (100 * up));
    else if (shift)
        steps.after = (double)shift / (double)(100 * down);
    return steps;
}

double ioc_unit_convert(double value, const struct ioc_unit *from, const struct ioc_unit *to)
{
    if (ioc_unit_is_same(from, to))
        return value;
    struct ioc_unit_steps steps = ioc_unit_steps(from, to);
    return (value + steps.before) * steps.up / steps.down + steps.after;
}

/* ------------------------------------------------------------- in fractions */

struct fraction {
    __int128 up, down; /* down > 0, no common divisor */
    bool is_lost;      /* it did not fit */
};

static struct fraction reduce(struct fraction value)
{
    __int128 a = value.up < 0 ? -value.up : value.up, b = value.down;
    while (b) {
        __int128 rest = a % b;
        a = b;
        b = rest;
    }
    if (a > 1) {
        value.up /= a;
        value.down /= a;
    }
    return value;
}

static struct fraction multiply(struct fraction value, int64_t up, int64_t down)
{
    value.is_lost |= __builtin_mul_overflow(value.up, (__int128)up, &value.up);
    value.is_lost |= __builtin_mul_overflow(value.down, (__int128)down, &value.down);
    return value.is_lost ? value : reduce(value);
}

static struct fraction add_hundredths(struct fraction value, int64_t shift)
{
    if (shift == 0)
        return value;
    value = multiply(value, 100, 1);
    __int128 more;
    value.is_lost |= __builtin_mul_overflow(value.down, (__int128)shift, &more);
    value.is_lost |= __builtin_add_overflow(value.up, more, &value.up);
    return value.is_lost ? value : multiply(value, 1, 100);
}

/* The number as a person wrote it: its shortest decimal text. */
static struct fraction read_decimal(double value)
{
    struct fraction read = {.down = 1};
    char room[IOC_TEXT_NUMBER];
    struct ioc_text text = ioc_text_of_double(value, room);
    int exponent = 0;
    bool is_behind = false;
    for (uint32_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (letter == 'e' || letter == 'E') {
            int64_t power;
            struct ioc_text rest = {text.data + i + 1, text.length - i - 1};
            if (rest.length && rest.data[0] == '+')
                rest = (struct ioc_text){rest.data + 1, rest.length - 1};
            read.is_lost |= ioc_text_int(rest, &power) != 0 || power > 20 || power < -20;
            exponent += read.is_lost ? 0 : (int)power;
            break;
        }
        if (letter == '.') {
            is_behind = true;
        } else if (letter >= '0' && letter <= '9') {
            read.is_lost |= __builtin_mul_overflow(read.up, (__int128)10, &read.up);
            read.up += letter - '0';
            exponent -= is_behind;
        }
    }
    for (; exponent > 0 && !read.is_lost; exponent--)
        read = multiply(read, 10, 1);
    for (; exponent < 0 && !read.is_lost; exponent++)
        read = multiply(read, 1, 10);
    if (value < 0)
        read.up = -read.up;
    return read;
}

double ioc_unit_convert_written(double value, const struct ioc_unit *from, const struct ioc_unit *to)
{
    assert(strcmp(from->dimension, to->dimension) == 0);
    if (ioc_unit_is_same(from, to) || !isfinite(value))
        return value;
    struct fraction exact = add_hundredths(read_decimal(value), from->shift);
    if (!exact.is_lost)
        exact = multiply(multiply(exact, from->numerator, from->denominator), to->denominator, to->numerator);
    if (!exact.is_lost)
        exact = add_hundredths(exact, -to->shift);
    const __int128 most = (__int128)1 << 53; /* up to there doubles are whole numbers, and one division rounds once */
    if (exact.is_lost || exact.up > most || exact.up < -most || exact.down > most)
        return ioc_unit_convert(value, from, to);
    return (double)exact.up / (double)exact.down;
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
