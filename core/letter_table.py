#!/usr/bin/env python3
# core/letter_table.py — writes core/letter_table.c: letters that are a letter and diacritics (Unicode NFD).
#
#   core/letter_table.py > core/letter_table.c
#
# A letter is listed when its canonical decomposition is one letter and marks of the combining-diacritical blocks
# only, so that the scripts of India and Japan, whose marks are letters, stay as they are.  Đ and đ have no
# decomposition and are added by hand.
import unicodedata

def is_mark(point):
    return any(low <= point <= high for low, high in
               ((0x300, 0x36F), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE20, 0xFE2F)))

def base(point):
    letter = chr(point)
    if not unicodedata.category(letter).startswith('L') or 0xAC00 <= point <= 0xD7A3 or 0xF900 <= point <= 0xFAFF:
        return None
    rest = [one for one in unicodedata.normalize('NFD', letter) if not is_mark(ord(one))]
    return ord(rest[0]) if len(rest) == 1 and ord(rest[0]) != point else None

pairs = [(point, base(point)) for point in range(0x80, 0xD800)] + [(point, base(point)) for point in range(0xE000, 0x10000)]
pairs = sorted([pair for pair in pairs if pair[1]] + [(0x110, ord('D')), (0x111, ord('d'))])
print('/* core/letter_table.c — written by core/letter_table.py: a letter and what it is without its diacritics. */')
print('#include "core/letter.h"\n')
print('const uint16_t ioc_letter_table[][2] = {')
for at in range(0, len(pairs), 7):
    print('    ' + ' '.join('{0x%04x, 0x%04x},' % pair for pair in pairs[at:at + 7]))
print('};')
print('const uint32_t ioc_letter_count = sizeof ioc_letter_table / sizeof ioc_letter_table[0];')
