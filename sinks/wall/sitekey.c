/*
 * sinks/wall/sitekey.c — names of a site's keys in Redis.
 */
#include "sinks/wall/sitekey.h"

void ioc_sitekey_add(
    struct ioc_buffer *resp, struct ioc_text site, const char *name, struct ioc_text rest)
{
    /* "ioc:{" + site + "}:" + name + rest */
    ioc_buffer_addf(
        resp, "$%zu\r\nioc:{", 5 + (size_t)site.length + 2 + strlen(name) + rest.length);
    ioc_buffer_add_text(resp, site);
    ioc_buffer_add_string(resp, "}:");
    ioc_buffer_add_string(resp, name);
    ioc_buffer_add_text(resp, rest);
    ioc_buffer_add_string(resp, "\r\n");
}
