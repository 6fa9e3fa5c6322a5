/*
 * ingest/kinds.c — the two lists of plug-ins.
 */
#include "ingest/decoder.h"
#include "ingest/source.h"

extern const struct ioc_source_kind ioc_source_mqtt, ioc_source_replay;
extern const struct ioc_decoder_kind ioc_decoder_json;

const struct ioc_source_kind *const ioc_source_kinds[] = {
    &ioc_source_mqtt, &ioc_source_replay, NULL};
/* The first is the default. */
const struct ioc_decoder_kind *const ioc_decoder_kinds[] = {&ioc_decoder_json, NULL};

const struct ioc_source_kind *ioc_source_find(struct ioc_text name)
{
    for (int i = 0; ioc_source_kinds[i]; i++)
        if (ioc_text_equal(name, ioc_text_of(ioc_source_kinds[i]->name)))
            return ioc_source_kinds[i];
    return NULL;
}

const struct ioc_decoder_kind *ioc_decoder_find(struct ioc_text name)
{
    for (int i = 0; ioc_decoder_kinds[i]; i++)
        if (ioc_text_equal(name, ioc_text_of(ioc_decoder_kinds[i]->name)))
            return ioc_decoder_kinds[i];
    return NULL;
}

const char *ioc_source_state_text(enum ioc_source_state state)
{
    static const char *const texts[] = {"connecting", "up", "down", "ended"};
    return texts[state];
}
