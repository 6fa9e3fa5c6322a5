#pragma once
/*
 * ingest/secret.h — keys that never leave their directory: made once at random, 0600, read back at
 * every start.
 *
 * Memory   the caller's
 * Thread   one at a time (start)
 * Failure  IOC_FAILED the system refused; IOC_INVALID not a key file; IOC_DENIED others may read it
 */
#include "core/status.h"
#include "core/text.h"

/* Made (0700, with its parents) when it is not there. */
enum ioc_status ioc_secret_directory(struct ioc_text directory, struct ioc_error *err) IOC_USE;
/* Reads the key file, or makes it from random bytes. */
enum ioc_status ioc_secret_key(struct ioc_text directory, const char *name, uint8_t *key,
    size_t length, struct ioc_error *err) IOC_USE;
enum ioc_status ioc_secret_key_read(struct ioc_text directory, const char *name, uint8_t *key,
    size_t length, struct ioc_error *err) IOC_USE;
/* Writes a private file whole: a new one beside it, synced, then renamed over it. */
enum ioc_status ioc_secret_write(struct ioc_text directory, const char *name, struct ioc_text bytes,
    struct ioc_error *err) IOC_USE;
