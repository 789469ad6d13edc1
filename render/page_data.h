/*
 * page_data: all that a page shows, as one text (pack.h)
 *
 * The JSON holds what is said of the recording, the options, processes, threads, functions, files and, if asked for, the
 * files' text; the columns hold the numbers.  render/assets/data.js reads both, and names the columns.
 *
 * All strings are escaped (escape.h) before they get there.
 */
#ifndef PYRENDER_PAGE_DATA_H
#define PYRENDER_PAGE_DATA_H

#include "render.h"

/* How much of a profile goes into a page. */
struct page_limits {
    double share;   /* of all time: calls with less are folded */
    uint32_t depth; /* calls deeper than this are folded */
    size_t runs;    /* that tell the order of time */
    size_t source;  /* bytes of source text */
    int64_t width;  /* of bins of time to begin with, in ns; 0: exact */
};

struct page_data {
    char *text; /* base64 */
    size_t size;
    size_t runs, cells; /* that are in it (page_runs.h) */
    int64_t width;
};

/* -1: no memory. */
int page_data_make(const struct report *, const struct render_options *, const struct page_limits *,
                   struct page_data *);
void page_data_free(struct page_data *);

#endif
