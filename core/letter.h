#pragma once
/*
 * core/letter.h — letters without their diacritics: "Nguyễn Đình Chiểu" is found by "Nguyen Dinh Chieu".
 *
 * Canonical decomposition (Unicode NFD) of letters of the basic plane, combining diacritical marks dropped, Đ → D and
 * đ → d, which have no decomposition.  Case stays, and so does everything else: ß, ø, ł are letters of their own, and
 * the marks of Indian scripts and of kana are letters too.
 *
 * Thread   any
 * Source   unicode.org UAX #15; the table is written by core/letter_table.py
 */
#include "core/text.h"

/* Pairs of letter and base, in order of the letters. */
extern const uint16_t ioc_letter_table[][2];
extern const uint32_t ioc_letter_count;

/* The letter without diacritics, else the letter itself; 0 for a combining mark. */
uint32_t ioc_letter_base(uint32_t point);
/* text must be valid UTF-8; out has room for as many bytes.  The number of bytes written. */
uint32_t ioc_letter_fold(struct ioc_text text, char *out);
