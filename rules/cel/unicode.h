#pragma once
/*
 * rules/cel/unicode.h — what Unicode says about letters: categories, scripts, case.
 *
 * The tables are made by unicode.pl; letters.h reads them.
 *
 * Source   unicode.org/reports/tr44
 */
#include <stdint.h>

/* Runs of code points with the same value, up to where the next begins. */
extern const char ioc_unicode_category_names[]; /* "Cn Cc …": two letters and a blank each, by number */
extern const uint32_t ioc_unicode_categories[]; /* first code point << 5 | category */
extern const uint32_t ioc_unicode_categories_count;
extern const char *const ioc_unicode_script_names[]; /* script 1 on; 0 = none */
extern const uint32_t ioc_unicode_script_names_count;
extern const uint32_t ioc_unicode_scripts[]; /* first code point << 8 | script */
extern const uint32_t ioc_unicode_scripts_count;

/* Letters with the same simple case folding form a ring; from each of lo, lo + stride … hi the next is `delta` away. */
struct ioc_unicode_step {
    uint32_t lo, hi;
    int32_t delta;
    uint8_t stride;
};
extern const struct ioc_unicode_step ioc_unicode_steps[];
extern const uint32_t ioc_unicode_steps_count;
