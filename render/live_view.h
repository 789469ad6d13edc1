/*
 * live_view: what the user chose to see, and what a key does to it
 *
 * A view has a page (functions, threads, help), an order, a clock, a span, a thread, a filter for either page, and a row
 * that the cursor is on.  It knows neither a terminal nor how a page is drawn.
 *
 * Life: live_view_begin; per key live_view_key; live_view_arrange whenever the snapshot or the view has changed and
 * before rows are looked at; live_view_free.
 */
#ifndef PYRENDER_LIVE_VIEW_H
#define PYRENDER_LIVE_VIEW_H

#include "live_snapshot.h"

enum live_page { LIVE_FUNCTIONS, LIVE_THREAD_LIST, LIVE_HELP };

/* Of threads, self is CPU time and total is wall time. */
enum live_order { LIVE_BY_SELF, LIVE_BY_TOTAL, LIVE_BY_NAME };

/* Keys beside characters, which are themselves, as Unicode has them. */
enum live_key {
    LIVE_KEY_ENTER = '\n',
    LIVE_KEY_ESCAPE = 0x1b,
    LIVE_KEY_ERASE = 0x7f,
    LIVE_KEY_UP = 0x110000,
    LIVE_KEY_DOWN,
    LIVE_KEY_PAGE_UP,
    LIVE_KEY_PAGE_DOWN,
    LIVE_KEY_HOME,
    LIVE_KEY_END,
};

/* What a key asks of its caller. */
enum live_wish {
    LIVE_NOTHING, /* but to draw again */
    LIVE_TAKE,    /* a new snapshot: the selection is another */
    LIVE_REDRAW,  /* the whole screen */
    LIVE_RESET,   /* the table, and a new snapshot */
    LIVE_QUIT,
};

enum { LIVE_FILTER_BYTES = 128 };

struct live_view {
    enum live_page page, behind; /* `behind` the help */
    enum live_order order;
    bool reverse;
    bool cpu; /* CPU time instead of wall time */
    bool application_only;
    bool paused;
    struct live_selection selection;

    char filters[2][LIVE_FILTER_BYTES]; /* of functions and threads */
    char former[LIVE_FILTER_BYTES];     /* while one is typed: what it was */
    bool typing;

    uint32_t *rows; /* of the snapshot's functions or threads: those to be seen, in their order */
    size_t nrows, rows_room;
    size_t cursor, top; /* rows; `top` is the first one seen */
    size_t height;      /* rows that are seen at once: the caller's to set */
    size_t help_top;    /* first line of the help that is seen */
};

void live_view_begin(struct live_view *);
void live_view_free(struct live_view *);

enum live_wish live_view_key(struct live_view *, const struct live_snapshot *, uint32_t key);

/* Filters and sorts the snapshot's rows, and keeps the cursor among them.  -1: no memory. */
int live_view_arrange(struct live_view *, const struct live_snapshot *);

/* The filter of the page, or of the one behind the help. */
const char *live_view_filter(const struct live_view *);

/* Time of `counts` by the view's clock, in ns. */
int64_t live_view_time(const struct live_view *, const struct counts *counts);

/* Whether foreign text matches a filter: a part of it in whatever case, or all of it with wildcards as of fnmatch(3). */
bool live_matches(struct pyprof_text text, const char *filter);

#endif
