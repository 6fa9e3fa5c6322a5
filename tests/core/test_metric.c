/* tests/core/test_metric.c — counters, gauges and histograms, and their Prometheus text. */
#include "core/metric.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <math.h>
#include <pthread.h>

static struct ioc_metric *counter(const char *name, const char *labels)
{
    return ioc_metric_get(IOC_COUNTER, name, labels, "Test.");
}

/* The text with a NUL behind it. */
static const char *write_all(struct ioc_buffer *out)
{
    ioc_buffer_reset(out);
    ioc_metric_write(out);
    *ioc_buffer_reserve(out, 1) = 0;
    return out->data;
}

static void the_same_name_and_labels_are_the_same_metric(void **state)
{
    struct ioc_metric *a = counter("test_same_total", "source=\"a\"");
    assert_ptr_equal(ioc_metric_get(IOC_COUNTER, "test_same_total", "source=\"a\"", NULL), a);
    assert_ptr_not_equal(counter("test_same_total", "source=\"b\""), a);
    assert_ptr_not_equal(counter("test_same_other_total", "source=\"a\""), a);
    assert_ptr_equal(counter("test_same_total", NULL), counter("test_same_total", ""));
    ioc_metric_add(a, 3);
    ioc_metric_add(a, 4);
    ioc_metric_add(counter("test_same_total", "source=\"b\""), 10);
    assert_int_equal(ioc_metric_value(a), 7);
    assert_int_equal(ioc_metric_sum("test_same_total"), 17);
    assert_int_equal(ioc_metric_sum("test_nobody_has_this"), 0);
}

static void a_family_is_written_together_under_one_header(void **state)
{
    struct ioc_buffer out = {0};
    ioc_metric_add(ioc_metric_get(IOC_COUNTER, "test_together_total", "k=\"1\"", "Both.\nWith a \\."), 1);
    ioc_metric_set(ioc_metric_get(IOC_GAUGE, "test_between", "", "A gauge."), -5);
    ioc_metric_add(ioc_metric_get(IOC_COUNTER, "test_together_total", "k=\"2\"", NULL), 2);
    const char *text = write_all(&out);
    assert_non_null(strstr(text, "# HELP test_together_total Both.\\nWith a \\\\.\n"
                                 "# TYPE test_together_total counter\n"
                                 "test_together_total{k=\"1\"} 1\n"
                                 "test_together_total{k=\"2\"} 2\n"));
    assert_non_null(strstr(text, "# HELP test_between A gauge.\n# TYPE test_between gauge\ntest_between -5\n"));
    ioc_buffer_done(&out);
}

static void label_values_are_escaped(void **state)
{
    struct ioc_buffer labels = {0}, out = {0};
    ioc_metric_label(&labels, "source", IOC_TEXT("a\"b\\c\nd"));
    ioc_metric_label(&labels, "reason", IOC_TEXT("\xFF \xC4\x90 \0"));
    ioc_buffer_add_char(&labels, 0);
    assert_string_equal(labels.data,
        "source=\"a\\\"b\\\\c\\nd\",reason=\"\xEF\xBF\xBD \xC4\x90 \xEF\xBF\xBD\"");
    ioc_metric_add(counter("test_escaped_total", labels.data), 1);
    assert_non_null(strstr(write_all(&out), "test_escaped_total{source=\"a\\\"b\\\\c\\nd\",reason="));
    ioc_buffer_done(&labels);
    ioc_buffer_done(&out);
}

static void a_histogram_counts_cumulatively_and_sums_seconds(void **state)
{
    struct ioc_buffer out = {0};
    struct ioc_metric *delay = ioc_metric_get(IOC_HISTOGRAM, "test_delay_seconds", "lane=\"0\"", "Delay.");
    static const double seen[] = {0, 0.0001, 0.00011, 0.5, 10, 11, -3, INFINITY};
    for (size_t i = 0; i < sizeof seen / sizeof seen[0]; i++)
        ioc_metric_observe(delay, seen[i]);
    ioc_metric_observe(delay, NAN);
    assert_int_equal(ioc_metric_value(delay), 8);
    const char *text = write_all(&out);
    assert_non_null(strstr(text, "# TYPE test_delay_seconds histogram\n"
                                 "test_delay_seconds_bucket{lane=\"0\",le=\"0.0001\"} 3\n"
                                 "test_delay_seconds_bucket{lane=\"0\",le=\"0.00025\"} 4\n"));
    assert_non_null(strstr(text, "le=\"0.25\"} 4\ntest_delay_seconds_bucket{lane=\"0\",le=\"0.5\"} 5\n"));
    assert_non_null(strstr(text, "test_delay_seconds_bucket{lane=\"0\",le=\"10\"} 6\n"
                                 "test_delay_seconds_bucket{lane=\"0\",le=\"+Inf\"} 8\n"
                                 "test_delay_seconds_sum{lane=\"0\"} 1000021.50021\n"
                                 "test_delay_seconds_count{lane=\"0\"} 8\n"));
    ioc_buffer_done(&out);
}

static void a_histogram_without_labels_has_only_its_bounds(void **state)
{
    struct ioc_buffer out = {0};
    ioc_metric_observe(ioc_metric_get(IOC_HISTOGRAM, "test_plain_seconds", "", NULL), 1);
    const char *text = write_all(&out);
    assert_non_null(strstr(text, "test_plain_seconds_bucket{le=\"1\"} 1\n"));
    assert_non_null(strstr(text, "test_plain_seconds_sum 1\ntest_plain_seconds_count 1\n"));
    assert_null(strstr(text, "# HELP test_plain_seconds"));
    ioc_buffer_done(&out);
}

static void *count_many(void *nothing)
{
    struct ioc_buffer out = {0};
    struct ioc_metric *metric = counter("test_threads_total", "");
    struct ioc_metric *delay = ioc_metric_get(IOC_HISTOGRAM, "test_threads_seconds", "", "Test.");
    for (int i = 0; i < 10000; i++) {
        ioc_metric_add(metric, 1);
        ioc_metric_observe(delay, 0.001);
        if (i % 2500 == 0)
            write_all(&out);
    }
    ioc_buffer_done(&out);
    return nothing;
}

static void no_count_is_lost_between_threads(void **state)
{
    pthread_t threads[4];
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, count_many, NULL), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(ioc_metric_sum("test_threads_total"), 40000);
    assert_int_equal(ioc_metric_sum("test_threads_seconds"), 40000);
}

/* Last: it fills the registry. */
static void beyond_the_bound_all_share_one_that_is_not_shown(void **state)
{
    struct ioc_buffer labels = {0}, out = {.limit = 64u << 20};
    struct ioc_metric *metric = NULL, *before = NULL;
    for (int i = 0; i < 20000; i++) {
        ioc_buffer_reset(&labels);
        ioc_buffer_addf(&labels, "n=\"%d\"%c", i, 0);
        before = metric;
        metric = counter("test_flood_total", labels.data);
    }
    assert_ptr_equal(metric, before);
    ioc_metric_add(metric, 5);
    ioc_metric_observe(ioc_metric_get(IOC_HISTOGRAM, "test_too_many_seconds", "", NULL), 1);
    const char *text = write_all(&out);
    assert_non_null(strstr(text, "test_flood_total{n=\"1\"} 0\n"));
    assert_null(strstr(text, "n=\"19999\""));
    assert_null(strstr(text, "test_too_many_seconds"));
    ioc_buffer_done(&labels);
    ioc_buffer_done(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_name_and_labels_are_the_same_metric),
        cmocka_unit_test(a_family_is_written_together_under_one_header),
        cmocka_unit_test(label_values_are_escaped),
        cmocka_unit_test(a_histogram_counts_cumulatively_and_sums_seconds),
        cmocka_unit_test(a_histogram_without_labels_has_only_its_bounds),
        cmocka_unit_test(no_count_is_lost_between_threads),
        cmocka_unit_test(beyond_the_bound_all_share_one_that_is_not_shown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
