/*
 * limit: how slow a function may become, or be
 *
 * A limit is text, `PATTERN:total>+10%`: a pattern for functions, the measure (`total` or `self`), and the most that is
 * allowed: a change from the baseline, in percent (`+10%`) or in time (`+0.5s`), or a time (`0.5s`); units are s, ms, us.
 *
 * A pattern is one of fnmatch(3) and matches a function's name, or with a colon `path:name`, where the path is the one
 * shown or its last part; bytes are matched as the locale has them.
 *
 * A change is over a limit if it is greater, and beyond the spread of the runs: what chance can do never is.  A time is
 * over it if the mean of the runs is greater.
 */
#ifndef PYRENDER_LIMIT_H
#define PYRENDER_LIMIT_H

#include "diff.h"

#include <stdio.h>

struct limit {
    const char *text; /* all of it, as it was given, the caller's */
    size_t pattern;   /* bytes of `text` that are the pattern */
    bool total;       /* total time, not self */
    bool change;      /* a change, not a time */
    double percent;   /* of a change; negative: none, `time` counts */
    int64_t time;     /* ns */
};

/* NULL, or what is wrong with the text, to be said after it. */
const char *limit_parse(struct limit *, const char *text);

/*
 * The functions that are over the limit, `*n` of them, those whose total changed most first, in an array for the caller to
 * free; NULL if there is no memory.  `*matched` says whether the pattern matches any function.
 */
uint32_t *limit_check(const struct limit *, struct diff *, bool *matched, size_t *n);

/* Writes a function's row as the limit sees it, on one line without its end, escaped; `decimals` for the seconds. */
void limit_write_row(FILE *, const struct limit *, const struct diff *, uint32_t function, unsigned decimals);

/*
 * Checks `n` limits and tells `chat`, a line each, of every function that is over one and of patterns that match none.
 * Whether any is over; -1 if there is no memory.
 */
int limits_check(const struct limit *, size_t n, struct diff *, unsigned decimals, FILE *chat);

#endif
