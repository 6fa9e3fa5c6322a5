/*
 * core/zone.c — time zones: IANA names from the system's TZif files, and fixed offsets.
 *
 * A TZif file (RFC 8536) is a table of moments at which the offset changes and a footer with a
 * POSIX TZ rule for the time after the last one.  Versions 2 and later hold the data twice: with
 * 32-bit moments for old readers, which we step over, and with 64-bit moments.  All counts come
 * from the file, so every part is measured against what is left of it before it is read.
 */
#include "core/zone.h"
#include "core/memory.h"
#include "core/zonerule.h"

#include <assert.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FILE_MOST = 256 * 1024,
    NAME_MOST = 64,
    HEADER_BYTES = 44,
    TYPE_BYTES = 6,
    HOUR = 3600,
    OFFSET_LEAST = -25 * HOUR + 1, /* RFC 8536, section 3.2 */
    OFFSET_MOST = 26 * HOUR - 1
};

struct ioc_zone {
    char name[NAME_MOST + 1];
    uint32_t count; /* transitions */
    int64_t *moments; /* seconds since 1970, ascending */
    int32_t *offsets; /* from that moment on */
    int32_t first;    /* offset before the first */
    bool has_rule;    /* from the last moment on */
    struct ioc_zonerule rule;
};

struct reader {
    const unsigned char *at;
    size_t left;
};

struct header {
    uint32_t universal, standard, leaps, moments, types, letters;
    unsigned char version;
};

static int64_t read_big(const unsigned char *bytes, int count)
{
    uint64_t value = bytes[0] & 0x80 ? UINT64_MAX : 0;
    for (int i = 0; i < count; i++)
        value = value << 8 | bytes[i];
    return (int64_t)value;
}

static const unsigned char *take_bytes(struct reader *reader, size_t count)
{
    const unsigned char *at = reader->at;
    if (reader->left < count)
        return NULL;
    reader->at += count;
    reader->left -= count;
    return at;
}

static bool read_header(struct reader *reader, struct header *header)
{
    const unsigned char *bytes = take_bytes(reader, HEADER_BYTES);
    uint32_t *counts[] = {&header->universal, &header->standard, &header->leaps, &header->moments,
        &header->types, &header->letters};
    if (!bytes || memcmp(bytes, "TZif", 4) != 0)
        return false;
    header->version = bytes[4];
    for (int i = 0; i < 6; i++) {
        int64_t count = read_big(bytes + 20 + 4 * i, 4);
        if (count < 0 || count > FILE_MOST)
            return false;
        *counts[i] = (uint32_t)count;
    }
    return header->version == 0 || (header->version >= '2' && header->version <= '9');
}

static size_t measure_data(const struct header *header, size_t moment_bytes)
{
    return header->moments * (moment_bytes + 1) + (size_t)header->types * TYPE_BYTES
        + header->letters + header->leaps * (moment_bytes + 4) + header->standard
        + header->universal;
}

static bool read_data(struct reader *reader, const struct header *header, int moment_bytes,
    struct ioc_zone *zone)
{
    const unsigned char *moments = reader->at;
    size_t count = header->moments;
    if (!take_bytes(reader, measure_data(header, (size_t)moment_bytes)))
        return false;
    /* Files with leap seconds ("right/…") count other seconds than we do. */
    if (header->types == 0 || header->types > 256 || header->leaps > 0)
        return false;
    const unsigned char *indices = moments + count * (size_t)moment_bytes;
    const unsigned char *types = indices + count;
    for (uint32_t i = 0; i < header->types; i++) {
        int64_t offset = read_big(types + i * TYPE_BYTES, 4);
        if (offset < OFFSET_LEAST || offset > OFFSET_MOST)
            return false;
    }
    zone->first = (int32_t)read_big(types, 4);
    zone->count = (uint32_t)count;
    zone->moments = ioc_memory_take(count * sizeof *zone->moments);
    zone->offsets = ioc_memory_take(count * sizeof *zone->offsets);
    for (size_t i = 0; i < count; i++) {
        zone->moments[i] = read_big(moments + i * (size_t)moment_bytes, moment_bytes);
        if (indices[i] >= header->types || (i > 0 && zone->moments[i] <= zone->moments[i - 1]))
            return false;
        zone->offsets[i] = (int32_t)read_big(types + indices[i] * TYPE_BYTES, 4);
    }
    return true;
}

/* A newline, the rule (may be empty), a newline. */
static bool read_footer(struct reader *reader, struct ioc_zone *zone)
{
    if (reader->left < 2 || reader->at[0] != '\n')
        return false;
    const unsigned char *end = memchr(reader->at + 1, '\n', reader->left - 1);
    if (!end)
        return false;
    struct ioc_text text = {(const char *)reader->at + 1, (uint32_t)(end - reader->at - 1)};
    zone->has_rule = text.length > 0;
    return !zone->has_rule || ioc_zonerule_parse(text, &zone->rule) == IOC_OK;
}

static bool read_file_bytes(struct reader reader, struct ioc_zone *zone)
{
    struct header header;
    if (!read_header(&reader, &header))
        return false;
    if (header.version == 0)
        return read_data(&reader, &header, 4, zone);
    if (!take_bytes(&reader, measure_data(&header, 4)))
        return false;
    return read_header(&reader, &header) && header.version != 0
        && read_data(&reader, &header, 8, zone) && read_footer(&reader, zone);
}

/* "UTC" or "+07:00" or "+0700" */
static bool read_fixed(struct ioc_text name, int32_t *offset)
{
    int64_t hours, minutes;
    bool has_colon = name.length == 6 && name.data[3] == ':';
    *offset = 0;
    if (ioc_text_equal(name, IOC_TEXT("UTC")) || ioc_text_equal(name, IOC_TEXT("Z")))
        return true;
    if ((name.length != 5 && !has_colon) || (name.data[0] != '+' && name.data[0] != '-'))
        return false;
    struct ioc_text digits[] = {{name.data + 1, 2}, {name.data + name.length - 2, 2}};
    for (int i = 0; i < 2; i++)
        if (digits[i].data[0] < '0' || digits[i].data[0] > '9')
            return false;
    if (ioc_text_int(digits[0], &hours) || ioc_text_int(digits[1], &minutes) || hours > 23
        || minutes > 59)
        return false;
    *offset = (int32_t)(hours * 60 + minutes) * 60 * (name.data[0] == '-' ? -1 : 1);
    return true;
}

static bool is_safe_name(struct ioc_text name)
{
    if (name.length == 0 || name.length > NAME_MOST || name.data[0] == '/'
        || ioc_text_contains(name, IOC_TEXT("..")))
        return false;
    for (uint32_t i = 0; i < name.length; i++) {
        char letter = name.data[i];
        bool is_plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z')
            || (letter >= '0' && letter <= '9');
        if (!is_plain && (letter == 0 || !strchr("_+-/.", letter)))
            return false;
    }
    return true;
}

static struct ioc_zone *make_zone(struct ioc_text name)
{
    struct ioc_zone *zone = ioc_memory_take(sizeof *zone);
    memcpy(zone->name, name.data, name.length);
    return zone;
}

const char *const ioc_zone_directories[IOC_ZONE_DIRECTORIES] = {
    "/usr/share/zoneinfo", "/usr/lib/zoneinfo", "/usr/share/lib/zoneinfo", "/etc/zoneinfo"};

static int open_zone_file(struct ioc_text name)
{
    for (size_t i = 0; i < IOC_ZONE_DIRECTORIES; i++) {
        char path[NAME_MOST + 32];
        snprintf(path, sizeof path, "%s/%.*s", ioc_zone_directories[i], IOC_TEXT_ARGS(name));
        int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
        if (file >= 0)
            return file;
    }
    return -1;
}

enum ioc_status ioc_zone_load(struct ioc_text name, struct ioc_zone **zone)
{
    int32_t offset;
    if (read_fixed(name, &offset)) {
        *zone = make_zone(name);
        (*zone)->first = offset;
        return IOC_OK;
    }
    int file = is_safe_name(name) ? open_zone_file(name) : -1;
    if (file < 0)
        return IOC_NOT_FOUND;
    enum ioc_status status = IOC_NOT_FOUND;
    unsigned char *bytes = NULL;
    struct stat about;
    if (fstat(file, &about) != 0 || !S_ISREG(about.st_mode))
        goto out;
    status = IOC_INVALID;
    bytes = ioc_memory_take(FILE_MOST + 1);
    size_t length = 0;
    ssize_t got = 0;
    while (length <= FILE_MOST && (got = read(file, bytes + length, FILE_MOST + 1 - length)) > 0)
        length += (size_t)got;
    if (got < 0)
        status = IOC_FAILED;
    else
        status = ioc_zone_read(name, bytes, length, zone);
out:
    ioc_memory_give(bytes);
    close(file);
    return status;
}

enum ioc_status ioc_zone_read(struct ioc_text name, const void *bytes, size_t length,
    struct ioc_zone **zone)
{
    if (length > FILE_MOST || name.length > NAME_MOST)
        return IOC_INVALID;
    struct ioc_zone *made = make_zone(name);
    if (!read_file_bytes((struct reader){bytes, length}, made)) {
        ioc_zone_free(made);
        return IOC_INVALID;
    }
    *zone = made;
    return IOC_OK;
}

void ioc_zone_free(struct ioc_zone *zone)
{
    if (!zone)
        return;
    ioc_memory_give(zone->moments);
    ioc_memory_give(zone->offsets);
    ioc_memory_give(zone);
}

int32_t ioc_zone_offset_at(const struct ioc_zone *zone, int64_t second)
{
    if (!zone)
        return 0;
    uint32_t low = 0, high = zone->count; /* how many moments are not after the second */
    if (high && zone->moments[high - 1] <= second) /* the present is behind the last change, or in the rule's time */
        low = high;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (zone->moments[middle] <= second)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == zone->count && zone->has_rule)
        return ioc_zonerule_offset(&zone->rule, second);
    return low ? zone->offsets[low - 1] : zone->first;
}

int32_t ioc_zone_offset(const struct ioc_zone *zone, ioc_time time)
{
    int64_t second = time / IOC_SECOND;
    return ioc_zone_offset_at(zone, second - (time % IOC_SECOND < 0));
}

enum ioc_status ioc_zone_moment(const struct ioc_zone *zone, const struct ioc_date *date,
    ioc_time *time)
{
    struct ioc_date whole = *date;
    ioc_time local;
    if (!zone)
        return ioc_time_from_date(date, 0, time);
    whole.nanosecond = 0;
    enum ioc_status status = ioc_time_from_date(&whole, 0, &local);
    if (status)
        return status;
    /* No offset is larger than 26 h, so these are the ones before and after any change nearby. */
    int64_t second = local / IOC_SECOND;
    int32_t before = ioc_zone_offset_at(zone, second - 26 * HOUR);
    int32_t after = ioc_zone_offset_at(zone, second + 26 * HOUR), offset = before;
    if (ioc_zone_offset_at(zone, second - before) != before && ioc_zone_offset_at(zone, second - after) == after)
        offset = after;
    return ioc_time_from_date(date, offset, time);
}

struct ioc_text ioc_zone_name(const struct ioc_zone *zone)
{
    return zone ? ioc_text_of(zone->name) : IOC_TEXT("UTC");
}
