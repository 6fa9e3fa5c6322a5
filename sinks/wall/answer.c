/*
 * sinks/wall/answer.c — HTTP answers with the headers that every one of them carries.
 */
#include "sinks/wall/answer.h"

static bool is_host_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || (letter && strchr(".-:[]_", letter));
}

/* "https://host:port" of a URL; empty when there is none. */
static struct ioc_text find_origin(struct ioc_text url)
{
    static const struct ioc_text schemes[] = {{"https://", 8}, {"http://", 7}};
    for (int i = 0; i < 2; i++) {
        if (!ioc_text_starts(url, schemes[i]))
            continue;
        uint32_t end = schemes[i].length;
        while (end < url.length && is_host_letter(url.data[end]))
            end++;
        bool is_whole =
            end > schemes[i].length && end < 256 && (end == url.length || url.data[end] == '/');
        return (struct ioc_text){url.data, is_whole ? end : 0};
    }
    return (struct ioc_text){NULL, 0};
}

enum ioc_status ioc_answer_init(
    struct ioc_answer *answer, struct ioc_text tiles, struct ioc_error *err)
{
    struct ioc_text origin = find_origin(tiles);
    if (tiles.length && !origin.length) {
        ioc_error_set(
            err, "bad-tiles", "the tile server must be a URL of the form http(s)://host[:port]/…");
        return IOC_INVALID;
    }
    snprintf(answer->policy, sizeof answer->policy,
        "default-src 'self'; img-src 'self' data:%s%.*s; style-src 'self'; frame-ancestors 'none'; "
        "base-uri 'none'; form-action 'none'",
        origin.length ? " " : "", (int)origin.length, origin.length ? origin.data : "");
    return IOC_OK;
}

void ioc_answer_dress(
    const struct ioc_answer *answer, struct MHD_Response *response, const char *type)
{
    MHD_add_response_header(response, "Content-Security-Policy", answer->policy);
    MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
    MHD_add_response_header(response, "X-Frame-Options", "DENY");
    MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
    MHD_add_response_header(response, "Cross-Origin-Opener-Policy", "same-origin");
    MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
    if (type)
        MHD_add_response_header(response, "Content-Type", type);
}

enum MHD_Result ioc_answer_send(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, const char *type, struct ioc_text body)
{
    struct MHD_Response *response =
        MHD_create_response_from_buffer(body.length, (void *)body.data, MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    ioc_answer_dress(answer, response, type);
    MHD_add_response_header(response, "Cache-Control", "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, "Allow", "GET, HEAD, POST");
    if (status == MHD_HTTP_SERVICE_UNAVAILABLE || status == MHD_HTTP_TOO_MANY_REQUESTS)
        MHD_add_response_header(response, "Retry-After", "1");
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result ioc_answer_json(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, struct ioc_text json)
{
    return ioc_answer_send(answer, connection, status, "application/json; charset=utf-8", json);
}

enum MHD_Result ioc_answer_error(const struct ioc_answer *answer, struct MHD_Connection *connection,
    unsigned status, const char *code, const char *sentence)
{
    struct ioc_buffer json = {.limit = 4096};
    ioc_buffer_add_string(&json, "{\"error\":");
    ioc_buffer_add_json(&json, ioc_text_of(code));
    ioc_buffer_add_string(&json, ",\"text\":");
    ioc_buffer_add_json(&json, ioc_text_of(sentence));
    ioc_buffer_add_char(&json, '}');
    enum MHD_Result result = ioc_answer_json(answer, connection, status, ioc_buffer_text(&json));
    ioc_buffer_done(&json);
    return result;
}
