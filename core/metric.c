/*
 * core/metric.c — counters, gauges and histograms, and their Prometheus text (0.0.4).
 *
 * The registry is a list of families (one name each), in the order in which they were first asked
 * for, each with a list of its metrics.  A mutex guards the lists; values are never under it.
 */
#include "core/metric.h"
#include "core/memory.h"
#include "core/table.h"

#include <assert.h>
#include <math.h>
#include <pthread.h>

enum { BUCKETS = 16, METRICS_MOST = 1 << 14, CACHE_LINE = 64 };
static const struct bound {
    double seconds;
    const char *text;
} bounds[BUCKETS] = {{0.0001, "0.0001"}, {0.00025, "0.00025"}, {0.0005, "0.0005"}, {0.001, "0.001"},
    {0.0025, "0.0025"}, {0.005, "0.005"}, {0.01, "0.01"}, {0.025, "0.025"}, {0.05, "0.05"},
    {0.1, "0.1"}, {0.25, "0.25"}, {0.5, "0.5"}, {1, "1"}, {2.5, "2.5"}, {5, "5"}, {10, "10"}};

struct histogram {
    _Atomic int64_t counts[BUCKETS + 1]; /* each alone, the last one above all bounds */
    _Atomic int64_t nanoseconds;
};

struct ioc_metric {
    _Atomic int64_t value;
    struct histogram *histogram;
    struct family *family;
    const char *labels;
    struct ioc_metric *next;
};

struct family {
    const char *name, *help;
    enum ioc_metric_kind kind;
    struct ioc_metric *first, *last;
    struct family *next;
};

static struct {
    pthread_mutex_t mutex;
    struct family *first, *last;
    struct ioc_table table; /* hash of name and labels → index */
    struct ioc_metric **metrics;
    uint32_t count;
} registry = {.mutex = PTHREAD_MUTEX_INITIALIZER};

/* Stands in for all that do not fit any more; never written out. */
static struct histogram spare_histogram;
static struct ioc_metric spare = {.histogram = &spare_histogram};

static bool is_name(const char *name)
{
    for (const char *at = name; *at; at++) {
        bool is_letter = (*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || *at == '_'
            || *at == ':';
        if (!is_letter && (at == name || *at < '0' || *at > '9'))
            return false;
    }
    return *name != 0;
}

static struct family *find_family(const char *name)
{
    struct family *family = registry.first;
    while (family && strcmp(family->name, name) != 0)
        family = family->next;
    return family;
}

static struct family *take_family(enum ioc_metric_kind kind, const char *name, const char *help)
{
    struct family *family = find_family(name);
    if (!family) {
        family = ioc_memory_take(sizeof *family);
        family->name = ioc_memory_copy(name, strlen(name));
        family->kind = kind;
        if (registry.last)
            registry.last->next = family;
        else
            registry.first = family;
        registry.last = family;
    }
    assert(family->kind == kind);
    if (!family->help && help)
        family->help = ioc_memory_copy(help, strlen(help));
    return family;
}

/* On a cache line of its own, so that lanes counting different things do not meet. */
static void *take_line(size_t bytes)
{
    uintptr_t memory = (uintptr_t)ioc_memory_take(bytes + 2 * CACHE_LINE);
    return (void *)((memory + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
}

static struct ioc_metric *find_metric(const char *name, const char *labels, uint64_t hash)
{
    uint32_t at = UINT32_MAX, index;
    while ((index = ioc_table_find(&registry.table, hash, &at)) != IOC_TABLE_NONE) {
        struct ioc_metric *metric = registry.metrics[index];
        if (strcmp(metric->family->name, name) == 0 && strcmp(metric->labels, labels) == 0)
            return metric;
    }
    return NULL;
}

static struct ioc_metric *make_metric(struct family *family, const char *labels, uint64_t hash)
{
    struct ioc_metric *metric = take_line(sizeof *metric);
    metric->family = family;
    metric->labels = ioc_memory_copy(labels, strlen(labels));
    if (family->kind == IOC_HISTOGRAM)
        metric->histogram = take_line(sizeof *metric->histogram);
    if (family->last)
        family->last->next = metric;
    else
        family->first = metric;
    family->last = metric;
    if ((registry.count & (registry.count - 1)) == 0) /* full at every power of two */
        registry.metrics = ioc_memory_grow(registry.metrics, registry.count * sizeof metric,
            (registry.count ? registry.count * 2 : 1) * sizeof metric);
    registry.metrics[registry.count] = metric;
    ioc_table_add(&registry.table, hash, registry.count++);
    return metric;
}

struct ioc_metric *ioc_metric_get(enum ioc_metric_kind kind, const char *name, const char *labels,
    const char *help)
{
    assert(is_name(name));
    labels = labels ? labels : "";
    uint64_t hash = ioc_text_hash(ioc_text_of(name)) * 31 + ioc_text_hash(ioc_text_of(labels));
    pthread_mutex_lock(&registry.mutex);
    struct ioc_metric *metric = find_metric(name, labels, hash);
    if (metric)
        assert(metric->family->kind == kind);
    else if (registry.count < METRICS_MOST)
        metric = make_metric(take_family(kind, name, help), labels, hash);
    else
        metric = &spare;
    pthread_mutex_unlock(&registry.mutex);
    return metric;
}

/* The text format knows three escapes in label values and two in help; it is UTF-8. */
static void add_escaped(struct ioc_buffer *out, struct ioc_text text, bool with_quotes)
{
    while (text.length) {
        uint32_t length = ioc_text_character(text);
        char letter = text.data[0];
        if (length == 0)
            ioc_buffer_add_string(out, "\xEF\xBF\xBD");
        else if (letter == '\n')
            ioc_buffer_add_string(out, "\\n");
        else if (letter == '\\' || (letter == '"' && with_quotes))
            ioc_buffer_add(out, (char[]){'\\', letter}, 2);
        else if (letter == 0)
            ioc_buffer_add_string(out, "\xEF\xBF\xBD"); /* labels travel as C strings */
        else
            ioc_buffer_add(out, text.data, length);
        length += length == 0;
        text.data += length;
        text.length -= length;
    }
}

void ioc_metric_label(struct ioc_buffer *out, const char *name, struct ioc_text value)
{
    assert(is_name(name));
    if (out->length)
        ioc_buffer_add_char(out, ',');
    ioc_buffer_add_string(out, name);
    ioc_buffer_add_string(out, "=\"");
    add_escaped(out, value, true);
    ioc_buffer_add_char(out, '"');
}

void ioc_metric_add(struct ioc_metric *metric, int64_t count)
{
    atomic_fetch_add_explicit(&metric->value, count, memory_order_relaxed);
}

void ioc_metric_set(struct ioc_metric *metric, int64_t value)
{
    atomic_store_explicit(&metric->value, value, memory_order_relaxed);
}

void ioc_metric_observe(struct ioc_metric *metric, double seconds)
{
    int bucket = 0;
    assert(metric->histogram);
    if (isnan(seconds))
        return;
    seconds = fmin(fmax(seconds, 0), 1e6);
    while (bucket < BUCKETS && seconds > bounds[bucket].seconds)
        bucket++;
    atomic_fetch_add_explicit(&metric->histogram->counts[bucket], 1, memory_order_relaxed);
    atomic_fetch_add_explicit(&metric->histogram->nanoseconds, (int64_t)(seconds * 1e9),
        memory_order_relaxed);
}

int64_t ioc_metric_value(const struct ioc_metric *metric)
{
    int64_t count = 0;
    if (!metric->histogram)
        return atomic_load_explicit(&metric->value, memory_order_relaxed);
    for (int i = 0; i <= BUCKETS; i++)
        count += atomic_load_explicit(&metric->histogram->counts[i], memory_order_relaxed);
    return count;
}

int64_t ioc_metric_sum(const char *name)
{
    int64_t sum = 0;
    pthread_mutex_lock(&registry.mutex);
    struct family *family = find_family(name);
    for (struct ioc_metric *metric = family ? family->first : NULL; metric; metric = metric->next)
        sum += ioc_metric_value(metric);
    pthread_mutex_unlock(&registry.mutex);
    return sum;
}

static void begin_sample(struct ioc_buffer *out, const struct ioc_metric *metric,
    const char *suffix, const char *bound)
{
    bool has_labels = metric->labels[0] || bound;
    ioc_buffer_add_string(out, metric->family->name);
    ioc_buffer_add_string(out, suffix);
    if (has_labels)
        ioc_buffer_add_char(out, '{');
    ioc_buffer_add_string(out, metric->labels);
    if (bound) {
        ioc_buffer_add_string(out, metric->labels[0] ? ",le=\"" : "le=\"");
        ioc_buffer_add_string(out, bound);
        ioc_buffer_add_char(out, '"');
    }
    if (has_labels)
        ioc_buffer_add_char(out, '}');
    ioc_buffer_add_char(out, ' ');
}

static void write_count(struct ioc_buffer *out, const struct ioc_metric *metric, const char *suffix,
    const char *bound, int64_t count)
{
    begin_sample(out, metric, suffix, bound);
    ioc_buffer_add_int(out, count);
    ioc_buffer_add_char(out, '\n');
}

static void write_histogram(struct ioc_buffer *out, const struct ioc_metric *metric)
{
    const struct histogram *histogram = metric->histogram;
    int64_t count = 0;
    for (int i = 0; i <= BUCKETS; i++) {
        count += atomic_load_explicit(&histogram->counts[i], memory_order_relaxed);
        write_count(out, metric, "_bucket", i < BUCKETS ? bounds[i].text : "+Inf", count);
    }
    begin_sample(out, metric, "_sum", NULL);
    ioc_buffer_add_double(out,
        (double)atomic_load_explicit(&histogram->nanoseconds, memory_order_relaxed) / 1e9);
    ioc_buffer_add_char(out, '\n');
    write_count(out, metric, "_count", NULL, count);
}

static void write_family(struct ioc_buffer *out, const struct family *family)
{
    static const char *const kinds[] = {"counter", "gauge", "histogram"};
    if (family->help) {
        ioc_buffer_add_string(out, "# HELP ");
        ioc_buffer_add_string(out, family->name);
        ioc_buffer_add_char(out, ' ');
        add_escaped(out, ioc_text_of(family->help), false);
        ioc_buffer_add_char(out, '\n');
    }
    ioc_buffer_add_string(out, "# TYPE ");
    ioc_buffer_add_string(out, family->name);
    ioc_buffer_add_char(out, ' ');
    ioc_buffer_add_string(out, kinds[family->kind]);
    ioc_buffer_add_char(out, '\n');
    for (const struct ioc_metric *metric = family->first; metric; metric = metric->next) {
        if (metric->histogram)
            write_histogram(out, metric);
        else
            write_count(out, metric, "", NULL, ioc_metric_value(metric));
    }
}

void ioc_metric_write(struct ioc_buffer *out)
{
    pthread_mutex_lock(&registry.mutex);
    for (const struct family *family = registry.first; family; family = family->next)
        write_family(out, family);
    pthread_mutex_unlock(&registry.mutex);
}
