/*
 * ingest/mqtt_store.c — paho's own file store, but a received message leaves it when its
 * acknowledgement leaves.
 *
 * paho removes the file as soon as the message was delivered; an engine that is killed before its
 * journal has it would lose the message.  Removing is therefore put off until PUBCOMP is sent.
 */
#include "ingest/mqtt.h"

#include <stdlib.h>

/* paho's own file store, in its library. */
int pstopen(void **handle, const char *client, const char *uri, void *context);
int pstclose(void *handle);
int pstput(void *handle, char *key, int count, char *buffers[], int lengths[]);
int pstget(void *handle, char *key, char **buffer, int *length);
int pstremove(void *handle, char *key);
int pstkeys(void *handle, char ***keys, int *count);
int pstclear(void *handle);
int pstcontainskey(void *handle, char *key);

static int store_open(void **handle, const char *client, const char *uri, void *context)
{
    struct ioc_source *source = context;
    *handle = source;
    return pstopen(&source->store_handle, client, uri, source->store_path);
}

static int store_close(void *handle)
{
    struct ioc_source *source = handle;
    int rc = source->store_handle ? pstclose(source->store_handle) : 0;
    source->store_handle = NULL;
    return rc;
}

static int store_put(void *handle, char *key, int count, char *buffers[], int lengths[])
{
    return pstput(((struct ioc_source *)handle)->store_handle, key, count, buffers, lengths);
}

static int store_get(void *handle, char *key, char **buffer, int *length)
{
    return pstget(((struct ioc_source *)handle)->store_handle, key, buffer, length);
}

static int store_remove(void *handle, char *key)
{
    struct ioc_source *source = handle;
    if (strncmp(key, "r-", 2) == 0 &&
        (source->is_refusing || ioc_ledger_knows(&source->ledger, (uint16_t)atoi(key + 2))))
        return 0;
    return pstremove(source->store_handle, key);
}

static int store_keys(void *handle, char ***keys, int *count)
{
    return pstkeys(((struct ioc_source *)handle)->store_handle, keys, count);
}

static int store_clear(void *handle)
{
    return pstclear(((struct ioc_source *)handle)->store_handle);
}

static int store_has(void *handle, char *key)
{
    return pstcontainskey(((struct ioc_source *)handle)->store_handle, key);
}

void ioc_mqtt_store_init(struct ioc_source *source)
{
    source->store = (MQTTClient_persistence){source, store_open, store_close, store_put, store_get,
        store_remove, store_keys, store_clear, store_has};
}

/* Should PUBCOMP be lost, paho answers the repeated PUBREL without delivering. */
void ioc_mqtt_store_forget(struct ioc_source *source, uint16_t id)
{
    char key[16];
    ioc_ledger_forget(&source->ledger, id);
    snprintf(key, sizeof key, "r-%u", id);
    if (source->store_handle)
        (void)pstremove(source->store_handle, key);
}
