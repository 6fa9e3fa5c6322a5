/*
 * tests/fuzz/fuzz_expression.c — any bytes as an expression: run in every way there is, all must agree (agreement.h).
 *
 * libFuzzer's inputs are grown and changed by the generator as well, so that most of them mean something.
 */
#include "tests/fuzz/agreement.h"
#include "tests/fuzz/generator.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) __attribute__((weak)); /* none without libFuzzer */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct agreement *agreement;
    agreement = agreement ? agreement : agreement_new();
    struct chance chance = {size};
    for (size_t i = 0; i < size; i++)
        chance.state = chance.state * 31 + data[i]; /* the same rows each time */
    const char *trouble = agreement_check(agreement, (struct ioc_text){(const char *)data, (uint32_t)size}, &chance);
    if (trouble) {
        fprintf(stderr, "%s\n", trouble);
        abort();
    }
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned int seed)
{
    struct chance chance = {seed};
    uint32_t what = chance_draw(&chance, 8);
    if (what < 3)
        return LLVMFuzzerMutate(data, size, most);
    struct ioc_buffer source = {0}, other = {0};
    struct generator generator = {.chance = chance, .out = &other};
    generator_write(&generator);
    ioc_buffer_add(&source, data, size);
    if (what < 7)
        generator_spoil(&generator.chance, &source, ioc_buffer_text(&other));
    const struct ioc_buffer *wanted = what < 7 ? &source : &other;
    size_t length = wanted->length < most ? wanted->length : most;
    if (length)
        memcpy(data, wanted->data, length);
    ioc_buffer_done(&source);
    ioc_buffer_done(&other);
    return length;
}
