#pragma once
/*
 * core/message.h — what people are told, in Vietnamese as well as in English.
 *
 * The code says its messages in English; the catalogue (core/message_*.c, one file a part of the house)
 * has the Vietnamese of each format and of each word that is put into one.  A Vietnamese format has the
 * conversions of the English one; `%2$s` takes the second of them where the order differs, and `%#s`
 * looks the text up in the catalogue too: a word of ours, never a word of the user.  What has no
 * Vietnamese stays English; tests/messages finds it in the sources before a user does.
 *
 * Memory   none; the catalogue is constant
 * Thread   any
 */
#include <stdarg.h>
#include <stddef.h>

struct ioc_message_pair {
    const char *english, *vietnamese;
};
/* Each ends with a NULL pair. */
extern const struct ioc_message_pair ioc_messages_document[], ioc_messages_table[], ioc_messages_city[],
    ioc_messages_rule[], ioc_messages_expression[], ioc_messages_pattern[], ioc_messages_ingest[];

enum { IOC_MESSAGE_CONVERSIONS = 8 }; /* in one format, at most */

/* The Vietnamese of a format or a word, or NULL. */
const char *ioc_message_find(const char *english);
/* Copies what there is room for, in whole characters. */
void ioc_message_put(char *out, size_t size, const char *text);
/* As vsnprintf() into `english`, and the same said in Vietnamese into `vietnamese`; both end with whole
 * characters.  `format` is the literal of the source. */
void ioc_message_format(char *english, size_t english_size, char *vietnamese, size_t vietnamese_size,
    const char *format, va_list arguments) __attribute__((__format__(__printf__, 5, 0)));
