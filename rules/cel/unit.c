/* rules/cel/unit.c — the functions that write a unit, each with another one that says the same. */
#include "rules/cel/unit.h"
#include "rules/cel/builtin.h"
#include <math.h>

/* X(function, unit of core/unit, function that says the same in another unit or "", what it is, example) */
#define UNIT_FUNCTIONS(X)                                                                                   \
    X(mm, "mm", "cm", "a length in millimetres", "mm(50) == cm(5)")                                         \
    X(cm, "cm", "m", "a length in centimetres", "cm(160) == m(1.60)")                                       \
    X(m, "m", "cm", "a length in metres", "m(0.07) == cm(7)")                                               \
    X(km, "km", "m", "a length in kilometres", "km(1.5) == m(1500)")                                        \
    X(kmh, "km/h", "ms", "a speed in kilometres an hour", "kmh(18) == ms(5)")                               \
    X(ms, "m/s", "kmh", "a speed in metres a second", "ms(10) == kmh(36)")                                  \
    X(celsius, "°C", "", "a temperature in degrees Celsius", "celsius(25) > celsius(-5)")                   \
    X(fahrenheit, "°F", "", "a temperature in degrees Fahrenheit", "fahrenheit(212) == celsius(100)")       \
    X(kelvin, "K", "", "a temperature in kelvins", "kelvin(273.15) == celsius(0)")                          \
    X(hpa, "hPa", "kpa", "a pressure in hectopascals", "hpa(1013) == kpa(101.3)")                           \
    X(kpa, "kPa", "bar", "a pressure in kilopascals", "kpa(300) == bar(3)")                                 \
    X(bar, "bar", "kpa", "a pressure in bars", "bar(1) == hpa(1000)")                                       \
    X(ugm3, "ug/m3", "mgm3", "a mass concentration in micrograms a cubic metre", "ugm3(50) == mgm3(0.05)")  \
    X(mgm3, "mg/m3", "ugm3", "a mass concentration in milligrams a cubic metre", "mgm3(30) == ugm3(30000)") \
    X(ppm, "ppm", "ppb", "a mixing ratio in millionths", "ppm(1) == ppb(1000)")                             \
    X(ppb, "ppb", "ppm", "a mixing ratio in thousand-millionths", "ppb(50) == ppm(0.05)")                   \
    X(percent, "%", "", "a share in hundredths", "percent(20) > percent(5)")                                \
    X(db, "dB", "", "a sound level in decibels", "db(80) > db(65)")                                         \
    X(dba, "dBA", "", "a sound level in A-weighted decibels", "dba(80) > dba(65)")                          \
    X(m3s, "m3/s", "m3h", "a flow in cubic metres a second", "m3s(1) == m3h(3600)")                         \
    X(m3h, "m3/h", "m3s", "a flow in cubic metres an hour", "m3h(36) == ls(10)")                            \
    X(ls, "l/s", "m3h", "a flow in litres a second", "ls(10) == m3h(36)")                                   \
    X(mmh, "mm/h", "", "a rain rate in millimetres an hour", "mmh(70) > mmh(45)")                           \
    X(litres, "l", "m3", "a volume in litres", "litres(240) == m3(0.24)")                                   \
    X(m3, "m3", "litres", "a volume in cubic metres", "m3(1) == litres(1000)")                              \
    X(volts, "V", "", "a voltage in volts", "volts(3.6) > volts(3)")                                        \
    X(watts, "W", "kw", "a power in watts", "watts(1500) == kw(1.5)")                                       \
    X(kw, "kW", "watts", "a power in kilowatts", "kw(1.5) == watts(1500)")                                  \
    X(kwh, "kWh", "", "an energy in kilowatt hours", "kwh(2) > kwh(1)")                                     \
    X(lux, "lx", "", "an illuminance in lux", "lux(1000) > lux(10)")                                        \
    X(degrees, "deg", "", "an angle in degrees", "degrees(180) > degrees(90)")                              \
    X(dbm, "dBm", "", "a signal strength in decibels over a milliwatt", "dbm(-70) > dbm(-110)")             \
    X(kg, "kg", "tonnes", "a mass in kilograms", "kg(1500) == tonnes(1.5)")                                 \
    X(tonnes, "t", "kg", "a mass in tonnes", "tonnes(1.5) == kg(1500)")                                     \
    X(seconds, "s", "minutes", "a time in seconds, for fields that are numbers", "seconds(90) == minutes(1.5)") \
    X(minutes, "min", "seconds", "a time in minutes, for fields that are numbers", "minutes(2) == seconds(120)") \
    X(hours, "h", "minutes", "a time in hours, for fields that are numbers", "hours(1.5) == minutes(90)")

static const struct {
    const char *function, *unit, *other;
} functions[] = {
#define X(function, unit, other, help, example) {#function, unit, other},
    UNIT_FUNCTIONS(X)
#undef X
};
enum { FUNCTIONS = sizeof functions / sizeof *functions };

const struct ioc_unit *ioc_unit_of_function(struct ioc_text function)
{
    for (size_t i = 0; i < FUNCTIONS; i++)
        if (ioc_text_equal(function, ioc_text_of(functions[i].function)))
            return ioc_unit_find(ioc_text_of(functions[i].unit));
    return NULL;
}

const char *ioc_unit_function(const struct ioc_unit *unit)
{
    for (int is_loose = 0; is_loose < 2; is_loose++)
        for (size_t i = 0; i < FUNCTIONS; i++) {
            const struct ioc_unit *candidate = ioc_unit_find(ioc_text_of(functions[i].unit));
            if (candidate == unit || (is_loose && ioc_unit_is_same(candidate, unit)))
                return functions[i].function;
        }
    return NULL;
}

const char *ioc_unit_other(const struct ioc_unit *unit, double number, char out[IOC_TEXT_NUMBER])
{
    const char *own = ioc_unit_function(unit);
    for (size_t i = 0; own && i < FUNCTIONS; i++) {
        if (strcmp(functions[i].function, own) != 0 || !*functions[i].other)
            continue;
        const struct ioc_unit *other = ioc_unit_of_function(ioc_text_of(functions[i].other));
        double converted = ioc_unit_convert_written(number, unit, other);
        if (!isfinite(converted)) /* 1e308 metres in centimetres */
            return NULL;
        struct ioc_text text = ioc_text_of_double(converted, out);
        out[text.length] = 0;
        return text.length <= 8 ? functions[i].other : NULL; /* 4.166666666666667 helps nobody */
    }
    return NULL;
}

bool ioc_unit_read(struct ioc_text text, double *number, const struct ioc_unit **unit)
{
    text = ioc_text_trim(text);
    const char *open = text.length ? memchr(text.data, '(', text.length) : NULL;
    if (!open || text.data[text.length - 1] != ')')
        return false;
    uint32_t length = (uint32_t)(open - text.data);
    struct ioc_text inside = {open + 1, text.length - length - 2};
    const struct ioc_unit *found = ioc_unit_of_function(ioc_text_trim((struct ioc_text){text.data, length}));
    double value;
    if (!found || ioc_text_double(ioc_text_trim(inside), &value) != IOC_OK)
        return false;
    *number = value;
    *unit = found;
    return true;
}

/* Checked programs hold none of these calls. */
static IOC_BUILTIN_RUN(run_unit)
{
    return IOC_FAULT_OVERLOAD;
}

#define X(function, unit, other, help, example)                                                                        \
    {#function, "d", "d", IOC_BUILTIN_FUNCTION | IOC_BUILTIN_INDEXED, IOC_OP_CALL, run_unit, help " (" unit ")", NULL, example}, \
        {#function, "i", "d", IOC_BUILTIN_FUNCTION | IOC_BUILTIN_INDEXED, IOC_OP_CALL, run_unit, help " (" unit ")"},
static const struct ioc_builtin rows[] = {UNIT_FUNCTIONS(X)};
#undef X
const struct ioc_library ioc_library_units = {
    "units", "numbers with their unit, converted to that of the field beside them", rows, sizeof rows / sizeof *rows};
