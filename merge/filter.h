/*
 * filter: what is to be kept of a stream
 *
 * A filter is built from the tool's options, one filter_add each, and then answers questions about processes,
 * threads, functions and times.  Values of one kind are alternatives; all kinds that were given must agree to keep a
 * sample. filter_cut is different: it takes frames out of the stacks of what is kept.
 *
 * Globs are fnmatch(3)'s, in which `*` and `?` match '/' too, and match bytes whatever the locale: equal filters must
 * keep the same everywhere, because ids of filtered sections are made from the filter's text (format/rewrite.h).  A
 * glob for a path matches the whole path or, unless it begins with '/', what follows any '/' in it; and it matches
 * what is below a folder that it matches.  So `views.py`, `site-packages`, `myproject/a*.py` and `/usr/lib` all do
 * what they look like.
 *
 * Life: filter_new; filter_add; filter_done; the questions; filter_free.  Constant after filter_done.
 */
#ifndef PYMERGE_FILTER_H
#define PYMERGE_FILTER_H

#include "format/samples.h"
#include "format/section.h"

/* In the order of the filter's text. */
enum filter_kind {
    FILTER_PID,
    FILTER_THREAD,
    FILTER_PATH,
    FILTER_FUNCTION,
    FILTER_STATE,
    FILTER_CUT, /* --exclude-path */
    FILTER_SINCE,
    FILTER_UNTIL,
    FILTER_KINDS
};

struct filter;

/* Why a filter is wrong, as a message without the tool's name. */
struct filter_error {
    char message[256];
};

/* NULL if there is no memory. */
struct filter *filter_new(void);
void filter_free(struct filter *);

/* The option that adds values of `kind`, with its dashes. */
const char *filter_option(enum filter_kind kind);

/* Adds a value, copied; -1 if it is none of its kind. */
int filter_add(struct filter *, enum filter_kind kind, const char *value, struct filter_error *);

/* Puts the values in order, makes the text; -1 if they contradict each other. */
int filter_done(struct filter *, struct filter_error *);

/* Whether there is nothing to do. */
bool filter_empty(const struct filter *);

/* The filter as options, quoted for a shell: the same for filters that ask for the same.  Valid until filter_free. */
struct pyprof_text filter_text(const struct filter *);

bool filter_keeps_process(const struct filter *, uint64_t pid);
bool filter_keeps_thread(const struct filter *, struct pyprof_text name);

/* Whether samples with these flags (enum pyprof_flags) are in a state that is asked for. */
bool filter_keeps_state(const struct filter *, uint32_t flags);

/* Whether the answer would depend on what these flags say is not known; then it is no. */
bool filter_lacks_state(const struct filter *, uint32_t flags);

/* The times that are kept, ns since the recording's start: from `since` on, before `until`. */
struct filter_span {
    int64_t since, until;
};
struct filter_span filter_span(const struct filter *);

/* What a function's frames mean to the filter, as bits. */
enum filter_frame {
    FILTER_FRAME_PATH = 1 << 0,     /* matches a --path */
    FILTER_FRAME_FUNCTION = 1 << 1, /* matches a --function */
    FILTER_FRAME_CUT = 1 << 2,      /* matches an --exclude-path */
};
unsigned filter_frame(const struct filter *, const struct pyprof_function *);

/* The bits that a stack must have, each from any of its frames, to be kept. */
unsigned filter_needs(const struct filter *);

/* Whether frames are to be cut out. */
bool filter_cuts(const struct filter *);

#endif
