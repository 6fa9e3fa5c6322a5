/*
 * tests/sinks/test_session.c — one-time tokens and bounded sessions.
 */
#include "sinks/wall/session.h"
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct id {
    char text[IOC_SESSION_ID + 1];
};

static struct id open_session(struct ioc_sessions *sessions, const char *name, ioc_span now)
{
    struct id id;
    assert_int_equal(ioc_sessions_open(sessions, ioc_text_of(ioc_sessions_token(sessions)),
                         ioc_text_of(name), now, id.text),
        IOC_OK);
    return id;
}

static void a_token_works_once_and_the_next_is_another(void **state)
{
    struct ioc_sessions *sessions = ioc_sessions_new();
    char first[IOC_SESSION_ID + 1];
    struct id id, again;
    strcpy(first, ioc_sessions_token(sessions));
    id = open_session(sessions, "Lan", 1);
    assert_string_not_equal(first, ioc_sessions_token(sessions));
    assert_int_equal(
        ioc_sessions_open(sessions, ioc_text_of(first), IOC_TEXT(""), 1, again.text), IOC_DENIED);
    assert_int_equal(
        ioc_sessions_open(sessions, IOC_TEXT(""), IOC_TEXT(""), 1, again.text), IOC_DENIED);
    struct ioc_session *session = ioc_sessions_find(sessions, ioc_text_of(id.text), 2);
    assert_non_null(session);
    assert_string_equal(session->user, "local:Lan");
    assert_int_equal(strlen(session->mark), IOC_SESSION_HASH);
    assert_null(strstr(id.text, session->mark));
    assert_null(ioc_sessions_find(sessions, ioc_text_of(first), 2));
    ioc_sessions_free(sessions);
}

static void a_wrong_name_does_not_use_the_token_up(void **state)
{
    struct ioc_sessions *sessions = ioc_sessions_new();
    struct id id;
    char *token = strdup(ioc_sessions_token(sessions)), long_name[66] = {0};
    memset(long_name, 'x', 65);
    const struct ioc_text names[] = {ioc_text_of(long_name), IOC_TEXT("a\nb"), IOC_TEXT("\xc3"),
        IOC_TEXT("a\0b"), IOC_TEXT("\x7f")};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(
            ioc_sessions_open(sessions, ioc_text_of(token), names[i], 1, id.text), IOC_INVALID);
    assert_string_equal(token, ioc_sessions_token(sessions));
    id = open_session(sessions, "", 1);
    assert_string_equal(ioc_sessions_find(sessions, ioc_text_of(id.text), 1)->user, "local:wall");
    free(token);
    ioc_sessions_free(sessions);
}

static void a_session_ends_after_twelve_hours_of_whatever_use(void **state)
{
    struct ioc_sessions *sessions = ioc_sessions_new();
    struct id id = open_session(sessions, "a", 0);
    for (ioc_span now = 0; now < IOC_SESSION_LIFE; now += IOC_HOUR)
        assert_non_null(ioc_sessions_find(sessions, ioc_text_of(id.text), now));
    assert_null(ioc_sessions_find(sessions, ioc_text_of(id.text), IOC_SESSION_LIFE));
    assert_null(ioc_sessions_find(sessions, ioc_text_of(id.text), 0)); /* and it is forgotten */
    ioc_sessions_free(sessions);
}

static void the_session_used_longest_ago_makes_room_for_the_thousand_and_first(void **state)
{
    struct ioc_sessions *sessions = ioc_sessions_new();
    struct id *ids = calloc(IOC_SESSIONS_MOST + 1, sizeof *ids);
    for (int i = 0; i < IOC_SESSIONS_MOST; i++)
        ids[i] = open_session(sessions, "a", i);
    assert_non_null(ioc_sessions_find(
        sessions, ioc_text_of(ids[0].text), 2000)); /* in use: not the oldest now */
    ids[IOC_SESSIONS_MOST] = open_session(sessions, "b", 2001);
    assert_non_null(ioc_sessions_find(sessions, ioc_text_of(ids[0].text), 2002));
    assert_null(ioc_sessions_find(sessions, ioc_text_of(ids[1].text), 2002));
    assert_non_null(ioc_sessions_find(sessions, ioc_text_of(ids[2].text), 2002));
    assert_non_null(ioc_sessions_find(sessions, ioc_text_of(ids[IOC_SESSIONS_MOST].text), 2002));
    free(ids);
    ioc_sessions_free(sessions);
}

static void a_hundred_commands_a_second_and_then_none_until_the_next(void **state)
{
    struct ioc_sessions *sessions = ioc_sessions_new();
    struct id id = open_session(sessions, "a", 0);
    struct ioc_session *session = ioc_sessions_find(sessions, ioc_text_of(id.text), 0);
    for (int second = 0; second < 3; second++) {
        ioc_span now = 10 * IOC_SECOND + second * IOC_SECOND;
        for (int i = 0; i < IOC_SESSION_COMMANDS; i++)
            assert_true(ioc_session_may_command(session, now + i * IOC_MILLISECOND));
        assert_false(ioc_session_may_command(session, now + 200 * IOC_MILLISECOND));
        assert_false(ioc_session_may_command(session, now + 999 * IOC_MILLISECOND));
    }
    ioc_sessions_free(sessions);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_works_once_and_the_next_is_another),
        cmocka_unit_test(a_wrong_name_does_not_use_the_token_up),
        cmocka_unit_test(a_session_ends_after_twelve_hours_of_whatever_use),
        cmocka_unit_test(the_session_used_longest_ago_makes_room_for_the_thousand_and_first),
        cmocka_unit_test(a_hundred_commands_a_second_and_then_none_until_the_next),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
