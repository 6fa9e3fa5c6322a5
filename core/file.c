/*
 * core/file.c — a whole regular file into an arena, within a bound.
 */
#include "core/file.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

static enum ioc_status read_all(int handle, const char *path, size_t size, struct ioc_arena *arena,
    struct ioc_text *bytes, struct ioc_error *err)
{
    char *data = ioc_arena_take(arena, size + 1);
    size_t length = 0;
    while (length < size) {
        ssize_t got = read(handle, data + length, size - length);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0) {
            ioc_error_set(err, "file", "'%s' cannot be read: %s", path, strerror(errno));
            return IOC_FAILED;
        }
        if (got == 0)
            break;
        length += (size_t)got;
    }
    *bytes = (struct ioc_text){data, (uint32_t)length};
    return IOC_OK;
}

enum ioc_status ioc_file_read(const char *path, size_t most, bool is_private,
    struct ioc_arena *arena, struct ioc_text *bytes, struct ioc_error *err)
{
    /* Without O_NONBLOCK a FIFO in the place of a file would hang us. */
    int handle = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    struct stat about;
    enum ioc_status status = IOC_FAILED;
    ioc_error_place(err, path, 0, 0);
    if (handle < 0) {
        status = errno == ENOENT ? IOC_NOT_FOUND : IOC_FAILED;
        ioc_error_set(err, "file", "'%s' cannot be opened: %s", path, strerror(errno));
    } else if (fstat(handle, &about) != 0) {
        ioc_error_set(err, "file", "'%s' cannot be read: %s", path, strerror(errno));
    } else if (!S_ISREG(about.st_mode)) {
        ioc_error_set(err, "file", "'%s' is not a file", path);
    } else if (is_private && (about.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        ioc_error_set(err, "secret-mode", "the secret '%s' is open to other users (mode %04o)",
            path, (unsigned)about.st_mode & 07777);
        ioc_error_hint(err, "chmod 600 %s", path);
        status = IOC_DENIED;
    } else if ((uint64_t)about.st_size > most) {
        ioc_error_set(err, "file-too-long", "'%s' has %lld bytes; at most %zu are read", path,
            (long long)about.st_size, most);
        status = IOC_LIMIT;
    } else {
        status = read_all(handle, path, (size_t)about.st_size, arena, bytes, err);
    }
    if (handle >= 0)
        close(handle);
    return status;
}

struct ioc_text ioc_file_beside(
    struct ioc_text beside, struct ioc_text path, struct ioc_arena *arena)
{
    uint32_t length = beside.length;
    while (length > 0 && beside.data[length - 1] != '/')
        length--;
    if (length == 0 || (path.length > 0 && path.data[0] == '/'))
        return ioc_arena_copy(arena, path);
    return ioc_arena_printf(arena, "%.*s%.*s", (int)length, beside.data, IOC_TEXT_ARGS(path));
}
