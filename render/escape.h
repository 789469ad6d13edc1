/*
 * escape: foreign bytes made safe to show
 *
 * Whatever could act instead of being read is written as a visible escape: control characters (`\n`, `\x1b`), bytes that
 * are not UTF-8 (`\xff`), and what reorders, hides or breaks text (`\u202e`: bidirectional overrides and marks, line and
 * paragraph separators, zero-width characters).  The result is valid UTF-8 on one line.
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

/* Writes `text`, at most `columns` of it (a character is one, an escape its length), an ellipsis for the rest; 0: all. */
void escape_text(FILE *, struct pyprof_text text, unsigned style, size_t columns);

#endif
