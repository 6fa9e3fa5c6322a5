#pragma once
/*
 * ingest/pseudonym.h — personal values become keyed pseudonyms before anything else sees them
 * (ENGINE.md 9).
 *
 * "p" + 24 characters of base32(BLAKE2b-120(key of the period, kind, normalised value)).  Equal
 * values of one period give equal pseudonyms, so joins work; the key rotates, so they cannot be
 * linked for ever.  Normalised: plates upper case without separators, phones digits with the
 * leading 0 made 84, e-mail lower case, else trimmed.  `informant` fields are dropped.  The key
 * file is 0600 and never leaves the directory.
 *
 * Memory   none per value
 * Thread   one at a time
 * Source   BLAKE2b: RFC 7693 (libsodium crypto_generichash)
 */
#include "core/draft.h"

struct ioc_pseudonym;
/* rotate = how long one key is used; default 30 days. */
enum ioc_status ioc_pseudonym_open(struct ioc_text directory, ioc_span rotate,
    struct ioc_pseudonym **pseudonym, struct ioc_error *err) IOC_USE;
void ioc_pseudonym_close(struct ioc_pseudonym *pseudonym);
enum { IOC_PSEUDONYM_LENGTH = 25 };
void ioc_pseudonym_make(struct ioc_pseudonym *pseudonym, enum ioc_personal kind,
    struct ioc_text value, ioc_time now, char out[IOC_PSEUDONYM_LENGTH + 1]);
