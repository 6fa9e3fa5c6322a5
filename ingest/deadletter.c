/*
 * ingest/deadletter.c — two files of lines in turn; payloads sealed with the directory's own key.
 *
 * deadletter.jsonl is written, deadletter.1.jsonl is the one before.  They change places when the
 * first is full, or when its oldest line is half a week old, so that none outlives a week
 * (ENGINE.md 9).
 */
#include "ingest/deadletter.h"

#include "core/log.h"
#include "core/memory.h"
#include "core/metric.h"
#include "ingest/json.h"
#include "ingest/secret.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PAYLOAD_MOST = 64 * 1024, PATH_MOST = 4096 };
static const ioc_span half_life = 84 * IOC_HOUR;

struct ioc_deadletter {
    char path[PATH_MOST], old_path[PATH_MOST];
    uint8_t key[crypto_secretbox_KEYBYTES];
    uint8_t *sealed; /* nonce and box of the largest payload */
    char *encoded;   /* the same in base64 */
    struct ioc_buffer line;
    uint64_t most, length;
    ioc_time first; /* of the oldest line of the file; IOC_TIME_NONE = empty */
    int fd;
    struct ioc_metric *unwritten;
};
enum { SEALED_MOST = crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + PAYLOAD_MOST };
enum { ENCODED_MOST = sodium_base64_ENCODED_LEN(SEALED_MOST, sodium_base64_VARIANT_ORIGINAL) };

/* Every line begins {"t":"…". */
static ioc_time time_of_line(const char *line, size_t length)
{
    static const char start[] = "{\"t\":\"";
    ioc_time time;
    if (length < sizeof start || memcmp(line, start, sizeof start - 1) != 0)
        return IOC_TIME_NONE;
    struct ioc_text text = {line + sizeof start - 1, (uint32_t)(length - (sizeof start - 1))};
    const char *end = memchr(text.data, '"', text.length);
    if (!end)
        return IOC_TIME_NONE;
    text.length = (uint32_t)(end - text.data);
    return ioc_time_parse(text, NULL, &time) == IOC_OK ? time : IOC_TIME_NONE;
}

static bool open_file(struct ioc_deadletter *deadletter)
{
    char head[64];
    struct stat status;
    deadletter->fd =
        open(deadletter->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (deadletter->fd < 0)
        return false;
    deadletter->length = fstat(deadletter->fd, &status) == 0 ? (uint64_t)status.st_size : 0;
    ssize_t count = pread(deadletter->fd, head, sizeof head, 0);
    deadletter->first = count > 0 ? time_of_line(head, (size_t)count) : IOC_TIME_NONE;
    return true;
}

enum ioc_status ioc_deadletter_open(struct ioc_text directory, uint64_t most_bytes,
    struct ioc_deadletter **deadletter, struct ioc_error *err)
{
    struct ioc_deadletter *made = ioc_memory_take(sizeof *made);
    made->fd = -1;
    made->most = most_bytes;
    snprintf(made->path, sizeof made->path, "%.*s/deadletter.jsonl", IOC_TEXT_ARGS(directory));
    snprintf(
        made->old_path, sizeof made->old_path, "%.*s/deadletter.1.jsonl", IOC_TEXT_ARGS(directory));
    enum ioc_status status = sodium_init() < 0 ? IOC_FAILED : ioc_secret_directory(directory, err);
    if (status == IOC_OK)
        status = ioc_secret_key(directory, "deadletter.key", made->key, sizeof made->key, err);
    if (status == IOC_OK && !open_file(made)) {
        ioc_error_set(err, "cannot-open", "Dead letters cannot be written to %s: %s", made->path,
            strerror(errno));
        status = IOC_FAILED;
    }
    if (status != IOC_OK) {
        ioc_deadletter_close(made);
        return status;
    }
    made->sealed = ioc_memory_take(SEALED_MOST);
    made->encoded = ioc_memory_take(ENCODED_MOST);
    made->unwritten = ioc_metric_get(IOC_COUNTER, "ioc_deadletter_unwritten_total", "",
        "Dead letters that the disk did not take.");
    *deadletter = made;
    return IOC_OK;
}

void ioc_deadletter_close(struct ioc_deadletter *deadletter)
{
    if (!deadletter)
        return;
    if (deadletter->fd >= 0)
        close(deadletter->fd);
    sodium_memzero(deadletter->key, sizeof deadletter->key);
    ioc_memory_give(deadletter->sealed);
    ioc_memory_give(deadletter->encoded);
    ioc_buffer_done(&deadletter->line);
    ioc_memory_give(deadletter);
}

static void add_member(struct ioc_buffer *line, const char *name, struct ioc_text value)
{
    ioc_buffer_addf(line, ",\"%s\":", name);
    ioc_buffer_add_json(line, value);
}

static void write_line(struct ioc_deadletter *deadletter, const struct ioc_deadletter_note *note)
{
    struct ioc_buffer *line = &deadletter->line;
    char time[IOC_TIME_TEXT];
    uint32_t length = note->payload.length < PAYLOAD_MOST ? note->payload.length : PAYLOAD_MOST;
    uint8_t *nonce = deadletter->sealed, *box = nonce + crypto_secretbox_NONCEBYTES;
    randombytes_buf(nonce, crypto_secretbox_NONCEBYTES);
    crypto_secretbox_easy(box, (const uint8_t *)note->payload.data, length, nonce, deadletter->key);
    sodium_bin2base64(deadletter->encoded, ENCODED_MOST, deadletter->sealed,
        crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES + length,
        sodium_base64_VARIANT_ORIGINAL);

    ioc_buffer_reset(line);
    ioc_buffer_add_string(line, "{\"t\":");
    ioc_buffer_add_json(line, ioc_time_format(note->at, NULL, time));
    add_member(line, "source", note->source);
    add_member(line, "topic", note->topic);
    add_member(line, "reason", ioc_text_of(note->reason));
    if (note->detail && note->detail[0])
        add_member(line, "detail", ioc_text_of(note->detail));
    ioc_buffer_addf(line, ",\"at\":%u", note->position);
    add_member(line, "stream", note->stream);
    ioc_buffer_addf(line, ",\"bytes\":%u", note->payload.length);
    add_member(line, "payload", ioc_text_of(deadletter->encoded));
    ioc_buffer_add_string(line, "}\n");
}

static void turn_files(struct ioc_deadletter *deadletter)
{
    close(deadletter->fd);
    deadletter->fd = -1;
    if (rename(deadletter->path, deadletter->old_path) != 0)
        (void)!truncate(deadletter->path, 0); /* bounded comes before kept */
    (void)open_file(deadletter);
}

void ioc_deadletter_write(struct ioc_deadletter *deadletter, const struct ioc_deadletter_note *note)
{
    write_line(deadletter, note);
    size_t length = deadletter->line.length;
    bool is_old = deadletter->first != IOC_TIME_NONE &&
                  ioc_time_since(note->at, deadletter->first) > half_life;
    bool is_full = deadletter->length && deadletter->length + length > deadletter->most;
    if (deadletter->fd >= 0 && (is_old || is_full))
        turn_files(deadletter);
    else if (deadletter->fd < 0)
        (void)open_file(deadletter); /* the disk may be back */
    ssize_t count = -1;
    if (deadletter->fd >= 0 && length <= deadletter->most)
        count = write(deadletter->fd, deadletter->line.data, length);
    if (count == (ssize_t)length) {
        deadletter->length += length;
        if (deadletter->first == IOC_TIME_NONE)
            deadletter->first = note->at;
        return;
    }
    if (count > 0 && ftruncate(deadletter->fd, (off_t)deadletter->length) != 0)
        deadletter->length += (size_t)count; /* half a line stays; readers skip it */
    ioc_metric_add(deadletter->unwritten, 1);
}

enum ioc_status ioc_deadletter_unseal(struct ioc_text directory, struct ioc_text line,
    struct ioc_buffer *payload, struct ioc_error *err)
{
    uint8_t key[crypto_secretbox_KEYBYTES];
    struct ioc_json *json = ioc_json_new();
    struct ioc_json_node wanted = {.name = IOC_TEXT("payload"), .item = -1, .value_count = 1};
    struct ioc_json_node tree = {.item = -1, .first = &wanted};
    struct ioc_json_value root, found = {.kind = IOC_JSON_NONE};
    uint8_t *bytes = NULL;
    size_t length = 0;
    enum ioc_status status = ioc_secret_key_read(directory, "deadletter.key", key, sizeof key, err);
    if (status == IOC_OK)
        status = ioc_json_parse(json, line, &root, err);
    if (status != IOC_OK)
        goto out;
    ioc_json_pick(&root, &tree, &found);
    bytes = ioc_memory_take(line.length + 1);
    status = IOC_INVALID;
    ioc_error_set(err, "bad-line", "The line holds no sealed payload");
    if (found.kind != IOC_JSON_TEXT ||
        sodium_base642bin(bytes, line.length, found.text.data, found.text.length, NULL, &length,
            NULL, sodium_base64_VARIANT_ORIGINAL) != 0)
        goto out;
    if (length < crypto_secretbox_NONCEBYTES + crypto_secretbox_MACBYTES)
        goto out;
    size_t plain = length - crypto_secretbox_NONCEBYTES - crypto_secretbox_MACBYTES;
    ioc_buffer_reset(payload);
    char *room = ioc_buffer_reserve(payload, plain + 1);
    if (!room) {
        status = IOC_LIMIT;
        goto out;
    }
    if (crypto_secretbox_open_easy((uint8_t *)room, bytes + crypto_secretbox_NONCEBYTES,
            length - crypto_secretbox_NONCEBYTES, bytes, key) != 0) {
        ioc_error_set(
            err, "wrong-key", "The payload was sealed with another key, or the line was changed");
        status = IOC_DENIED;
        goto out;
    }
    payload->length = plain;
    status = IOC_OK;
out:
    sodium_memzero(key, sizeof key);
    ioc_memory_give(bytes);
    ioc_json_free(json);
    return status;
}
