/*
 * sinks/wall/entry.c — one entry of the delta stream as Redis answers it.
 */
#include "sinks/wall/entry.h"
#include <jansson.h>

static struct ioc_text text_of(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING)
        return (struct ioc_text){NULL, 0};
    return (struct ioc_text){reply->str, (uint32_t)reply->len};
}

bool ioc_entry_is_epoch(struct ioc_text text)
{
    for (uint32_t i = 0; i < text.length; i++) {
        char letter = text.data[i];
        if (!((letter >= '0' && letter <= '9') || (letter >= 'a' && letter <= 'z') ||
                (letter >= 'A' && letter <= 'Z')))
            return false;
    }
    return text.length && text.length <= IOC_ENTRY_EPOCH;
}

static bool is_object(struct ioc_text json)
{
    if (!json.length || json.length > IOC_ENTRY_BYTES)
        return false;
    json_t *read = json_loadb(json.data, json.length, 0, NULL);
    bool is_sound = json_is_object(read);
    json_decref(read);
    return is_sound;
}

enum ioc_status ioc_entry_read(const redisReply *reply, struct ioc_entry *entry)
{
    struct ioc_entry read = {0};
    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[1]->type != REDIS_REPLY_ARRAY ||
        ioc_position_read(text_of(reply->element[0]), &read.at) != IOC_OK)
        return IOC_INVALID;
    const redisReply *fields = reply->element[1];
    for (size_t i = 0; i + 1 < fields->elements; i += 2) {
        struct ioc_text name = text_of(fields->element[i]);
        if (ioc_text_equal(name, IOC_TEXT("g")))
            read.epoch = text_of(fields->element[i + 1]);
        else if (ioc_text_equal(name, IOC_TEXT("d")))
            read.json = text_of(fields->element[i + 1]);
    }
    read.is_sound = ioc_entry_is_epoch(read.epoch) && is_object(read.json);
    *entry = read;
    return IOC_OK;
}
