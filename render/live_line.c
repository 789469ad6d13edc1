#include "live_line.h"

#include "escape.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

/* Of foreign text: far more than a line shows; combining characters on one other. */
enum { TEXT_BYTES = 2000, COMBINING = 3 };

/* In the place of what has no known width. */
static const char unknown[] = "?";

void live_line_begin(struct live_line *line, unsigned width, bool unicode)
{
    line->unicode = unicode;
    line->width = width;
    line->columns = 0;
    line->size = 0;
    line->spans[0] = (struct live_span){.look = LOOK_PLAIN};
    line->nspans = 1;
}

void live_line_look(struct live_line *line, enum live_look look)
{
    if (line->spans[line->nspans - 1].size && line->nspans < LIVE_LINE_SPANS)
        line->nspans++;
    line->spans[line->nspans - 1] = (struct live_span){
        .look = look, .size = line->nspans == LIVE_LINE_SPANS ? line->spans[line->nspans - 1].size : 0};
}

/* Puts a character's bytes; false if it does not fit. */
static bool put(struct live_line *line, const char *bytes, size_t size, unsigned columns)
{
    if (line->columns + columns > line->width || line->size + size > LIVE_LINE_BYTES)
        return false;
    memcpy(line->bytes + line->size, bytes, size);
    line->size += size;
    line->columns += columns;
    line->spans[line->nspans - 1].size += size;
    return true;
}

void live_line_put(struct live_line *line, const char *format, ...)
{
    char text[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    for (const char *at = text; *at && put(line, at, 1, 1); at++)
        ;
}

void live_line_pad(struct live_line *line, unsigned column)
{
    while (line->columns < column && put(line, " ", 1, 1))
        ;
}

void live_line_bar(struct live_line *line, unsigned height)
{
    static const char *const unicode[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char *const ascii[] = {" ", ".", ":", "-", "=", "+", "*", "%", "#"};
    const char *bar = (line->unicode ? unicode : ascii)[height > 8 ? 8 : height];

    put(line, bar, strlen(bar), 1);
}

/* A character of escaped text, ready to be put. */
struct character {
    const char *bytes;
    size_t size;
    unsigned columns;
};

/* The text is valid in the locale's codeset, or ASCII. */
static struct character next_character(const char *at, const char *end)
{
    mbstate_t state = {0};
    wchar_t wide;
    size_t size = mbrtowc(&wide, at, (size_t)(end - at), &state);
    int columns;

    if (!size || size > (size_t)(end - at))
        return (struct character){unknown, 1, 1};
    columns = wcwidth(wide);
    return (struct character){at, size, columns < 0 ? UINT32_MAX : (unsigned)columns};
}

/* Goes through the text, putting what fits into `room` columns if `line` is not NULL; whether all of it fits. */
static bool walk(struct live_line *line, const char *at, const char *end, unsigned room)
{
    unsigned used = 0, combining = 0;

    while (at < end) {
        struct character c = next_character(at, end);

        at += c.size;
        if (c.columns == UINT32_MAX)
            c = (struct character){unknown, 1, 1};
        combining = c.columns ? 0 : combining + 1;
        if (combining > COMBINING || (!c.columns && !used))
            continue;
        if (used + c.columns > room || (line && !put(line, c.bytes, c.size, c.columns)))
            return false;
        used += c.columns;
    }
    return true;
}

static void put_cut(struct live_line *line, const char *text, size_t size, unsigned room)
{
    const char *more = line->unicode ? "…" : "...";
    unsigned ellipsis = line->unicode ? 1 : 3;

    if (walk(NULL, text, text + size, room)) {
        walk(line, text, text + size, room);
    } else if (room >= ellipsis) {
        walk(line, text, text + size, room - ellipsis);
        put(line, more, strlen(more), ellipsis);
    }
}

void live_line_text(struct live_line *line, struct pyprof_text text, unsigned columns)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);
    unsigned left = line->width - line->columns;

    if (!out)
        return;
    if (text.size > TEXT_BYTES)
        text.size = TEXT_BYTES;
    escape_text(out, text, line->unicode ? 0 : ESCAPE_ASCII, 0);
    if (fclose(out) == 0)
        put_cut(line, bytes, size, columns < left ? columns : left);
    free(bytes);
}
