/*
 * tests/fuzz/fuzz_command.c — any bytes as a command: the first byte says whether they are signed rightly.
 */
#include "ingest/command.h"
#include <assert.h>
#include <sodium.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const uint8_t key[32] = {1, 2, 3};
    static const ioc_time now = 1700000010 * IOC_SECOND;
    if (size == 0 || sodium_init() < 0)
        return 0;
    struct ioc_text json = {(const char *)data + 1, (uint32_t)(size - 1)};
    char hex[2 * crypto_auth_BYTES + 1];
    unsigned char mac[crypto_auth_BYTES];
    bool is_signed = data[0] != '0';
    crypto_auth(mac, data + 1, size - 1, key);
    sodium_bin2hex(hex, sizeof hex, mac, sizeof mac);
    struct ioc_text given = is_signed ? (struct ioc_text){hex, 2 * crypto_auth_BYTES} : json;
    struct ioc_arena arena = {0};
    struct ioc_command command = {0};
    const char *why = NULL;
    enum ioc_status status =
        ioc_command_verify(json, given, key, now, IOC_TEXT("north"), &arena, &command, &why);
    if (!is_signed)
        assert(status != IOC_OK);
    assert((status == IOC_OK) == (why == NULL));
    if (status == IOC_OK) {
        struct ioc_buffer packed = {0};
        struct ioc_command unpacked;
        ioc_command_pack(&command, &packed);
        status = ioc_command_unpack(ioc_buffer_text(&packed), &unpacked);
        assert(status == IOC_OK && ioc_text_equal(unpacked.alert, command.alert) &&
               command.id.length > 0);
        ioc_buffer_done(&packed);
    }
    ioc_arena_done(&arena);
    return 0;
}
