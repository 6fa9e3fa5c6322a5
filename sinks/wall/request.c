/*
 * sinks/wall/request.c — what the gateway answers to each request.
 *
 * MHD calls the handler once with the headers, then with pieces of the body, then at its end.  A
 * refusal is found with the headers and sent at the end, so that a client that is still sending
 * gets to read it.
 */
#include "sinks/wall/request.h"
#include "core/clock.h"
#include "core/id.h"
#include "core/log.h"
#include "core/memory.h"
#include "sinks/wall/history.h"
#include "sinks/wall/sitekey.h"
#include "sinks/wall/submit.h"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sodium.h>
#include <stdlib.h>
#include <strings.h>

enum route {
    ROUTE_PAGE,
    ROUTE_CONFIG,
    ROUTE_AREAS,
    ROUTE_STREAM,
    ROUTE_COMMAND,
    ROUTE_HISTORY,
    ROUTE_HEALTHZ,
    ROUTE_METRICS
};
enum { COMMANDS_KEPT = 10000 };

struct refusal { /* status 0 = none */
    unsigned status;
    const char *code, *sentence;
};
struct request {
    struct ioc_request_host *host;
    struct MHD_Connection *connection;
    enum route route;
    struct refusal refusal;
    struct ioc_buffer body;
    size_t seen;
    bool is_waiting, has_answer;
    char alert[IOC_ID_LENGTH + 1], command[40];
    struct ioc_redis_call call; /* XADD */
    struct ioc_history_user history_user;
    struct ioc_history *history;
    struct ioc_buffer answer;
};

static const struct refusal no_session = {MHD_HTTP_UNAUTHORIZED, "no-session",
    "open the link that `ioc wall` has printed; each one works once"};
static const struct refusal no_redis = {MHD_HTTP_SERVICE_UNAVAILABLE, "no-redis",
    "Redis does not answer; nothing has been done for certain, send it again with the same cmd_id"};

static const struct refusal closing = {
    MHD_HTTP_SERVICE_UNAVAILABLE, "closing", "the gateway is ending"};

static enum MHD_Result refuse(struct request *request, struct refusal refusal)
{
    return ioc_answer_error(&request->host->answer, request->connection, refusal.status,
        refusal.code, refusal.sentence);
}

static const char *header(const struct request *request, const char *name)
{
    return MHD_lookup_connection_value(request->connection, MHD_HEADER_KIND, name);
}

static struct ioc_text argument(const struct request *request, const char *name)
{
    const char *value = NULL;
    size_t length = 0;
    if (MHD_lookup_connection_value_n(request->connection, MHD_GET_ARGUMENT_KIND, name,
            strlen(name), &value, &length) != MHD_YES ||
        !value)
        return (struct ioc_text){NULL, 0};
    return (struct ioc_text){value, (uint32_t)length};
}

static struct ioc_session *session_of(const struct request *request)
{
    const char *id =
        MHD_lookup_connection_value(request->connection, MHD_COOKIE_KIND, request->host->cookie);
    return ioc_sessions_find(request->host->sessions, ioc_text_of(id), ioc_clock_steady());
}

/* Checks of the headers. */

static void find_route(struct request *request, const char *url)
{
    static const struct {
        const char *path;
        enum route route;
    } routes[] = {{"/v1/config", ROUTE_CONFIG}, {"/v1/areas", ROUTE_AREAS},
        {"/v1/stream", ROUTE_STREAM}, {"/v1/cmd", ROUTE_COMMAND}, {"/healthz", ROUTE_HEALTHZ},
        {"/metrics", ROUTE_METRICS}};
    static const char history[] = "/v1/history/";
    request->route = ROUTE_PAGE;
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (strcmp(url, routes[i].path) == 0)
            request->route = routes[i].route;
    if (strncmp(url, history, sizeof history - 1) == 0) {
        struct ioc_text id = ioc_text_of(url + sizeof history - 1);
        uint32_t partition;
        request->route = ROUTE_HISTORY;
        if (ioc_id_partition(id, &partition) == IOC_OK)
            memcpy(request->alert, id.data, IOC_ID_LENGTH);
        else
            request->refusal =
                (struct refusal){MHD_HTTP_NOT_FOUND, "no-such-alert", "that is not an alert id"};
    }
}

static bool is_json(const char *type)
{
    static const char json[] = "application/json";
    if (!type || strncasecmp(type, json, sizeof json - 1) != 0)
        return false;
    return strchr("; \t", type[sizeof json - 1]) != NULL; /* or its end */
}

static bool is_own_origin(const struct request *request)
{
    const char *origin = header(request, "Origin");
    return origin && strncmp(origin, "http://", 7) == 0 &&
           ioc_server_is_host(&request->host->server, origin + 7);
}

static bool is_too_long(const struct request *request)
{
    const char *length = header(request, "Content-Length");
    return length && strtoull(length, NULL, 10) > IOC_REQUEST_BODY;
}

static struct refusal check_headers(const struct request *request, const char *method)
{
    bool is_command = request->route == ROUTE_COMMAND;
    bool is_get =
        strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0;
    if (is_command ? strcmp(method, MHD_HTTP_METHOD_POST) != 0 : !is_get)
        return (struct refusal){
            MHD_HTTP_METHOD_NOT_ALLOWED, "bad-method", "this path does not take that method"};
    if (!ioc_server_is_host(&request->host->server, header(request, "Host")))
        return (struct refusal){
            MHD_HTTP_FORBIDDEN, "bad-host", "the Host header does not name this server"};
    if (request->host->is_closing)
        return closing;
    if (request->route == ROUTE_PAGE || request->route == ROUTE_HEALTHZ)
        return (struct refusal){0};
    if (!session_of(request))
        return no_session;
    if (request->refusal.status || !is_command)
        return request->refusal;
    if (!is_own_origin(request))
        return (struct refusal){
            MHD_HTTP_FORBIDDEN, "bad-origin", "commands come from the wall's own page only"};
    if (!is_json(header(request, "Content-Type")))
        return (struct refusal){
            MHD_HTTP_UNSUPPORTED_MEDIA_TYPE, "not-json", "Content-Type must be application/json"};
    if (is_too_long(request))
        return (struct refusal){
            MHD_HTTP_CONTENT_TOO_LARGE, "too-long", "a command is at most 64 KiB"};
    return (struct refusal){0};
}

/* Answers that need nobody. */

static enum MHD_Result answer_login(struct request *request, struct ioc_text token)
{
    struct ioc_request_host *host = request->host;
    char id[IOC_SESSION_ID + 1], cookie[160];
    enum ioc_status status =
        ioc_sessions_open(host->sessions, token, argument(request, "name"), ioc_clock_steady(), id);
    if (status == IOC_INVALID)
        return refuse(
            request, (struct refusal){MHD_HTTP_BAD_REQUEST, "bad-name",
                         "name must be 1 to 64 bytes of text without control characters"});
    if (status != IOC_OK)
        return refuse(request, no_session);
    struct MHD_Response *response = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    snprintf(cookie, sizeof cookie, "%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%lld",
        host->cookie, id, (long long)(IOC_SESSION_LIFE / IOC_SECOND));
    ioc_answer_dress(&host->answer, response, NULL);
    MHD_add_response_header(response, "Set-Cookie", cookie);
    MHD_add_response_header(response, "Location", "/");
    MHD_add_response_header(response, "Cache-Control", "no-store");
    enum MHD_Result result = MHD_queue_response(request->connection, MHD_HTTP_SEE_OTHER, response);
    MHD_destroy_response(response);
    sodium_memzero(cookie, sizeof cookie);
    sodium_memzero(id, sizeof id);
    host->token_used(host);
    return result;
}

static enum MHD_Result answer_page(struct request *request, const char *url)
{
    struct ioc_text token = argument(request, "token");
    bool is_found = false;
    if (strcmp(url, "/") == 0 && token.length)
        return answer_login(request, token);
    enum MHD_Result result =
        ioc_page_send(request->host->page, request->connection, url, &is_found);
    if (is_found)
        return result;
    return refuse(request,
        (struct refusal){MHD_HTTP_NOT_FOUND, "no-such-page", "there is nothing at this path"});
}

static enum MHD_Result answer_config(struct request *request)
{
    const struct ioc_request_host *host = request->host;
    const struct ioc_session *session = session_of(request);
    struct ioc_buffer json = {0};
    const struct {
        const char *before;
        struct ioc_text value;
    } fields[] = {{"{\"site\":", host->site}, {",\"name\":{\"vi\":", host->name_vi},
        {",\"en\":", host->name_en}, {"},\"timezone\":", host->timezone},
        {",\"gate\":", host->gate}, {",\"user\":", ioc_text_of(session ? session->user : "")},
        {",\"version\":", ioc_text_of(IOC_VERSION)}, {",\"tiles\":", host->tiles},
        {",\"areas\":{\"key\":", host->areas_key}, {",\"name\":", host->areas_name}};
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        ioc_buffer_add_string(&json, fields[i].before);
        ioc_buffer_add_json(&json, fields[i].value);
    }
    ioc_buffer_add_string(&json, "},\"languages\":[\"vi\",\"en\"],\"schema\":1}");
    enum MHD_Result result =
        ioc_answer_json(&host->answer, request->connection, MHD_HTTP_OK, ioc_buffer_text(&json));
    ioc_buffer_done(&json);
    return result;
}

static enum MHD_Result answer_areas(struct request *request)
{
    const struct ioc_outline *outline = &request->host->outline;
    const char *known = header(request, "If-None-Match");
    bool is_known = known && strstr(known, outline->etag);
    struct MHD_Response *response = MHD_create_response_from_buffer(
        is_known ? 0 : outline->json.length, (void *)outline->json.data, MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    ioc_answer_dress(&request->host->answer, response, is_known ? NULL : "application/geo+json");
    MHD_add_response_header(response, "ETag", outline->etag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
    enum MHD_Result result = MHD_queue_response(
        request->connection, is_known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result answer_stream(struct request *request)
{
    const struct ioc_session *session = session_of(request);
    if (!session)
        return refuse(request, no_session);
    return ioc_clients_add(request->host->clients, request->connection,
        ioc_text_of(header(request, "Last-Event-ID")), session->expires);
}

static enum MHD_Result answer_healthz(struct request *request)
{
    const struct ioc_request_host *host = request->host;
    bool is_up = ioc_feed_is_up(host->feed);
    char json[64];
    snprintf(json, sizeof json, "{\"redis\":\"%s\",\"clients\":%u}", is_up ? "up" : "down",
        ioc_clients_count(host->clients));
    return ioc_answer_json(&host->answer, request->connection,
        is_up ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE, ioc_text_of(json));
}

static enum MHD_Result answer_metrics(struct request *request)
{
    struct ioc_buffer text = {0};
    ioc_metric_write(&text);
    enum MHD_Result result = ioc_answer_send(&request->host->answer, request->connection,
        MHD_HTTP_OK, "text/plain; version=0.0.4; charset=utf-8", ioc_buffer_text(&text));
    ioc_buffer_done(&text);
    return result;
}

/* Answers that wait for Redis. */

static void wait_for_redis(struct request *request)
{
    request->is_waiting = true;
    MHD_suspend_connection(request->connection);
}

static void go_on(struct request *request)
{
    request->is_waiting = false;
    request->has_answer = true;
    MHD_resume_connection(request->connection);
    ioc_server_wake(&request->host->server);
}

static void command_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct request *request = (struct request *)((char *)call - offsetof(struct request, call));
    if (reply && reply->type == REDIS_REPLY_STRING) {
        ioc_metric_add(request->host->queued, 1);
        ioc_buffer_addf(&request->answer, "{\"cmd_id\":\"%s\"}", request->command);
    } else {
        char quoted[IOC_LOG_QUOTED];
        ioc_metric_add(request->host->failed, 1);
        ioc_log(IOC_LOG_WARNING, "sinks.request",
            "a command could not be queued: %s; the operator is told",
            reply && reply->type == REDIS_REPLY_ERROR
                ? ioc_log_quote(ioc_text_of(reply->str), quoted)
                : "Redis is gone");
        request->refusal = no_redis;
    }
    go_on(request);
}

static struct ioc_text address_of(const struct request *request, char out[INET6_ADDRSTRLEN])
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    const struct sockaddr *address = info ? info->client_addr : NULL;
    out[0] = 0;
    if (address && address->sa_family == AF_INET)
        inet_ntop(AF_INET, &((const struct sockaddr_in *)address)->sin_addr, out, INET6_ADDRSTRLEN);
    else if (address && address->sa_family == AF_INET6)
        inet_ntop(
            AF_INET6, &((const struct sockaddr_in6 *)address)->sin6_addr, out, INET6_ADDRSTRLEN);
    return ioc_text_of(out);
}

static enum ioc_status queue_command(struct request *request,
    const struct ioc_submission *submission, const struct ioc_session *session, ioc_time now)
{
    const struct ioc_request_host *host = request->host;
    struct ioc_buffer json = {0}, resp = {0};
    char mac[IOC_SUBMIT_MAC + 1], address[INET6_ADDRSTRLEN];
    const struct ioc_submitter by = {ioc_text_of(session->user), ioc_text_of(session->mark),
        address_of(request, address), host->gate, host->key};
    ioc_submit_sign(submission, &by, now, &json, mac);
    ioc_resp_begin(&resp, 10);
    ioc_resp_add_string(&resp, "XADD");
    ioc_sitekey_add(&resp, host->site, "cmd:", host->gate);
    ioc_resp_add_string(&resp, "MAXLEN");
    ioc_resp_add_string(&resp, "~");
    ioc_resp_add_int(&resp, COMMANDS_KEPT);
    ioc_resp_add_string(&resp, "*");
    ioc_resp_add_string(&resp, "c");
    ioc_resp_add(&resp, ioc_buffer_text(&json));
    ioc_resp_add_string(&resp, "m");
    ioc_resp_add_string(&resp, mac);
    request->call.answered = command_answered;
    enum ioc_status status =
        ioc_redis_send(ioc_feed_redis(host->feed), ioc_buffer_text(&resp), 0, &request->call);
    ioc_buffer_done(&json);
    ioc_buffer_done(&resp);
    return status;
}

static enum MHD_Result answer_command(struct request *request)
{
    struct ioc_session *session = session_of(request);
    struct ioc_submission submission;
    struct ioc_arena arena = {0};
    ioc_time now = ioc_clock_now();
    const char *why;
    enum MHD_Result result = MHD_YES;
    if (!session)
        return refuse(request, no_session);
    if (!ioc_session_may_command(session, ioc_clock_steady()))
        return refuse(request, (struct refusal){MHD_HTTP_TOO_MANY_REQUESTS, "too-many",
                                   "a session may send a hundred commands a second"});
    if (ioc_submit_read(ioc_buffer_text(&request->body), now, &arena, &submission, &why) !=
        IOC_OK) {
        ioc_metric_add(request->host->refused, 1);
        result = refuse(request, (struct refusal){MHD_HTTP_BAD_REQUEST, "bad-command", why});
    } else if (queue_command(request, &submission, session, now) != IOC_OK) {
        ioc_metric_add(request->host->failed, 1);
        result = refuse(request, no_redis);
    } else {
        snprintf(request->command, sizeof request->command, "%.*s", IOC_TEXT_ARGS(submission.id));
        wait_for_redis(request);
    }
    ioc_arena_done(&arena);
    return result;
}

static void history_finished(
    struct ioc_history_user *user, enum ioc_status status, struct ioc_text json)
{
    struct request *request =
        (struct request *)((char *)user - offsetof(struct request, history_user));
    request->host->histories--;
    if (status == IOC_OK)
        ioc_buffer_add_text(&request->answer, json);
    else if (status == IOC_NOT_FOUND)
        request->refusal =
            (struct refusal){MHD_HTTP_NOT_FOUND, "no-such-alert", "Redis does not know this alert"};
    else
        request->refusal = no_redis;
    go_on(request);
}

static enum MHD_Result answer_history(struct request *request)
{
    struct ioc_request_host *host = request->host;
    if (host->histories >= IOC_REQUEST_HISTORIES)
        return refuse(request,
            (struct refusal){MHD_HTTP_SERVICE_UNAVAILABLE, "busy", "too many ask at once"});
    request->history_user.finished = history_finished;
    request->history =
        ioc_history_new(host->site, ioc_feed_redis(host->feed), &request->history_user);
    if (ioc_history_start(request->history, ioc_text_of(request->alert)) != IOC_OK)
        return refuse(request, no_redis);
    host->histories++;
    wait_for_redis(request);
    return MHD_YES;
}

static enum MHD_Result answer_request(struct request *request, const char *url)
{
    if (request->refusal.status)
        return refuse(request, request->refusal);
    if (request->host->is_closing)
        return refuse(request, closing);
    if (request->has_answer)
        return ioc_answer_json(&request->host->answer, request->connection,
            request->route == ROUTE_COMMAND ? MHD_HTTP_ACCEPTED : MHD_HTTP_OK,
            ioc_buffer_text(&request->answer));
    switch (request->route) {
    case ROUTE_PAGE: return answer_page(request, url);
    case ROUTE_CONFIG: return answer_config(request);
    case ROUTE_AREAS: return answer_areas(request);
    case ROUTE_STREAM: return answer_stream(request);
    case ROUTE_COMMAND: return answer_command(request);
    case ROUTE_HISTORY: return answer_history(request);
    case ROUTE_HEALTHZ: return answer_healthz(request);
    case ROUTE_METRICS: return answer_metrics(request);
    }
    return MHD_NO;
}

void ioc_request_init(struct ioc_request_host *host)
{
    static const char name[] = "ioc_wall_commands_total";
    host->queued = ioc_metric_get(IOC_COUNTER, name, "answer=\"queued\"", "Commands of operators.");
    host->refused = ioc_metric_get(IOC_COUNTER, name, "answer=\"refused\"", NULL);
    host->failed = ioc_metric_get(IOC_COUNTER, name, "answer=\"failed\"", NULL);
}

/* MHD's two callbacks. */

static enum MHD_Result take_body(struct request *request, const char *bytes, size_t *length)
{
    request->seen += *length;
    if (request->seen > IOC_REQUEST_DISCARDED)
        return MHD_NO;
    if (!request->refusal.status && request->seen > IOC_REQUEST_BODY)
        request->refusal =
            (struct refusal){MHD_HTTP_CONTENT_TOO_LARGE, "too-long", "a command is at most 64 KiB"};
    if (!request->refusal.status && request->route == ROUTE_COMMAND)
        ioc_buffer_add(&request->body, bytes, *length);
    *length = 0;
    return MHD_YES;
}

enum MHD_Result ioc_request_handle(void *context, struct MHD_Connection *connection,
    const char *url, const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
    struct request *request = *state;
    if (!request) {
        *state = request = ioc_memory_take(sizeof *request);
        request->host = context;
        request->connection = connection;
        request->body.limit = IOC_REQUEST_BODY + 1;
        find_route(request, url);
        request->refusal = check_headers(request, method);
        return MHD_YES;
    }
    if (*upload_size)
        return take_body(request, upload, upload_size);
    if (request->is_waiting)
        return MHD_YES;
    return answer_request(request, url);
}

void ioc_request_completed(void *context, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode why)
{
    struct request *request = *state;
    *state = NULL;
    if (!request)
        return;
    ioc_history_free(request->history);
    ioc_buffer_done(&request->body);
    ioc_buffer_done(&request->answer);
    ioc_memory_give(request);
}
