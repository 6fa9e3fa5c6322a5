/* core/plate.c — letters and digits of a plate. */
#include "core/plate.h"

/* Signs beyond ASCII: spaces and signs of Latin-1, general punctuation, spaces of East Asia. */
static bool is_sign(const unsigned char *letter, uint32_t length)
{
    if (length == 2)
        return letter[0] == 0xc2;
    return length == 3 && ((letter[0] == 0xe2 && (letter[1] == 0x80 || letter[1] == 0x81)) ||
                              (letter[0] == 0xe3 && letter[1] == 0x80 && letter[2] < 0x84));
}

uint32_t ioc_plate_normalize(struct ioc_text text, char *out, uint32_t room)
{
    uint32_t length = 0;
    while (text.length) {
        uint32_t bytes = ioc_text_character(text);
        const unsigned char *letter = (const unsigned char *)text.data;
        if (bytes == 0) /* not UTF-8: the byte stands for itself */
            bytes = 1;
        text.data += bytes;
        text.length -= bytes;
        bool is_small = *letter >= 'a' && *letter <= 'z';
        bool is_kept = is_small || (*letter >= 'A' && *letter <= 'Z') || (*letter >= '0' && *letter <= '9') ||
                       (*letter >= 0x80 && !is_sign(letter, bytes));
        if (!is_kept)
            continue;
        if (bytes > room - length)
            break;
        memcpy(out + length, letter, bytes);
        if (is_small)
            out[length] = (char)(*letter - 32);
        else if (bytes == 2 && letter[0] == 0xc4 && letter[1] == 0x91) /* đ */
            out[length + 1] = (char)0x90;
        length += bytes;
    }
    return length;
}
