#pragma once
/*
 * core/id.h — alert ids: two characters of partition, then 26 of hash.  Fixed for ever (ENGINE.md 7).
 *
 * id = base32(partition, 2 characters) + base32(BLAKE2b-128 of: length-prefixed site, length-prefixed
 * rule id, length-prefixed key bytes, onset as 8 bytes big-endian, ordinal as 4 bytes big-endian;
 * lengths are 4 bytes big-endian).  base32 = Crockford's alphabet in lower case
 * ("0123456789abcdefghjkmnpqrstvwxyz"), most significant bits first, the last character padded with 0.
 *
 * Thread   any
 */
#include "core/key.h"

enum { IOC_ID_LENGTH = 28 };

struct ioc_id {
    char text[IOC_ID_LENGTH + 1]; /* NUL behind */
};

void ioc_id_make(struct ioc_id *id, struct ioc_text site, struct ioc_text rule, struct ioc_text key_bytes,
    ioc_time onset, uint32_t ordinal);
/* IOC_INVALID when it is not the text of an alert id. */
enum ioc_status ioc_id_partition(struct ioc_text id, uint32_t *partition) IOC_USE;
