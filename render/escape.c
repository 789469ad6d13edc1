#include "escape.h"

#include <string.h>
#include <wchar.h>

/* A character, or a byte that is part of none. */
struct character {
    uint32_t code;
    size_t size; /* in bytes */
    bool valid;
};

/* The length that a first byte announces; 0 for one that begins nothing (RFC 3629). */
static size_t announced(unsigned char first)
{
    if (first < 0x80)
        return 1;
    if (first >= 0xc2 && first < 0xe0)
        return 2;
    if (first >= 0xe0 && first < 0xf0)
        return 3;
    return first >= 0xf0 && first < 0xf5 ? 4 : 0;
}

static struct character next_character(const char *bytes, size_t left)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    const unsigned char *at = (const unsigned char *)bytes;
    struct character bad = {.code = at[0], .size = 1};
    size_t size = announced(at[0]);
    uint32_t code;

    if (!size || size > left)
        return bad;
    code = at[0] & mask[size];
    for (size_t i = 1; i < size; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return bad;
        code = code << 6 | (at[i] & 0x3f);
    }
    if (code < least[size] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff))
        return bad;
    return (struct character){.code = code, .size = size, .valid = true};
}

/* Characters that act on the text around them or cannot be seen (Unicode 15: Cc, Cf, Zl, Zp, as far as they matter). */
static bool acts(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},     {0x7f, 0x9f},     {0xad, 0xad},       {0x61c, 0x61c},   {0x115f, 0x1160},
        {0x180e, 0x180e}, {0x200b, 0x200f}, {0x2028, 0x202e},   {0x2060, 0x206f}, {0xfeff, 0xfeff},
        {0xfff0, 0xfffb}, {0xfffe, 0xffff}, {0xe0000, 0xe0fff},
    };

    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static const char *backslash(unsigned style)
{
    return style & ESCAPE_JSON ? "\\\\" : "\\";
}

/* The visible escape of a character, NULL if it needs none; `room` is its storage. */
static const char *visible(struct character c, unsigned style, char room[16])
{
    const char *slash = backslash(style);

    if (c.code == '\n')
        snprintf(room, 16, "%sn", slash);
    else if (c.code == '\t')
        snprintf(room, 16, "%st", slash);
    else if (!c.valid || (c.code < 0x100 && acts(c.code)) || (c.code == ';' && style & ESCAPE_SEMICOLON))
        snprintf(room, 16, "%sx%02x", slash, (unsigned)c.code);
    else if (acts(c.code) || (c.code > 0x7e && style & ESCAPE_ASCII))
        snprintf(room, 16, c.code > 0xffff ? "%sU%08x" : "%su%04x", slash, (unsigned)c.code);
    else
        return NULL;
    return room;
}

/* What JSON, or an HTML script element around it, would take for its own. */
static const char *json(struct character c, char room[16])
{
    if (!memchr("\"\\<>&'", (int)c.code, 6) || c.code > 0x7e)
        return NULL;
    snprintf(room, 16, "\\u%04x", (unsigned)c.code);
    return room;
}

/* The columns of a text, counted character by character. */
struct count {
    size_t columns;
    unsigned marks; /* combining characters on the last one */
};

static size_t columns_of(struct character c, unsigned style, struct count *count)
{
    enum { MOST_MARKS = 4 };
    char room[16];
    const char *shown = visible(c, style, room);
    int width = shown || c.code < 0x80 || style & ESCAPE_JSON ? 1 : wcwidth((wchar_t)c.code);

    if (shown)
        return strlen(shown) - strlen(backslash(style)) + 1;
    count->marks = width == 0 ? count->marks + 1 : 0;
    if (width < 0 || count->marks > MOST_MARKS)
        return 1;
    return (size_t)width;
}

size_t escape_columns(struct pyprof_text text, unsigned style, size_t most)
{
    struct count count = {0};
    struct character c;

    for (size_t at = 0; at < text.size && (!most || count.columns <= most); at += c.size) {
        c = next_character(text.bytes + at, text.size - at);
        count.columns += columns_of(c, style, &count);
    }
    return count.columns;
}

static void put(FILE *out, struct character c, const char *bytes, unsigned style)
{
    char room[16];
    const char *shown = visible(c, style, room);

    if (!shown && style & ESCAPE_JSON)
        shown = json(c, room);
    if (shown)
        fputs_unlocked(shown, out);
    else
        fwrite_unlocked(bytes, 1, c.size, out);
}

static struct pyprof_text ellipsis(unsigned style, size_t columns)
{
    static const char dots[] = "...";

    if (!(style & ESCAPE_ASCII))
        return (struct pyprof_text){"…", sizeof "…" - 1};
    return (struct pyprof_text){dots, columns < sizeof dots - 1 ? columns : sizeof dots - 1};
}

/* Writes what fits. */
static size_t put_some(FILE *out, struct pyprof_text text, unsigned style, size_t columns)
{
    struct count count = {0};
    struct character c;

    for (size_t at = 0; at < text.size; at += c.size) {
        size_t more;

        c = next_character(text.bytes + at, text.size - at);
        more = columns_of(c, style, &count);
        if (count.columns + more > columns)
            break;
        count.columns += more;
        put(out, c, text.bytes + at, style);
    }
    return count.columns;
}

static size_t put_ellipsis(FILE *out, unsigned style, size_t columns)
{
    struct pyprof_text dots = ellipsis(style, columns);

    fwrite_unlocked(dots.bytes, 1, dots.size, out);
    return style & ESCAPE_ASCII ? dots.size : 1;
}

static bool fits(struct pyprof_text text, unsigned style, size_t columns)
{
    return !columns || escape_columns(text, style, columns) <= columns;
}

size_t escape_text(FILE *out, struct pyprof_text text, unsigned style, size_t columns)
{
    size_t dots, used;

    if (fits(text, style, columns))
        return put_some(out, text, style, SIZE_MAX);
    dots = style & ESCAPE_ASCII ? ellipsis(style, columns).size : 1;
    used = put_some(out, text, style, columns - dots);
    return used + put_ellipsis(out, style, columns);
}

size_t escape_end(FILE *out, struct pyprof_text text, unsigned style, size_t columns)
{
    size_t left = escape_columns(text, style, 0), dots;
    struct count count = {0};

    if (fits(text, style, columns))
        return put_some(out, text, style, SIZE_MAX);
    dots = put_ellipsis(out, style, columns);
    while (text.size && left > columns - dots) {
        struct character c = next_character(text.bytes, text.size);

        left -= columns_of(c, style, &count);
        text.bytes += c.size;
        text.size -= c.size;
    }
    return dots + put_some(out, text, style, columns - dots);
}
