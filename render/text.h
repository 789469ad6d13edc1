/*
 * text: what the reports for terminals, logs and mail have in common
 *
 * A report is the facts of summary.h, then a section for each thread with a heading for it and for its process, or
 * one section for all of them together (--combine).  What a section holds is the report's own: text_tree.c and its
 * neighbours.
 *
 * Lines are at most `width` columns: facts are wrapped, what else is too long is cut and ends in an ellipsis.
 * Foreign strings are escaped (escape.h), so that none can move the cursor, and are never longer than
 * TEXT_NAME_COLUMNS.
 *
 * Functions that return an int return -1 if there is no memory.
 */
#ifndef PYRENDER_TEXT_H
#define PYRENDER_TEXT_H

#include "render.h"
#include "summary.h"

enum { TEXT_NAME_COLUMNS = 200 };

/* Percent of its section under which a row is folded, if nothing else is asked for. */
#define TEXT_THRESHOLD 1.0

/* A report while it is written. */
struct text {
    FILE *out;
    const struct report *report;
    const struct render_options *options;
    unsigned escapes;  /* enum escape_style */
    unsigned decimals; /* of seconds */
    double threshold;  /* percent */
    size_t width;      /* 0: lines may have any length */
};

/* Writes what some threads did together. */
typedef int text_section(struct text *, const struct model_thread *const *threads, size_t nthreads);

int text_report(const struct report *, const struct render_options *, FILE *, text_section *);

/* Looks, by the numbers of ECMA-48's SGR; nothing is written unless colour is wanted. */
enum text_color {
    TEXT_RESET = 0,
    TEXT_BOLD = 1,
    TEXT_FAINT = 2,
    TEXT_RED = 31,
    TEXT_GREEN = 32,
    TEXT_YELLOW = 33,
    TEXT_CYAN = 36
};
void text_color(const struct text *, enum text_color);
enum text_color text_share_color(const struct counts *part, const struct counts *whole);

/* Writes facts: their labels, and their values wrapped. */
void text_put_facts(const struct text *, const struct summary *);

/* Writes a foreign string in at most `columns`; returns how many it took. */
size_t text_put(const struct text *, struct pyprof_text, size_t columns);

/* Writes `columns` blanks. */
void text_pad(const struct text *, size_t columns);

/*
 * The columns of a number that is wall or CPU time, right-aligned, and of its error.  A row has an error if chance
 * may have moved its time by over a tenth, and by as much as the last digit that is shown: which is so for those of
 * fewer than 100 samples or so.  Where no row has one, there is no such column.
 *
 * Zero-initialised; text_figures_fit for each row that will be in the column, then text_figures_put for each.
 */
struct text_figures {
    size_t figure, error;
};
void text_figures_fit(const struct text *, struct text_figures *, const struct counts *part,
                      const struct counts *whole);
void text_figures_put(const struct text *, const struct text_figures *, const struct counts *part,
                      const struct counts *whole);

/* Columns of both together. */
size_t text_figures_width(const struct text_figures *);

/*
 * Two columns share `room`, behind the figures, with two blanks between: the first keeps its beginning when it is
 * cut, the second its end.  `second` comes as what the longest takes and leaves as what it may take, at least a third
 * of the room if it needs it; 0: none, there is no room for any.  Returns what the first may take, of `first` that it
 * needs.
 */
size_t text_share_room(const struct text *, size_t room, size_t first, size_t *second);

/* What is left of a line behind `used` columns; as good as endless where lines may have any length. */
size_t text_room(const struct text *, size_t used);

/* Names longer than this do not move the column behind them where lines may have any length. */
enum { TEXT_ALIGN_MOST = 72 };

/* A function's name as it is shown, and its place, `path:line`: cut at its beginning, to `columns`. */
struct pyprof_text text_function_name(const struct model_function *);
size_t text_place_columns(const struct text *, const struct model_function *, uint32_t line);
void text_put_place(const struct text *, const struct model_function *, uint32_t line, size_t columns);

#endif
