#pragma once
/*
 * benchmarks/bare_json.h — simdjson alone, behind C: what bench_json.c compares the decoder with.
 *
 * Memory   bare_json_new() → bare_json_free()
 * Thread   one at a time
 * Failure  false: not JSON
 */
#ifdef __cplusplus
extern "C" {
#endif
#include <stdbool.h>
#include <stddef.h>

struct bare_json;
struct bare_json *bare_json_new(size_t bytes_most);
void bare_json_free(struct bare_json *json);
size_t bare_json_padding(void);
/* Parses and validates with the DOM parser; `bytes` have the padding behind them. */
bool bare_json_parse(struct bare_json *json, const char *bytes, size_t length);
/* The same, and reads the eight values of the benchmark's reading by name. */
bool bare_json_read(struct bare_json *json, const char *bytes, size_t length, double *sum);
#ifdef __cplusplus
}
#endif
