#pragma once
/*
 * core/plate.h — the one form of a number plate, however a camera, a person or a table writes it.
 *
 * "51F-123.45", "51 f 12345" and "51F/123 45" are 51F12345; "59-X1\n234.56" is 59X123456; "29-MĐ1 234.56" is
 * 29MĐ123456.  Letters and digits in upper case, đ as Đ; spaces, stops, hyphens, slashes and other signs go, ASCII or
 * not.  Letters of other scripts stay as they are.  Nothing is refused and nothing is guessed: what a camera reads
 * wrong (0 and D, 8 and B) stays wrong.
 * No layout of series and numbers is assumed.
 */
#include "core/text.h"

/* Bytes written, never more than the text has; `room` bounds them too, whole letters only. */
uint32_t ioc_plate_normalize(struct ioc_text text, char *out, uint32_t room);
