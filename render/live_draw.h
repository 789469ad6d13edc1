/*
 * live_draw: what is to be seen, line by line
 *
 * A picture is a view of a snapshot in so many lines and columns.  From the top: the program, the line of trust, what is
 * shown (clock, span, threads, order, filter), the columns' heads, rows, and at the bottom the keys, the filter that is
 * typed, or a message.  Where lines are few, the rows stay and the others go; where columns are few, the measure that
 * sorts and the names stay.
 *
 * A trend has a bar a second, the newest to the right: the function's share of that second, or the thread's use of CPU,
 * beside its own greatest (shares under LIVE_FLAT are flat).
 */
#ifndef PYRENDER_LIVE_DRAW_H
#define PYRENDER_LIVE_DRAW_H

#include "live_line.h"
#include "live_view.h"

#define LIVE_FLAT 0.05F

/* What the stream's end of it has to say. */
struct live_news {
    const char *message;     /* about the stream, NULL: none; printable ASCII */
    uint64_t damaged_bytes;  /* that could not be read */
    uint64_t missing_blocks; /* by the stream's own numbering */
};

struct live_picture {
    const struct live_view *view;
    const struct live_snapshot *snapshot;
    const struct live_news *news;
    unsigned lines, columns;
    bool unicode;
};

/* Rows that fit into so many lines. */
size_t live_draw_height(unsigned lines);

/* Line `y` of the picture; the view was arranged.  `*chosen`: it is the cursor's row. */
void live_draw_line(const struct live_picture *, unsigned y, struct live_line *, bool *chosen);

/* The single parts, for a report on paper. */
void live_draw_trust(const struct live_picture *, struct live_line *);
void live_draw_shown(const struct live_picture *, struct live_line *);
void live_draw_heads(const struct live_picture *, struct live_line *);
void live_draw_row(const struct live_picture *, size_t row, struct live_line *);

#endif
