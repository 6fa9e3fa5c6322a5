#pragma once
/*
 * sinks/wall/page.h — the page's static files, read once at start.
 *
 * A request is looked up in the list of names, never in the file system, so no path leads out of
 * the directory. Links, hidden files, node_modules and files of other types are passed over.
 *
 * Memory   at most 512 files, 32 MiB together, 6 directories deep; kept until ioc_page_free()
 * Thread   the gateway's loop
 * Failure  IOC_NOT_FOUND: no directory, or no index.html in it; IOC_LIMIT: more or bigger than the
 *          bounds
 */
#include "sinks/wall/answer.h"

enum { IOC_PAGE_FILES = 512, IOC_PAGE_BYTES = 32 * 1024 * 1024, IOC_PAGE_DEPTH = 6 };
struct ioc_page;

enum ioc_status ioc_page_load(struct ioc_text directory, const struct ioc_answer *answer,
    struct ioc_page **page, struct ioc_error *err) IOC_USE;
void ioc_page_free(struct ioc_page *page);
/* Queues the file of a path such as "/" or "/lib/leaflet/leaflet.css", 304 when the ETag agrees;
 * *is_found tells whether there is one. */
enum MHD_Result ioc_page_send(const struct ioc_page *page, struct MHD_Connection *connection,
    const char *path, bool *is_found);
