#include "text.h"

/* Bytes of the UTF-8 character at `at` that may be shown as they are; 0: none. */
static size_t shown(const unsigned char *at, size_t left)
{
    size_t size = *at < 0x80                  ? 1
                  : *at >= 0xc2 && *at < 0xe0 ? 2
                  : *at >= 0xe0 && *at < 0xf0 ? 3
                  : *at >= 0xf0 && *at < 0xf5 ? 4
                                              : 0;

    if (size == 0 || size > left || *at < 0x20 || *at == 0x7f || (*at == 0xc2 && at[1] < 0xa0))
        return 0;
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
    }
    return size;
}

void text_put(FILE *out, const char *text, size_t len)
{
    const unsigned char *at = (const unsigned char *)text;

    for (size_t i = 0; i < len;) {
        size_t size = shown(at + i, len - i);
        if (size > 0)
            fwrite(at + i, 1, size, out);
        else
            fprintf(out, "\\x%02x", at[i]);
        i += size > 0 ? size : 1;
    }
}
