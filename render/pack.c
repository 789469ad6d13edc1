#include "pack.h"

#include "grow.h"

#include <zlib.h>

void pack_column(struct pack *pack, const char *name)
{
    if (pack->ncolumns == sizeof pack->columns / sizeof *pack->columns) {
        pack->failed = true;
        return;
    }
    pack->columns[pack->ncolumns++] = (struct pack_column){.name = name, .offset = pack->size};
}

void pack_number(struct pack *pack, uint64_t number)
{
    enum { LONGEST = 10 };

    if (!pack->ncolumns || GROW(&pack->bytes, &pack->room, pack->size + LONGEST) < 0) {
        pack->failed = true;
        return;
    }
    pack->columns[pack->ncolumns - 1].count++;
    for (; number > 0x7f; number >>= 7)
        pack->bytes[pack->size++] = (uint8_t)(number | 0x80);
    pack->bytes[pack->size++] = (uint8_t)number;
}

void pack_signed(struct pack *pack, int64_t number)
{
    pack_number(pack, number < 0 ? ~((uint64_t)number << 1) : (uint64_t)number << 1);
}

void pack_put_index(const struct pack *pack, FILE *json)
{
    fputs("\"columns\":{", json);
    for (size_t i = 0; i < pack->ncolumns; i++)
        fprintf(json, "%s\"%s\":[%zu,%zu]", i ? "," : "", pack->columns[i].name, pack->columns[i].offset,
                pack->columns[i].count);
    fputc('}', json);
}

static char *base64(const uint8_t *bytes, size_t size, size_t *length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = malloc((size + 2) / 3 * 4 + 1), *to = text;

    if (!text)
        return NULL;
    for (size_t i = 0; i < size; i += 3) {
        size_t left = size - i;
        uint32_t group = (uint32_t)bytes[i] << 16 | (left > 1 ? (uint32_t)bytes[i + 1] << 8 : 0) |
                         (left > 2 ? (uint32_t)bytes[i + 2] : 0);

        *to++ = digits[group >> 18];
        *to++ = digits[group >> 12 & 63];
        *to++ = left > 1 ? digits[group >> 6 & 63] : '=';
        *to++ = left > 2 ? digits[group & 63] : '=';
    }
    *to = 0;
    *length = (size_t)(to - text);
    return text;
}

/* JSON and columns, one after the other, to be freed. */
static uint8_t *join(const struct pack *pack, const char *json, size_t json_size)
{
    uint8_t *whole = malloc(4 + json_size + pack->size);

    if (!whole)
        return NULL;
    for (size_t i = 0; i < 4; i++)
        whole[i] = (uint8_t)(json_size >> 8 * i);
    memcpy(whole + 4, json, json_size);
    if (pack->size)
        memcpy(whole + 4 + json_size, pack->bytes, pack->size);
    return whole;
}

char *pack_close(const struct pack *pack, const char *json, size_t json_size, size_t *size)
{
    uLong whole_size = 4 + json_size + pack->size;
    uLongf deflated_size = compressBound(whole_size);
    uint8_t *whole = pack->failed ? NULL : join(pack, json, json_size);
    uint8_t *deflated = malloc(deflated_size);
    char *text = NULL;

    if (whole && deflated && compress2(deflated, &deflated_size, whole, whole_size, Z_DEFAULT_COMPRESSION) == Z_OK)
        text = base64(deflated, deflated_size, size);
    free(whole);
    free(deflated);
    return text;
}

void pack_free(struct pack *pack)
{
    free(pack->bytes);
    *pack = (struct pack){0};
}
