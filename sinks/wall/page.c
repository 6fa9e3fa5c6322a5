/*
 * sinks/wall/page.c — the page's static files, read once at start.
 */
#include "sinks/wall/page.h"
#include "core/memory.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sys/stat.h>
#include <unistd.h>

struct file {
    char *path; /* "/lib/leaflet/leaflet.css" */
    char *bytes;
    char etag[24];
    struct MHD_Response *full, *unchanged;
};
struct ioc_page {
    struct file files[IOC_PAGE_FILES];
    uint32_t count;
    size_t bytes;
    const struct ioc_answer *answer;
};

static const struct {
    const char *suffix, *type;
} types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".mjs", "text/javascript; charset=utf-8"},
    {".json", "application/json; charset=utf-8"},
    {".geojson", "application/geo+json"},
    {".webmanifest", "application/manifest+json"},
    {".svg", "image/svg+xml"},
    {".png", "image/png"},
    {".webp", "image/webp"},
    {".ico", "image/x-icon"},
    {".woff2", "font/woff2"},
    {".wav", "audio/wav"},
    {".ogg", "audio/ogg"},
    {".txt", "text/plain; charset=utf-8"},
};

static const char *find_type(const char *name)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        if (ioc_text_ends(ioc_text_of(name), ioc_text_of(types[i].suffix)))
            return types[i].type;
    return NULL;
}

static void add_headers(const struct ioc_page *page, struct MHD_Response *response,
    const struct file *file, const char *type)
{
    ioc_answer_dress(page->answer, response, type);
    MHD_add_response_header(response, "ETag", file->etag);
    MHD_add_response_header(response, "Cache-Control", "no-cache");
}

static enum ioc_status add_file(
    struct ioc_page *page, const char *path, char *bytes, size_t length, const char *type)
{
    if (page->count == IOC_PAGE_FILES || page->bytes + length > IOC_PAGE_BYTES) {
        ioc_memory_give(bytes);
        return IOC_LIMIT;
    }
    struct file *file = &page->files[page->count++];
    file->path = ioc_memory_copy(path, strlen(path));
    file->bytes = bytes;
    page->bytes += length;
    snprintf(file->etag, sizeof file->etag, "\"%016" PRIx64 "\"",
        ioc_text_hash((struct ioc_text){bytes, (uint32_t)length}));
    file->full = MHD_create_response_from_buffer(length, bytes, MHD_RESPMEM_PERSISTENT);
    file->unchanged = MHD_create_response_from_buffer(0, "", MHD_RESPMEM_PERSISTENT);
    if (!file->full || !file->unchanged)
        return IOC_FAILED;
    add_headers(page, file->full, file, type);
    add_headers(page, file->unchanged, file, NULL);
    return IOC_OK;
}

static enum ioc_status read_file(
    struct ioc_page *page, int directory, const char *name, const char *path)
{
    struct stat about;
    enum ioc_status status = IOC_FAILED;
    int fd = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0)
        return IOC_FAILED;
    bool is_file = fstat(fd, &about) == 0 && S_ISREG(about.st_mode);
    if (is_file && about.st_size > IOC_PAGE_BYTES) {
        status = IOC_LIMIT;
    } else if (is_file) {
        size_t length = (size_t)about.st_size, got = 0;
        char *bytes = ioc_memory_take(length + 1);
        ssize_t n;
        while (got < length && (n = read(fd, bytes + got, length - got)) > 0)
            got += (size_t)n;
        if (got == length)
            status = add_file(page, path, bytes, length, find_type(name));
        else
            ioc_memory_give(bytes);
    }
    close(fd);
    return status;
}

static enum ioc_status read_directory(struct ioc_page *page, int fd, const char *prefix, int depth)
{
    enum ioc_status status = IOC_OK;
    DIR *directory = fdopendir(fd);
    if (!directory) {
        close(fd);
        return IOC_FAILED;
    }
    for (struct dirent *entry; status == IOC_OK && (entry = readdir(directory));) {
        char path[512];
        struct stat about;
        if (entry->d_name[0] == '.' || strcmp(entry->d_name, "node_modules") == 0 ||
            fstatat(fd, entry->d_name, &about, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if ((size_t)snprintf(path, sizeof path, "%s/%s", prefix, entry->d_name) >= sizeof path)
            status = IOC_LIMIT;
        else if (S_ISREG(about.st_mode) && find_type(entry->d_name))
            status = read_file(page, fd, entry->d_name, path);
        else if (S_ISDIR(about.st_mode) && depth == IOC_PAGE_DEPTH)
            status = IOC_LIMIT;
        else if (S_ISDIR(about.st_mode)) {
            int inner = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
            status = inner < 0 ? IOC_FAILED : read_directory(page, inner, path, depth + 1);
        }
    }
    closedir(directory);
    return status;
}

static const struct file *find_file(const struct ioc_page *page, const char *path)
{
    if (strcmp(path, "/") == 0)
        path = "/index.html";
    for (uint32_t i = 0; i < page->count; i++)
        if (strcmp(page->files[i].path, path) == 0)
            return &page->files[i];
    return NULL;
}

enum ioc_status ioc_page_load(struct ioc_text directory, const struct ioc_answer *answer,
    struct ioc_page **page, struct ioc_error *err)
{
    char path[4096];
    if (!directory.length || directory.length >= sizeof path) {
        ioc_error_set(err, "no-page", "the directory of the wall's page is not given, or too long");
        ioc_error_hint(err, "sinks/wall/page/install DIR lays it out; then write page: DIR");
        return IOC_NOT_FOUND;
    }
    snprintf(path, sizeof path, "%.*s", IOC_TEXT_ARGS(directory));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        ioc_error_set(
            err, "no-page", "the directory of the wall's page cannot be read: %s", strerror(errno));
        return IOC_NOT_FOUND;
    }
    struct ioc_page *made = ioc_memory_take(sizeof *made);
    made->answer = answer;
    enum ioc_status status = read_directory(made, fd, "", 0);
    if (status == IOC_LIMIT)
        ioc_error_set(err, "page-too-big",
            "the wall's page has more than %d files, %d MiB or %d directories deep", IOC_PAGE_FILES,
            IOC_PAGE_BYTES >> 20, IOC_PAGE_DEPTH);
    else if (status != IOC_OK)
        ioc_error_set(err, "no-page", "a file of the wall's page cannot be read");
    else if (!find_file(made, "/")) {
        ioc_error_set(err, "no-page", "the directory of the wall's page holds no index.html");
        status = IOC_NOT_FOUND;
    }
    if (status == IOC_OK)
        *page = made;
    else
        ioc_page_free(made);
    return status;
}

void ioc_page_free(struct ioc_page *page)
{
    if (!page)
        return;
    for (uint32_t i = 0; i < page->count; i++) {
        struct file *file = &page->files[i];
        if (file->full)
            MHD_destroy_response(file->full);
        if (file->unchanged)
            MHD_destroy_response(file->unchanged);
        ioc_memory_give(file->path);
        ioc_memory_give(file->bytes);
    }
    ioc_memory_give(page);
}

enum MHD_Result ioc_page_send(const struct ioc_page *page, struct MHD_Connection *connection,
    const char *path, bool *is_found)
{
    const struct file *file = find_file(page, path);
    *is_found = file != NULL;
    if (!file)
        return MHD_NO;
    const char *known = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "If-None-Match");
    if (known && strstr(known, file->etag))
        return MHD_queue_response(connection, MHD_HTTP_NOT_MODIFIED, file->unchanged);
    return MHD_queue_response(connection, MHD_HTTP_OK, file->full);
}
