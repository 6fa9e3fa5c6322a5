#pragma once
/*
 * sinks/wall/answer.h — HTTP answers with the headers that every one of them carries.
 *
 * Nothing that came in with a request goes into an answer, but an alert id and a cmd_id whose
 * shape was checked.  Errors are {"error":code,"text":sentence}.
 *
 * Memory   MHD's, released when it has been sent
 * Thread   the gateway's loop
 */
#include "core/buffer.h"
#include <microhttpd.h>

enum { IOC_ANSWER_POLICY = 640 };
struct ioc_answer {
    char policy[IOC_ANSWER_POLICY]; /* Content-Security-Policy */
};

/* tiles: "" or the URL of a tile server, whose origin images may then come from; IOC_INVALID when
 * it is not http(s)://host[:port]/… */
enum ioc_status ioc_answer_init(
    struct ioc_answer *answer, struct ioc_text tiles, struct ioc_error *err) IOC_USE;
/* Adds the headers of every answer; type may be NULL. */
void ioc_answer_dress(
    const struct ioc_answer *answer, struct MHD_Response *response, const char *type);
/* Queues a copy of body, not to be cached. */
enum MHD_Result ioc_answer_send(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, const char *type, struct ioc_text body);
enum MHD_Result ioc_answer_json(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, struct ioc_text json);
enum MHD_Result ioc_answer_error(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, const char *code, const char *sentence);
