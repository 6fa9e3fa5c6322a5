/* tests/core/test_lane.c — what is posted to a lane is handled once, in order, and never after the stop. */
#include "core/lane.h"
#include "core/memory.h"
#include "core/metric.h"
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { POSTERS = 4, POSTS = 20000 };

struct collector {
    struct ioc_lane_work work;
    uint64_t next[POSTERS]; /* the number that must come next from each poster */
    uint64_t records, batches, disorder;
    useconds_t pause;
    uv_sem_t *gate; /* waited for once a batch when not NULL */
    struct ioc_lane *stop_here;
    char thread_name[16];
};

static void collect(struct ioc_lane_work *work, struct ioc_lane *lane, struct ioc_text batch)
{
    struct collector *collector = (struct collector *)work;
    const struct ioc_record *record;
    size_t at = 0;
    collector->batches++;
    if (collector->gate)
        uv_sem_wait(collector->gate);
    if (collector->pause)
        usleep(collector->pause);
    pthread_getname_np(pthread_self(), collector->thread_name, sizeof collector->thread_name);
    while ((record = ioc_record_next(batch, &at))) {
        collector->records++;
        if (record->ack != collector->next[record->source]++)
            collector->disorder++;
    }
    if (at != batch.length)
        collector->disorder++;
    if (collector->stop_here)
        ioc_lane_stop(collector->stop_here);
}

static struct ioc_lane *make_lane(
    struct collector *collector, uint32_t inbox_bytes, uv_loop_t *loop)
{
    collector->work.handle = collect;
    return ioc_lane_new(&(struct ioc_lane_options){
        .name = "shard-0", .inbox_bytes = inbox_bytes, .loop = loop, .work = &collector->work});
}

static enum ioc_status post(
    struct ioc_lane *lane, uint16_t source, uint64_t number, uint32_t payload_bytes)
{
    struct ioc_buffer batch = {0};
    char *payload = ioc_memory_take(payload_bytes + 1);
    struct ioc_record header = {.kind = IOC_RECORD_RAW, .source = source, .ack = number};
    assert(ioc_record_add(&batch, &header, payload, payload_bytes) == IOC_OK);
    enum ioc_status status = ioc_lane_post(lane, ioc_buffer_text(&batch));
    ioc_buffer_done(&batch);
    ioc_memory_give(payload);
    return status;
}

struct poster {
    struct ioc_lane *lane;
    uint16_t source;
    uint32_t posts, payload_bytes, full, failed;
};

static void *post_all(void *argument)
{
    struct poster *poster = argument;
    for (uint32_t i = 0; i < poster->posts; i++) {
        enum ioc_status status;
        while (
            (status = post(poster->lane, poster->source, i, poster->payload_bytes)) == IOC_FULL) {
            poster->full++;
            usleep(100);
        }
        if (status != IOC_OK)
            poster->failed++;
    }
    return NULL;
}

static void four_threads_post_and_everything_arrives_in_each_ones_order(void **state)
{
    struct collector collector = {0};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    pthread_t threads[POSTERS];
    struct poster posters[POSTERS];
    for (uint16_t i = 0; i < POSTERS; i++) {
        posters[i] =
            (struct poster){.lane = lane, .source = i, .posts = POSTS, .payload_bytes = 20};
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(posters[i].failed, 0);
    }
    ioc_lane_stop(lane);
    assert_int_equal(collector.records, POSTERS * POSTS);
    assert_int_equal(collector.disorder, 0);
    assert_true(collector.batches <= collector.records);
    assert_string_equal(collector.thread_name, "shard-0");
    ioc_lane_free(lane);
}

static void full_inbox_refuses_and_loses_nothing_that_it_took(void **state)
{
    struct collector collector = {.pause = 200};
    struct ioc_lane *lane = make_lane(&collector, 4096, NULL);
    int64_t counted = ioc_metric_sum("ioc_lane_full_total");
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    pthread_t threads[POSTERS];
    struct poster posters[POSTERS];
    for (uint16_t i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.lane = lane, .source = i, .posts = 500, .payload_bytes = 300};
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    int64_t full = 0;
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        assert_int_equal(posters[i].failed, 0);
        full += posters[i].full;
    }
    ioc_lane_stop(lane);
    assert_int_equal(collector.records, POSTERS * 500);
    assert_int_equal(collector.disorder, 0);
    assert_true(full > 0);
    assert_int_equal(ioc_metric_sum("ioc_lane_full_total") - counted, full);
    ioc_lane_free(lane);
}

static void inbox_takes_its_bound_to_the_byte_and_nothing_in_part(void **state)
{
    struct collector collector = {0};
    uint32_t waiting, most, record_bytes = sizeof(struct ioc_record) + 24;
    struct ioc_lane *lane = make_lane(&collector, 3 * record_bytes, NULL);
    assert_int_equal(post(lane, 0, 0, 24), IOC_OK);
    assert_int_equal(post(lane, 0, 1, 24), IOC_OK);
    assert_int_equal(post(lane, 0, 2, 32), IOC_FULL);
    ioc_lane_fill(lane, &waiting, &most);
    assert_int_equal(waiting, 2 * record_bytes);
    assert_int_equal(most, 3 * record_bytes);
    assert_int_equal(post(lane, 0, 2, 24), IOC_OK);
    assert_int_equal(post(lane, 0, 3, 0), IOC_FULL);
    /* What can never fit says so, or its source would try for ever. */
    assert_int_equal(post(lane, 0, 3, 4 * record_bytes), IOC_LIMIT);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    ioc_lane_stop(lane);
    assert_int_equal(collector.records, 3);
    assert_int_equal(collector.disorder, 0);
    ioc_lane_free(lane);
}

static void posts_after_the_stop_are_closed(void **state)
{
    struct collector collector = {0};
    struct ioc_lane_task task = {0};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    ioc_lane_stop(lane);
    assert_int_equal(post(lane, 0, 0, 0), IOC_CLOSED);
    assert_int_equal(ioc_lane_run(lane, &task), IOC_CLOSED);
    ioc_lane_stop(lane);
    assert_int_equal(collector.records, 0);
    ioc_lane_free(lane);
}

static void stop_while_threads_post_splits_them_into_handled_and_closed(void **state)
{
    struct collector collector = {0};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    pthread_t threads[POSTERS];
    struct poster posters[POSTERS];
    for (uint16_t i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){.lane = lane, .source = i, .posts = POSTS, .payload_bytes = 8};
        assert_int_equal(pthread_create(&threads[i], NULL, post_all, &posters[i]), 0);
    }
    usleep(3000);
    ioc_lane_stop(lane);
    uint64_t taken = 0;
    for (int i = 0; i < POSTERS; i++) {
        pthread_join(threads[i], NULL);
        taken += POSTS - posters[i].failed;
    }
    assert_int_equal(collector.records, taken);
    assert_int_equal(collector.disorder, 0);
    ioc_lane_free(lane);
}

struct question {
    struct ioc_lane_task task;
    struct collector *collector;
    uint64_t records, runs;
};

static void ask(struct ioc_lane_task *task, struct ioc_lane *lane)
{
    struct question *question = (struct question *)task;
    question->records = question->collector->records;
    question->runs++;
}

static void tasks_run_between_the_posts_before_and_after_them(void **state)
{
    struct collector collector = {0};
    struct question questions[4] = {0};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    for (int i = 0; i < 4; i++)
        questions[i] = (struct question){{.run = ask}, &collector, 0, 0};
    assert_int_equal(ioc_lane_run(lane, &questions[0].task), IOC_OK);
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK);
    assert_int_equal(post(lane, 0, 1, 8), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &questions[1].task), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &questions[2].task), IOC_OK);
    assert_int_equal(post(lane, 0, 2, 8), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &questions[3].task), IOC_OK);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    ioc_lane_stop(lane);
    const uint64_t expected[] = {0, 2, 2, 3};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(questions[i].runs, 1);
        assert_int_equal(questions[i].records, expected[i]);
    }
    assert_int_equal(collector.batches, 2);
    ioc_lane_free(lane);
}

struct countdown {
    struct ioc_lane_task task;
    int left;
    uv_timer_t timer;
    uv_sem_t *done;
};

static void on_timer(uv_timer_t *timer)
{
    struct countdown *countdown = timer->data;
    uv_close((uv_handle_t *)timer, NULL);
    uv_sem_post(countdown->done);
}

static void count_down(struct ioc_lane_task *task, struct ioc_lane *lane)
{
    struct countdown *countdown = (struct countdown *)task;
    if (countdown->left-- > 0) {
        assert(ioc_lane_run(lane, task) == IOC_OK);
        return;
    }
    uv_timer_init(ioc_lane_loop(lane), &countdown->timer);
    countdown->timer.data = countdown;
    uv_timer_start(&countdown->timer, on_timer, 1, 0);
}

static void task_posts_itself_again_and_uses_the_lanes_loop(void **state)
{
    struct collector collector = {0};
    uv_sem_t done;
    uv_sem_init(&done, 0);
    struct countdown countdown = {.task = {.run = count_down}, .left = 1000, .done = &done};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &countdown.task), IOC_OK);
    uv_sem_wait(&done);
    ioc_lane_stop(lane);
    assert_int_equal(countdown.left, -1);
    ioc_lane_free(lane);
    uv_sem_destroy(&done);
}

static void records_that_wait_are_handled_as_one_batch(void **state)
{
    uv_sem_t gate;
    uv_sem_init(&gate, 0);
    struct collector collector = {.gate = &gate};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    uint32_t waiting = 1, most;
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK);
    while (waiting) { /* until the lane has taken the first one and stands at the gate */
        usleep(100);
        ioc_lane_fill(lane, &waiting, &most);
    }
    for (uint64_t i = 1; i <= 100; i++)
        assert_int_equal(post(lane, 0, i, 8), IOC_OK);
    uv_sem_post(&gate);
    uv_sem_post(&gate);
    ioc_lane_stop(lane);
    assert_int_equal(collector.records, 101);
    assert_int_equal(collector.batches, 2);
    assert_int_equal(collector.disorder, 0);
    ioc_lane_free(lane);
    uv_sem_destroy(&gate);
}

static void lane_on_a_given_loop_works_there_and_lets_it_end(void **state)
{
    struct collector collector = {0};
    struct question question = {{.run = ask}, &collector, 0, 0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct ioc_lane *lane = make_lane(&collector, 0, &loop);
    assert_ptr_equal(ioc_lane_loop(lane), &loop);
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK); /* before the start: waits */
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    pthread_t thread;
    struct poster poster = {.lane = lane, .source = 1, .posts = 1000, .payload_bytes = 8};
    assert_int_equal(pthread_create(&thread, NULL, post_all, &poster), 0);
    while (collector.records < 1001)
        uv_run(&loop, UV_RUN_ONCE);
    pthread_join(thread, NULL);
    assert_int_equal(post(lane, 0, 1, 8), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &question.task), IOC_OK);
    ioc_lane_stop(lane); /* handles the rest here */
    assert_int_equal(collector.records, 1002);
    assert_int_equal(question.runs, 1);
    assert_int_equal(post(lane, 0, 2, 8), IOC_CLOSED);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    ioc_lane_free(lane);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void lane_on_a_given_loop_may_be_freed_before_the_loop_runs_again(void **state)
{
    struct collector collector = {0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct ioc_lane *lane = make_lane(&collector, 0, &loop);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK);
    ioc_lane_free(lane);
    assert_int_equal(collector.records, 1);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void lane_that_is_stopped_by_its_own_handler_handles_the_rest(void **state)
{
    struct collector collector = {0};
    struct question question = {{.run = ask}, &collector, 0, 0};
    uv_loop_t loop;
    uv_loop_init(&loop);
    struct ioc_lane *lane = make_lane(&collector, 0, &loop);
    assert_int_equal(ioc_lane_start(lane), IOC_OK);
    collector.stop_here = lane;
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK);
    assert_int_equal(ioc_lane_run(lane, &question.task), IOC_OK);
    assert_int_equal(post(lane, 0, 1, 8), IOC_OK);
    assert_int_equal(uv_run(&loop, UV_RUN_DEFAULT), 0);
    assert_int_equal(collector.records, 2);
    assert_int_equal(question.runs, 1);
    ioc_lane_free(lane);
    assert_int_equal(uv_loop_close(&loop), 0);
}

static void lane_that_was_never_started_can_be_freed(void **state)
{
    struct collector collector = {0};
    struct ioc_lane *lane = make_lane(&collector, 0, NULL);
    assert_int_equal(post(lane, 0, 0, 8), IOC_OK);
    ioc_lane_free(lane);
    ioc_lane_free(NULL);
    assert_int_equal(collector.records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(four_threads_post_and_everything_arrives_in_each_ones_order),
        cmocka_unit_test(full_inbox_refuses_and_loses_nothing_that_it_took),
        cmocka_unit_test(inbox_takes_its_bound_to_the_byte_and_nothing_in_part),
        cmocka_unit_test(posts_after_the_stop_are_closed),
        cmocka_unit_test(stop_while_threads_post_splits_them_into_handled_and_closed),
        cmocka_unit_test(tasks_run_between_the_posts_before_and_after_them),
        cmocka_unit_test(task_posts_itself_again_and_uses_the_lanes_loop),
        cmocka_unit_test(records_that_wait_are_handled_as_one_batch),
        cmocka_unit_test(lane_on_a_given_loop_works_there_and_lets_it_end),
        cmocka_unit_test(lane_on_a_given_loop_may_be_freed_before_the_loop_runs_again),
        cmocka_unit_test(lane_that_is_stopped_by_its_own_handler_handles_the_rest),
        cmocka_unit_test(lane_that_was_never_started_can_be_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
