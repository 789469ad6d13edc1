#include "lines.h"

#include <stdbool.h>

/* What is decoded so far; counts all ranges, keeps those there is room for. */
struct decoder {
    const uint8_t *next, *end;
    int64_t line; /* 64 bits wide: a damaged table must not overflow it */
    uint32_t offset;
    struct lines_range *out;
    size_t room, n;
    struct lines_range last; /* open: the next range may extend it */
};

static void flush(struct decoder *d)
{
    if (d->last.end == d->last.start)
        return;
    if (d->n < d->room)
        d->out[d->n] = d->last;
    d->n++;
}

/* Adds `len` bytes of code of that line; false when the byte code would be larger than CPython can make it. */
static bool add(struct decoder *d, uint32_t len, int64_t line)
{
    int32_t shown = line < 0 || line > INT32_MAX ? LINES_NONE : (int32_t)line;
    if (len > (uint32_t)INT32_MAX - d->offset)
        return false;
    if (!len)
        return true;
    if (shown != d->last.line) {
        flush(d);
        d->last = (struct lines_range){d->offset, d->offset, shown};
    }
    d->offset += len;
    d->last.end = d->offset;
    return true;
}

/* A pair ends the code of the line before and steps to the next. */
static void decode_lnotab(struct decoder *d, bool is_signed)
{
    for (; d->end - d->next >= 2; d->next += 2) {
        if (!add(d, d->next[0], d->line))
            return;
        d->line += is_signed ? (int8_t)d->next[1] : d->next[1];
    }
    add(d, 1, d->line);
    d->last.end = UINT32_MAX;
}

static void decode_ranges(struct decoder *d)
{
    enum { NO_LINE = -128 };
    for (; d->end - d->next >= 2; d->next += 2) {
        int8_t step = (int8_t)d->next[1];
        if (step != NO_LINE)
            d->line += step;
        if (!add(d, d->next[0], step == NO_LINE ? LINES_NONE : d->line))
            return;
    }
}

/* A number in groups of 6 bits, the lowest first; bit 6 says that another follows; the sign is the number's lowest
 * bit. */
static bool signed_number(struct decoder *d, int64_t *value)
{
    uint64_t bits = 0;
    for (uint32_t shift = 0; d->next < d->end && !(*d->next & 0x80) && shift <= 30; shift += 6) {
        uint8_t byte = *d->next++;
        bits |= (uint64_t)(byte & 0x3F) << shift;
        if (!(byte & 0x40)) {
            *value = bits & 1 ? -(int64_t)(bits >> 1) : (int64_t)(bits >> 1);
            return true;
        }
    }
    return false;
}

/* An entry begins with a byte that has its highest bit set: bits 3 to 6 its form, 0 to 2 its units of code less one.
 */
static void decode_locations(struct decoder *d)
{
    enum { ONE_LINE = 10, NO_COLUMNS = 13, LONG = 14, NONE = 15 };
    while (d->next < d->end && (*d->next & 0x80)) {
        uint8_t first = *d->next++;
        uint32_t form = first >> 3 & 15;
        int64_t step = 0;
        if (form >= ONE_LINE && form < NO_COLUMNS)
            step = (int64_t)form - ONE_LINE;
        else if ((form == NO_COLUMNS || form == LONG) && !signed_number(d, &step))
            return;
        d->line += step;
        if (!add(d, 2u * ((first & 7) + 1), form == NONE ? LINES_NONE : d->line))
            return;
        while (d->next < d->end && !(*d->next & 0x80)) /* columns */
            d->next++;
    }
}

size_t lines_decode(enum lines_kind kind, const uint8_t *table, size_t len, int32_t firstline,
                    struct lines_range *out, size_t room)
{
    struct decoder d = {.next = table, .end = table + len, .line = firstline, .out = out, .room = room};
    d.last.line = LINES_NONE;
    switch (kind) {
    case LINES_LNOTAB_UNSIGNED:
    case LINES_LNOTAB:
        decode_lnotab(&d, kind == LINES_LNOTAB);
        break;
    case LINES_RANGES:
        decode_ranges(&d);
        break;
    case LINES_LOCATIONS:
        decode_locations(&d);
        break;
    }
    flush(&d);
    return d.n;
}

int32_t lines_at(const struct lines_range *ranges, size_t n, int32_t firstline, int32_t offset)
{
    if (offset < 0)
        return firstline;
    size_t low = 0,
           high = n; /* the ranges before `low` start at or before the offset, those from `high` on after it */
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (ranges[middle].start <= (uint32_t)offset)
            low = middle + 1;
        else
            high = middle;
    }
    while (low > 0 && ranges[low - 1].line == LINES_NONE)
        low--;
    return low > 0 ? ranges[low - 1].line : firstline;
}
