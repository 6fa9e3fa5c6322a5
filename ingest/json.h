#pragma once
/*
 * ingest/json.h — JSON from strangers: strict, bounded, with the byte where it went wrong (simdjson
 * behind C).
 *
 * A document is parsed whole and validated whole (RFC 8259, UTF-8) before anything of it is used: a
 * byte order mark, comments, leading zeros, trailing bytes, bad UTF-8 are refused with the byte
 * offset.  An escaped second half of a surrogate pair alone (\udc00) comes through as a text that is
 * not UTF-8; the draft refuses that value.  Then values are looked up by a tree of compiled JSON
 * pointers (RFC 6901) in one walk.  Of members with equal names the last wins, as in the programs
 * that most senders test with.  Integers beyond 64 bits are refused.
 *
 * Memory   a padded copy of the document and the parser's buffers, grown to what was needed and
 *          reused. Texts and values live until the next ioc_json_parse().
 * Owner    ioc_json_new() → ioc_json_free()
 * Thread   one at a time
 * Failure  IOC_INVALID not JSON: err.column = byte offset from 1.  IOC_LIMIT too deep (64) or too
 *          long.
 */
#ifdef __cplusplus
extern "C" {
#endif
#include "core/status.h"
#include "core/text.h"

struct ioc_json;
enum { IOC_JSON_DEPTH = 64, IOC_JSON_MOST = 1024 * 1024 };

enum ioc_json_kind {
    IOC_JSON_NONE, /* nothing is there */
    IOC_JSON_NULL,
    IOC_JSON_BOOL,
    IOC_JSON_INT,
    IOC_JSON_UINT, /* beyond int */
    IOC_JSON_DOUBLE,
    IOC_JSON_TEXT,
    IOC_JSON_ARRAY,
    IOC_JSON_OBJECT,
};
struct ioc_json_value {
    uint32_t kind; /* enum ioc_json_kind */
    bool truth;
    union {
        int64_t integer;
        uint64_t natural;
        double real;
        struct ioc_text text;
    };
    const void *document; /* where an array or object lies */
    size_t place;
};

/* A tree of compiled pointers: built by the mapping, walked here. */
struct ioc_json_node {
    struct ioc_text name; /* the member's name, unescaped */
    int64_t item;         /* as an index into an array; -1 = no index */
    struct ioc_json_node *first, *next;
    uint32_t first_value, value_count; /* results[first_value …] get the value here */
};

struct ioc_json *ioc_json_new(void);
void ioc_json_free(struct ioc_json *json);
enum ioc_status ioc_json_parse(struct ioc_json *json, struct ioc_text bytes,
    struct ioc_json_value *root, struct ioc_error *err) IOC_USE;
/* Fills results[] of every node of the tree that is there; the caller has cleared them. */
void ioc_json_pick(const struct ioc_json_value *from, const struct ioc_json_node *tree,
    struct ioc_json_value *results);

/* Walks an array or an object: begin, then next while true; name is empty in an array. */
struct ioc_json_walk {
    const void *document;
    size_t place, end;
    bool is_object;
};
void ioc_json_walk_begin(struct ioc_json_walk *walk, const struct ioc_json_value *value);
bool ioc_json_walk_next(
    struct ioc_json_walk *walk, struct ioc_text *name, struct ioc_json_value *value);
/* Items of an array or members of an object. */
uint32_t ioc_json_count(const struct ioc_json_value *value);
/* Byte offset from 1 of the first byte that is not JSON, and why; 0 when the text is well-formed.
 * A second, plain scanner that only runs when the parser has refused. */
uint32_t ioc_json_fault(struct ioc_text bytes, const char **why);
#ifdef __cplusplus
}
#endif
