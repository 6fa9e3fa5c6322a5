/*
 * ingest/secret.c — private key files, written whole or not at all.
 */
#include "ingest/secret.h"

#include "core/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MOST = 4096, HEX_MOST = 256 };

static bool make_path(char path[PATH_MOST], struct ioc_text directory, const char *name,
    const char *end, struct ioc_error *err)
{
    int length = snprintf(path, PATH_MOST, "%.*s/%s%s", IOC_TEXT_ARGS(directory), name, end);
    if (length > 0 && length < PATH_MOST)
        return true;
    ioc_error_set(err, "path-too-long", "The path of %s is too long", name);
    return false;
}

enum ioc_status ioc_secret_directory(struct ioc_text directory, struct ioc_error *err)
{
    char path[PATH_MOST];
    if (!make_path(path, directory, "", "", err))
        return IOC_FAILED;
    for (char *at = path + 1; *at; at++) {
        if (*at != '/')
            continue;
        *at = 0;
        if (mkdir(path, 0700) != 0 && errno != EEXIST) {
            ioc_error_set(
                err, "cannot-make", "Directory %s cannot be made: %s", path, strerror(errno));
            return IOC_FAILED;
        }
        *at = '/';
    }
    return IOC_OK;
}

enum ioc_status ioc_secret_write(
    struct ioc_text directory, const char *name, struct ioc_text bytes, struct ioc_error *err)
{
    char path[PATH_MOST], fresh[PATH_MOST];
    if (!make_path(path, directory, name, "", err) ||
        !make_path(fresh, directory, name, ".new", err))
        return IOC_FAILED;
    (void)unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_good =
        fd >= 0 && write(fd, bytes.data, bytes.length) == (ssize_t)bytes.length && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && is_good) {
        is_good = false;
        why = errno;
    }
    if (is_good && rename(fresh, path) != 0) {
        is_good = false;
        why = errno;
    }
    if (is_good) {
        *strrchr(path, '/') = 0;
        int parent = open(path[0] ? path : "/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (parent >= 0) {
            (void)fsync(parent);
            close(parent);
        }
        return IOC_OK;
    }
    (void)unlink(fresh);
    ioc_error_set(err, "cannot-write", "Key file %s cannot be written: %s", path, strerror(why));
    return IOC_FAILED;
}

enum ioc_status ioc_secret_key_read(
    struct ioc_text directory, const char *name, uint8_t *key, size_t length, struct ioc_error *err)
{
    char path[PATH_MOST];
    struct ioc_arena arena = {0};
    struct ioc_text text;
    size_t got = 0;
    if (!make_path(path, directory, name, "", err))
        return IOC_FAILED;
    enum ioc_status status = ioc_file_read(path, HEX_MOST, true, &arena, &text, err);
    if (status == IOC_OK) {
        text = ioc_text_trim(text);
        bool is_hex = text.length == 2 * length &&
                      sodium_hex2bin(key, length, text.data, text.length, NULL, &got, NULL) == 0 &&
                      got == length;
        if (!is_hex) {
            ioc_error_set(err, "bad-key", "%s is not a key file of %zu bytes in hex", path, length);
            status = IOC_INVALID;
        }
        sodium_memzero((char *)text.data, text.length);
    }
    ioc_arena_done(&arena);
    return status;
}

enum ioc_status ioc_secret_key(
    struct ioc_text directory, const char *name, uint8_t *key, size_t length, struct ioc_error *err)
{
    char hex[HEX_MOST];
    enum ioc_status status = ioc_secret_key_read(directory, name, key, length, err);
    if (status != IOC_NOT_FOUND)
        return status;
    *err = (struct ioc_error){0}; /* no fault: the next one must not stand at this place */
    randombytes_buf(key, length);
    sodium_bin2hex(hex, sizeof hex, key, length);
    status = ioc_secret_write(directory, name, (struct ioc_text){hex, (uint32_t)(2 * length)}, err);
    sodium_memzero(hex, sizeof hex);
    return status;
}
