/*
 * live_line: one line of a screen, no wider than it
 *
 * A line is put together from left to right; what does not fit is cut, with an ellipsis where it was foreign text.
 * Columns are counted as terminals count them: two for a wide character, none for a combining one.  Its bytes are of the
 * locale's codeset, printable, and none of them moves the cursor.  Looks say how a part of it is to be seen; what draws it
 * chooses how.
 *
 * Life: live_line_begin, then any of the others; nothing is allocated.
 */
#ifndef PYRENDER_LIVE_LINE_H
#define PYRENDER_LIVE_LINE_H

#include "format/section.h"

enum live_look {
    LOOK_PLAIN,
    LOOK_FAINT,
    LOOK_BOLD,
    LOOK_HOT,     /* much of the whole, */
    LOOK_WARM,    /* a good part, */
    LOOK_MILD,    /* something of it */
    LOOK_HEADING, /* of a column */
    LOOK_SORTED,  /* of the column that sorts */
    LOOK_WARNING, /* something is missing or doubtful */
    LOOKS,
};

enum { LIVE_LINE_BYTES = 8192, LIVE_LINE_SPANS = 32 };

struct live_span {
    enum live_look look;
    size_t size; /* in bytes */
};

struct live_line {
    bool unicode; /* the codeset is UTF-8; otherwise all is ASCII */
    unsigned width, columns;
    char bytes[LIVE_LINE_BYTES];
    size_t size;
    struct live_span spans[LIVE_LINE_SPANS]; /* one after the other */
    size_t nspans;
};

void live_line_begin(struct live_line *, unsigned width, bool unicode);

/* How what follows looks. */
void live_line_look(struct live_line *, enum live_look);

/* Puts text of the program's own: printable ASCII. */
void live_line_put(struct live_line *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Puts foreign text, escaped, in at most `columns` of what is left of the line. */
void live_line_text(struct live_line *, struct pyprof_text text, unsigned columns);

/* Puts a bar of height 0 (none) to 8. */
void live_line_bar(struct live_line *, unsigned height);

/* Puts blanks up to `column`. */
void live_line_pad(struct live_line *, unsigned column);

#endif
