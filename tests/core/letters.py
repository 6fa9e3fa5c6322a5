#!/usr/bin/env python3
# tests/core/letters.py — writes tests/core/letters.txt: every precomposed Latin, Greek and Cyrillic letter and what it is
# without its diacritics, by Python's unicodedata.
#
#   tests/core/letters.py > tests/core/letters.txt
import unicodedata

blocks = ((0xC0, 0x24F), (0x1E00, 0x1EFF), (0x370, 0x3FF), (0x1F00, 0x1FFF), (0x400, 0x4FF))
for low, high in blocks:
    for point in range(low, high + 1):
        letter = chr(point)
        if not unicodedata.category(letter).startswith('L'):
            continue
        folded = ''.join(one for one in unicodedata.normalize('NFD', letter) if unicodedata.category(one) != 'Mn')
        print(letter, folded.replace('đ', 'd').replace('Đ', 'D'))
