/*
 * ingest/command.c — operators' commands: from each gateway's Redis stream into the shards.
 *
 * Two connections: one waits in XREADGROUP, the other one acknowledges.  A session makes the groups, reads what was
 * read before and never acknowledged, then waits for what is new.  A gate without a free place is not read.
 */
#include "ingest/command.h"
#include "core/clock.h"
#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include "ingest/gate.h"
#include "ingest/repeat.h"
#include <assert.h>
#include <sodium.h>

enum { GATES_MOST = 1000, BLOCK_MS = 1000, SHORT_BLOCK_MS = 50, RETRY_MS = 1000, WATCH_MS = 5000 };
static const ioc_span patience = 60 * IOC_SECOND;

enum stage { AWAY, GROUPING, READING, RESTING };
struct ioc_commands {
    struct ioc_redis_user reader_user, writer_user;
    struct ioc_redis *reader, *writer;
    struct ioc_redis_call group, read;
    bool is_waiting;      /* group or read is in flight */
    bool is_looking_back; /* the read in flight is of what was read before */
    bool is_complaining;
    enum stage stage;
    uint32_t grouped; /* gates whose group is known to be there */
    struct ioc_gate *gates;
    uint32_t gate_count;
    uint16_t source;
    struct ioc_router *router;
    struct ioc_command_refusal *refusal;
    struct ioc_repeat repeat;
    struct ioc_arena arena;
    struct ioc_buffer resp, packed;
    uv_timer_t retry, watch;
    int closing;
    bool is_closing;
};

static struct ioc_text text_of(const redisReply *reply)
{
    if (reply->type != REDIS_REPLY_STRING)
        return (struct ioc_text){0};
    return (struct ioc_text){reply->str, (uint32_t)reply->len};
}

static void count_result(const struct ioc_gate *gate, const char *result)
{
    struct ioc_buffer labels = {0};
    ioc_metric_label(&labels, "gate", ioc_text_of(gate->name));
    ioc_metric_label(&labels, "result", ioc_text_of(result));
    ioc_buffer_add_char(&labels, '\0');
    ioc_metric_add(ioc_metric_get(IOC_COUNTER, "ioc_commands_total", labels.data,
                       "Commands read from gateways, by what became of them."),
        1);
    ioc_buffer_done(&labels);
}

static void refuse(struct ioc_gate *gate, const struct ioc_command *command, const char *why)
{
    char id[IOC_LOG_QUOTED], user[IOC_LOG_QUOTED], alert[IOC_LOG_QUOTED], ip[IOC_LOG_QUOTED];
    ioc_log(IOC_LOG_WARNING, "ingest.command",
        "command refused why=%s gate=%s cmd_id=%s user=%s alert=%s ip=%s", why, gate->name,
        ioc_log_quote(command->id, id), ioc_log_quote(command->user, user),
        ioc_log_quote(command->alert, alert), ioc_log_quote(command->ip, ip));
    count_result(gate, why);
    uint32_t partition = 0;
    bool has_partition = ioc_id_partition(command->alert, &partition) == IOC_OK;
    struct ioc_result result = {
        .partition = has_partition ? (uint8_t)partition : 0,
        .command = command->id,
        .gate = ioc_text_of(gate->name),
        .alert = command->alert,
        .user = command->user,
        .why = ioc_text_of(why),
    };
    gate->commands->refusal->refuse(gate->commands->refusal, &result);
}

static void push(
    struct ioc_gate *gate, struct ioc_gate_place *place, const struct ioc_command *command)
{
    struct ioc_commands *commands = gate->commands;
    uint32_t partition = 0;
    enum ioc_status status = ioc_id_partition(command->alert, &partition);
    assert(status == IOC_OK);
    (void)status;
    struct ioc_record header = {
        .kind = IOC_RECORD_COMMAND,
        .partition = (uint8_t)partition,
        .source = commands->source,
        .ack = ioc_gate_token(gate, (uint32_t)(gate - commands->gates), place),
    };
    ioc_buffer_reset(&commands->packed);
    ioc_command_pack(command, &commands->packed);
    place->state = IOC_GATE_PUSHED;
    count_result(gate, "accepted");
    ioc_router_push(
        commands->router, &header, commands->packed.data, (uint32_t)commands->packed.length);
}

static void take_command(
    struct ioc_gate *gate, struct ioc_gate_place *place, struct ioc_text json, struct ioc_text mac)
{
    struct ioc_commands *commands = gate->commands;
    struct ioc_command command = {0};
    const char *why = NULL;
    ioc_span now = ioc_clock_steady();
    enum ioc_status status = ioc_command_verify(json, mac, gate->key, ioc_clock_now(),
        ioc_text_of(gate->name), &commands->arena, &command, &why);
    if (status == IOC_OK && ioc_repeat_has(&commands->repeat, command.id, now))
        why = "repeated";
    if (why) {
        refuse(gate, &command, why);
    } else {
        ioc_repeat_add(&commands->repeat, command.id, now);
        push(gate, place, &command);
    }
    ioc_arena_done(&commands->arena);
}

/* [id, [field, value…]]; nil for the fields when the entry has been trimmed away. */
static void take_entry(struct ioc_gate *gate, const redisReply *entry)
{
    if (entry->type != REDIS_REPLY_ARRAY || entry->elements != 2)
        return;
    struct ioc_text id = text_of(entry->element[0]);
    if (id.length == 0 || id.length >= IOC_GATE_ENTRY)
        return;
    if (gate->commands->is_looking_back) {
        memcpy(gate->pending, id.data, id.length);
        gate->pending[id.length] = '\0';
    }
    struct ioc_gate_place *place;
    if (ioc_gate_find(gate, id) || !(place = ioc_gate_take(gate, id, ioc_clock_steady())))
        return;
    const redisReply *fields = entry->element[1];
    struct ioc_text json = {0}, mac = {0};
    for (size_t i = 0; fields->type == REDIS_REPLY_ARRAY && i + 1 < fields->elements; i += 2) {
        struct ioc_text name = text_of(fields->element[i]);
        if (ioc_text_equal(name, IOC_TEXT("c")))
            json = text_of(fields->element[i + 1]);
        else if (ioc_text_equal(name, IOC_TEXT("m")))
            mac = text_of(fields->element[i + 1]);
    }
    if (json.length > 0)
        take_command(gate, place, json, mac);
    else
        refuse(gate, &(struct ioc_command){0}, "malformed");
}

static struct ioc_gate *find_gate(struct ioc_commands *commands, struct ioc_text stream)
{
    for (uint32_t i = 0; i < commands->gate_count; i++) {
        if (ioc_text_equal(ioc_text_of(commands->gates[i].stream), stream))
            return &commands->gates[i];
    }
    return NULL;
}

static void take_stream(struct ioc_commands *commands, const redisReply *stream)
{
    if (stream->type != REDIS_REPLY_ARRAY || stream->elements != 2 ||
        stream->element[1]->type != REDIS_REPLY_ARRAY)
        return;
    struct ioc_gate *gate = find_gate(commands, text_of(stream->element[0]));
    if (!gate)
        return;
    const redisReply *entries = stream->element[1];
    if (commands->is_looking_back && entries->elements == 0)
        gate->has_pending = false;
    for (size_t i = 0; i < entries->elements; i++)
        take_entry(gate, entries->element[i]);
    ioc_gate_leave(gate, commands->writer, &commands->resp);
}

static void make_group(struct ioc_commands *commands)
{
    struct ioc_buffer *resp = &commands->resp;
    ioc_buffer_reset(resp);
    ioc_resp_command(resp, "XGROUP", "CREATE", commands->gates[commands->grouped].stream, "engine",
        "0", "MKSTREAM", NULL);
    commands->is_waiting =
        ioc_redis_send(commands->reader, ioc_buffer_text(resp), 0, &commands->group) == IOC_OK;
}

static void begin_session(struct ioc_commands *commands)
{
    commands->stage = GROUPING;
    commands->grouped = 0;
    for (uint32_t i = 0; i < commands->gate_count; i++)
        ioc_gate_look_back(&commands->gates[i]);
    if (commands->gate_count > 0)
        make_group(commands);
}

static void try_again(uv_timer_t *timer)
{
    struct ioc_commands *commands = timer->data;
    if (commands->stage == RESTING && ioc_redis_is_up(commands->reader))
        begin_session(commands);
}

static void rest(struct ioc_commands *commands, const redisReply *reply)
{
    char quoted[IOC_LOG_QUOTED];
    if (!commands->is_complaining)
        ioc_log(IOC_LOG_ERROR, "ingest.command",
            "Redis refuses to give commands: %s; trying again every second",
            ioc_log_quote((struct ioc_text){reply->str, (uint32_t)reply->len}, quoted));
    commands->is_complaining = true;
    commands->stage = RESTING;
    uv_timer_start(&commands->retry, try_again, RETRY_MS, 0);
}

static bool is_readable(const struct ioc_gate *gate, bool is_looking_back)
{
    return gate->used < IOC_GATE_PLACES && gate->has_pending == is_looking_back;
}

static void write_read(
    struct ioc_commands *commands, bool is_looking_back, uint32_t streams, uint32_t room)
{
    struct ioc_buffer *resp = &commands->resp;
    ioc_buffer_reset(resp);
    ioc_resp_begin(resp, (is_looking_back ? 7 : 9) + 2 * streams);
    ioc_resp_add_string(resp, "XREADGROUP");
    ioc_resp_add_string(resp, "GROUP");
    ioc_resp_add_string(resp, "engine");
    ioc_resp_add_string(resp, "engine");
    ioc_resp_add_string(resp, "COUNT");
    ioc_resp_add_int(resp, room);
    if (!is_looking_back) {
        ioc_resp_add_string(resp, "BLOCK");
        /* A gate that is left out comes in again as soon as it has a place. */
        ioc_resp_add_int(resp, streams < commands->gate_count ? SHORT_BLOCK_MS : BLOCK_MS);
    }
    ioc_resp_add_string(resp, "STREAMS");
    for (uint32_t i = 0; i < commands->gate_count; i++) {
        if (is_readable(&commands->gates[i], is_looking_back))
            ioc_resp_add_string(resp, commands->gates[i].stream);
    }
    for (uint32_t i = 0; i < commands->gate_count; i++) {
        if (is_readable(&commands->gates[i], is_looking_back))
            ioc_resp_add_string(resp, is_looking_back ? commands->gates[i].pending : ">");
    }
}

static void read_on(struct ioc_commands *commands)
{
    bool is_looking_back = false;
    uint32_t streams = 0, room = IOC_GATE_PLACES;
    if (commands->stage != READING || commands->is_waiting || commands->is_closing)
        return;
    for (uint32_t i = 0; i < commands->gate_count; i++)
        is_looking_back |= is_readable(&commands->gates[i], true);
    for (uint32_t i = 0; i < commands->gate_count; i++) {
        const struct ioc_gate *gate = &commands->gates[i];
        if (!is_readable(gate, is_looking_back))
            continue;
        streams++;
        room = IOC_GATE_PLACES - gate->used < room ? IOC_GATE_PLACES - gate->used : room;
    }
    if (streams == 0)
        return; /* goes on when a place is free */
    write_read(commands, is_looking_back, streams, room);
    ioc_span wait = is_looking_back ? 0 : BLOCK_MS * IOC_MILLISECOND;
    commands->is_looking_back = is_looking_back;
    commands->is_waiting = ioc_redis_send(commands->reader, ioc_buffer_text(&commands->resp), wait,
                               &commands->read) == IOC_OK;
}

static void read_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_commands *commands =
        (struct ioc_commands *)((char *)call - offsetof(struct ioc_commands, read));
    commands->is_waiting = false;
    if (!reply || commands->is_closing)
        return;
    if (reply->type == REDIS_REPLY_ERROR) {
        rest(commands, reply);
        return;
    }
    commands->is_complaining = false;
    for (size_t i = 0; reply->type == REDIS_REPLY_ARRAY && i < reply->elements; i++)
        take_stream(commands, reply->element[i]);
    ioc_router_flush(commands->router);
    read_on(commands);
}

static void group_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_commands *commands =
        (struct ioc_commands *)((char *)call - offsetof(struct ioc_commands, group));
    commands->is_waiting = false;
    if (!reply || commands->is_closing)
        return;
    if (reply->type == REDIS_REPLY_ERROR && strncmp(reply->str, "BUSYGROUP", 9) != 0) {
        rest(commands, reply);
        return;
    }
    if (++commands->grouped < commands->gate_count) {
        make_group(commands);
        return;
    }
    commands->stage = READING;
    read_on(commands);
}

static void left_answered(struct ioc_redis_call *call, const redisReply *reply)
{
    struct ioc_gate *gate = (struct ioc_gate *)call;
    struct ioc_commands *commands = gate->commands;
    bool has_left = reply && reply->type != REDIS_REPLY_ERROR;
    ioc_gate_settle(gate, has_left);
    if (!has_left || commands->is_closing)
        return; /* what is done is acknowledged again by the watch, or when the connection is back */
    ioc_gate_leave(gate, commands->writer, &commands->resp);
    read_on(commands);
}

/* A lane that was full has refused a record, so its token never comes; the entry is still pending in Redis. */
static void look_for_forgotten(uv_timer_t *timer)
{
    struct ioc_commands *commands = timer->data;
    if (commands->is_waiting && commands->is_looking_back)
        return;
    for (uint32_t i = 0; i < commands->gate_count; i++) {
        struct ioc_gate *gate = &commands->gates[i];
        if (ioc_gate_give_up(gate, ioc_clock_steady() - patience))
            ioc_gate_look_back(gate);
        ioc_gate_leave(gate, commands->writer, &commands->resp);
    }
    read_on(commands);
}

static struct ioc_commands *of_reader(struct ioc_redis_user *user)
{
    return (struct ioc_commands *)((char *)user - offsetof(struct ioc_commands, reader_user));
}

static struct ioc_commands *of_writer(struct ioc_redis_user *user)
{
    return (struct ioc_commands *)((char *)user - offsetof(struct ioc_commands, writer_user));
}

static void reader_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    begin_session(of_reader(user));
}

static void reader_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why)
{
    of_reader(user)->stage = AWAY;
}

static void writer_up(struct ioc_redis_user *user, struct ioc_redis *redis)
{
    struct ioc_commands *commands = of_writer(user);
    for (uint32_t i = 0; i < commands->gate_count; i++)
        ioc_gate_leave(&commands->gates[i], commands->writer, &commands->resp);
}

static void writer_down(struct ioc_redis_user *user, struct ioc_redis *redis, const char *why) {}

static void free_commands(struct ioc_commands *commands)
{
    for (uint32_t i = 0; i < commands->gate_count; i++)
        ioc_gate_done(&commands->gates[i]);
    ioc_memory_give(commands->gates);
    ioc_repeat_done(&commands->repeat);
    ioc_arena_done(&commands->arena);
    ioc_buffer_done(&commands->resp);
    ioc_buffer_done(&commands->packed);
    ioc_memory_give(commands);
}

static void count_closed(struct ioc_commands *commands)
{
    if (--commands->closing == 0)
        free_commands(commands);
}

static void reader_closed(struct ioc_redis_user *user)
{
    count_closed(of_reader(user));
}

static void writer_closed(struct ioc_redis_user *user)
{
    count_closed(of_writer(user));
}

static void timer_closed(uv_handle_t *handle)
{
    count_closed(handle->data);
}

static enum ioc_status make_gates(struct ioc_commands *commands,
    const struct ioc_commands_options *options, struct ioc_error *err)
{
    if (options->gate_count > GATES_MOST) {
        ioc_error_set(err, "too-many-gates", "there are %u gates; %d at most", options->gate_count,
            GATES_MOST);
        return IOC_LIMIT;
    }
    commands->gates = ioc_memory_take(((size_t)options->gate_count + 1) * sizeof *commands->gates);
    for (uint32_t i = 0; i < options->gate_count; i++) {
        enum ioc_status status =
            ioc_gate_init(&commands->gates[i], options->site, &options->gates[i], err);
        if (status != IOC_OK)
            return status;
        commands->gates[i].left.answered = left_answered;
        commands->gates[i].commands = commands;
        commands->gate_count++;
    }
    return IOC_OK;
}

static void start_timers(struct ioc_commands *commands, uv_loop_t *loop)
{
    uv_timer_init(loop, &commands->retry);
    uv_timer_init(loop, &commands->watch);
    commands->retry.data = commands->watch.data = commands;
    uv_timer_start(&commands->watch, look_for_forgotten, WATCH_MS, WATCH_MS);
}

enum ioc_status ioc_commands_open(const struct ioc_commands_options *options,
    struct ioc_commands **commands, struct ioc_error *err)
{
    if (sodium_init() < 0) {
        ioc_error_set(err, "no-sodium", "the cryptographic library cannot be used");
        return IOC_FAILED;
    }
    struct ioc_commands *made = ioc_memory_take(sizeof *made);
    made->reader_user =
        (struct ioc_redis_user){.up = reader_up, .down = reader_down, .closed = reader_closed};
    made->writer_user =
        (struct ioc_redis_user){.up = writer_up, .down = writer_down, .closed = writer_closed};
    made->group.answered = group_answered;
    made->read.answered = read_answered;
    made->source = options->source;
    made->router = options->router;
    made->refusal = options->refusal;
    ioc_repeat_init(&made->repeat);
    struct ioc_redis_options connection = options->redis;
    connection.name = "ingest.command";
    enum ioc_status status = make_gates(made, options, err);
    if (status == IOC_OK)
        status = ioc_redis_open(options->loop, &connection, &made->reader_user, &made->reader, err);
    if (status != IOC_OK) {
        free_commands(made);
        return status;
    }
    status = ioc_redis_open(options->loop, &connection, &made->writer_user, &made->writer, err);
    start_timers(made, options->loop);
    if (status != IOC_OK) {
        ioc_commands_close(made);
        return status;
    }
    *commands = made;
    return IOC_OK;
}

void ioc_commands_acknowledge(struct ioc_commands *commands, const uint64_t *tokens, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t index = ioc_gate_index(tokens[i]);
        struct ioc_gate *gate = index < commands->gate_count ? &commands->gates[index] : NULL;
        struct ioc_gate_place *place = gate ? ioc_gate_place(gate, tokens[i]) : NULL;
        if (place)
            place->state = IOC_GATE_DONE;
    }
    for (uint32_t i = 0; i < commands->gate_count; i++)
        ioc_gate_leave(&commands->gates[i], commands->writer, &commands->resp);
}

void ioc_commands_close(struct ioc_commands *commands)
{
    if (!commands || commands->is_closing)
        return;
    commands->is_closing = true;
    commands->closing = 2 + (commands->reader != NULL) + (commands->writer != NULL);
    uv_close((uv_handle_t *)&commands->retry, timer_closed);
    uv_close((uv_handle_t *)&commands->watch, timer_closed);
    if (commands->reader)
        ioc_redis_close(commands->reader);
    if (commands->writer)
        ioc_redis_close(commands->writer);
}
