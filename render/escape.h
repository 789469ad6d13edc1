/*
 * escape: foreign bytes made safe to show
 *
 * Whatever could act instead of being read is written as a visible escape: control characters (`\n`, `\x1b`), bytes
 * that are not UTF-8 (`\xff`), and what reorders, hides or breaks text (`\u202e`: bidirectional overrides and marks,
 * line and paragraph separators, zero-width characters).  The result is valid UTF-8 on one line.
 */
#ifndef PYRENDER_ESCAPE_H
#define PYRENDER_ESCAPE_H

#include "format/section.h"

#include <stdio.h>

enum escape_style {
    ESCAPE_ASCII = 1 << 0,     /* everything over U+007E as well, for terminals without UTF-8 */
    ESCAPE_SEMICOLON = 1 << 1, /* `;` as well, which ends a frame in collapsed stacks */
    ESCAPE_JSON = 1 << 2,      /* for the inside of a JSON string in a script element of HTML */
};

/*
 * Columns that `text` takes, as a terminal counts them: an escape its length, a wide character two, a combining one
 * none (wcwidth(3), so by the locale's LC_CTYPE).  More than a few combining ones on top of each other count as one
 * each, so that no text is endless in no column.  In JSON, where no terminal is, any character is one.  Counting
 * stops beyond `most`; 0: it does not.
 */
size_t escape_columns(struct pyprof_text text, unsigned style, size_t most);

/*
 * Writes `text` in at most `columns`, where it is longer its beginning and an ellipsis; 0: all.  Returns the
 * columns.
 */
size_t escape_text(FILE *, struct pyprof_text text, unsigned style, size_t columns);

/* The same, but an ellipsis and its end. */
size_t escape_end(FILE *, struct pyprof_text text, unsigned style, size_t columns);

#endif
