/*
 * tests/fuzz/expressions.c — random expressions, run in every way there is (agreement.h), until one does not agree.
 *
 *   expressions [--count N] [--seed S] [--seconds T] [--splice FILE.jsonl]… [--keep] [--brief] [--print]
 *   expressions --check < EXPRESSION
 *
 * --keep goes on after a finding (20 at most), --brief runs fifteen of sixteen only as rules are run.
 * An expression has a number: `--seed S --count 1` repeats the one that was reported with that seed.
 */
#include "core/buffer.h"
#include "tests/fuzz/agreement.h"
#include "tests/fuzz/generator.h"
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

struct options {
    uint64_t count, seed;
    double seconds;
    bool keeps_going, is_check, is_brief, prints;
};

/* ------------------------------------------------------------- expressions of others, to splice in */

enum { SPLICES = 4096 };
static struct ioc_buffer splices[SPLICES];
static uint32_t splices_count;

/* The "expr" of a line of the conformance suite; escapes are of no interest beyond \" \\ and \n. */
static void read_line(const char *line)
{
    const char *at = strstr(line, "\"expr\": \"");
    if (!at || splices_count == SPLICES)
        return;
    struct ioc_buffer *text = &splices[splices_count++];
    for (at += 9; *at && *at != '"'; at++) {
        if (*at == '\\' && at[1])
            at++;
        ioc_buffer_add_char(text, at[-1] == '\\' && *at == 'n' ? '\n' : *at);
    }
}

static bool read_splices(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        return false;
    char *line = NULL;
    size_t size = 0;
    while (getline(&line, &size, file) > 0)
        read_line(line);
    free(line);
    fclose(file);
    return true;
}

/* ------------------------------------------------------------- running */

static void write_expression(struct chance *chance, struct ioc_buffer *source)
{
    struct generator generator = {.chance = *chance, .out = source};
    ioc_buffer_reset(source);
    uint32_t what = chance_draw(&generator.chance, 10);
    struct ioc_text other = splices_count ? ioc_buffer_text(&splices[chance_draw(&generator.chance, splices_count)]) : (struct ioc_text){"", 0};
    generator.is_plain = what < 2;
    if (what == 9 && other.length)
        ioc_buffer_add_text(source, other);
    else
        generator_write(&generator);
    *chance = generator.chance;
    if (chance_draw(chance, 200) == 0)
        generator_nest(chance, source);
    if (what >= 7)
        generator_spoil(chance, source, other);
}

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void print_counts(const struct agreement_counts *counts, double seconds)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    printf("%llu expressions in %.0f s, %llu compiled, %llu evaluations: %llu values, %llu missing, %llu errors\n",
        (unsigned long long)counts->expressions, seconds, (unsigned long long)counts->compiled, (unsigned long long)counts->evaluations,
        (unsigned long long)counts->values, (unsigned long long)counts->missing, (unsigned long long)counts->errors);
    printf("compared: %llu with dyn, %llu with constants, %llu with terms, %llu on the quick machine; at most %ld MiB\n",
        (unsigned long long)counts->twins, (unsigned long long)counts->folded, (unsigned long long)counts->terms, (unsigned long long)counts->quick,
        usage.ru_maxrss >> 10);
    printf("slowest: %.1f ms, %s\n", counts->slowest_ms, counts->slowest);
}

static int check_input(struct agreement *agreement)
{
    static char text[1 << 20];
    struct chance chance = {1};
    uint32_t length = (uint32_t)fread(text, 1, sizeof text, stdin);
    for (int i = 0; i < 1000; i++) {
        const char *trouble = agreement_check(agreement, (struct ioc_text){text, length}, &chance);
        if (trouble) {
            printf("%s\n", trouble);
            return 1;
        }
    }
    return 0;
}

/* ------------------------------------------------------------- a crash says with which seed */

void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak)); /* in the sanitizers' builds */
static char last_words[64];

static void say_last_words(void)
{
    (void)!write(STDOUT_FILENO, last_words, strlen(last_words));
}

static void die(int number)
{
    say_last_words();
    signal(number, SIG_DFL);
    raise(number);
}

static void watch_for_crashes(void)
{
    if (__sanitizer_set_death_callback) {
        __sanitizer_set_death_callback(say_last_words);
        return;
    }
    static char stack[1 << 16]; /* of its own: the usual one may be what is used up */
    stack_t own = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action = {.sa_handler = die, .sa_flags = SA_ONSTACK};
    sigaltstack(&own, NULL);
    sigaction(SIGSEGV, &action, NULL);
    sigaction(SIGBUS, &action, NULL);
    sigaction(SIGFPE, &action, NULL);
    sigaction(SIGABRT, &action, NULL);
}

static int run(struct agreement *agreement, const struct options *options)
{
    struct ioc_buffer source = {0};
    double start = seconds_now();
    uint64_t bad = 0;
    for (uint64_t i = 0; i < options->count && (i % 256 || seconds_now() - start < options->seconds); i++) {
        if (i && i % 500000 == 0)
            print_counts(agreement_counts(agreement), seconds_now() - start);
        snprintf(last_words, sizeof last_words, "--seed %llu: crashed\n", (unsigned long long)(options->seed + i));
        struct chance chance = {(options->seed + i) * UINT64_C(0xd1342543de82ef95)};
        write_expression(&chance, &source);
        if (options->prints)
            printf("%.*s\n", IOC_TEXT_ARGS(ioc_buffer_text(&source)));
        const char *trouble = options->is_brief && chance_draw(&chance, 16)
                                  ? agreement_check_briefly(agreement, ioc_buffer_text(&source), &chance)
                                  : agreement_check(agreement, ioc_buffer_text(&source), &chance);
        if (!trouble)
            continue;
        printf("--seed %llu: %s\n  %.*s\n", (unsigned long long)(options->seed + i), trouble, IOC_TEXT_ARGS(ioc_buffer_text(&source)));
        if (++bad == 20 || !options->keeps_going)
            break;
    }
    print_counts(agreement_counts(agreement), seconds_now() - start);
    ioc_buffer_done(&source);
    return bad > 0;
}

int main(int argc, char **argv)
{
    struct options options = {.count = UINT64_MAX, .seed = 1, .seconds = 1e9};
    for (int i = 1; i < argc; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : "";
        if (strcmp(argv[i], "--keep") == 0) {
            options.keeps_going = true;
            continue;
        }
        if (strcmp(argv[i], "--check") == 0) {
            options.is_check = true;
            continue;
        }
        if (strcmp(argv[i], "--brief") == 0) {
            options.is_brief = true;
            continue;
        }
        if (strcmp(argv[i], "--print") == 0) {
            options.prints = true;
            continue;
        }
        bool is_known = true;
        if (strcmp(argv[i], "--count") == 0)
            options.count = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seed") == 0)
            options.seed = strtoull(value, NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0)
            options.seconds = strtod(value, NULL);
        else if (strcmp(argv[i], "--splice") == 0)
            is_known = read_splices(value);
        else
            is_known = false;
        if (!is_known) {
            fprintf(stderr, "%s: not understood: %s %s\n", argv[0], argv[i], value);
            return 2;
        }
        i++;
    }
    watch_for_crashes();
    setvbuf(stdout, NULL, _IOLBF, 0);
    struct agreement *agreement = agreement_new();
    int code = options.is_check ? check_input(agreement) : run(agreement, &options);
    agreement_free(agreement);
    for (uint32_t i = 0; i < splices_count; i++)
        ioc_buffer_done(&splices[i]);
    return code;
}
