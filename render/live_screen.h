/*
 * live_screen: a terminal that lines are drawn on, and its keyboard
 *
 * The only file that knows curses (ncurses 6, wide characters).  Output goes to stdout, keys come from /dev/tty, so that
 * stdin is free for a stream.  The terminal is as it was found after live_screen_suspend and live_screen_close, whatever
 * happened in between; signals are the caller's, which must hold back those that curses would take (SIGINT, SIGTERM,
 * SIGTSTP, SIGWINCH) from before live_screen_open on.
 *
 * Curses knows one terminal at a time: so does this.
 */
#ifndef PYRENDER_LIVE_SCREEN_H
#define PYRENDER_LIVE_SCREEN_H

#include "format/error.h"
#include "live_line.h"

struct live_screen;

/* Takes over the terminal.  NULL with the error. */
struct live_screen *live_screen_open(bool color, struct pyprof_error *);

/* Gives the terminal back; NULL is fine. */
void live_screen_close(struct live_screen *);

/* Gives the terminal back for a while, and takes it again. */
void live_screen_suspend(struct live_screen *);
void live_screen_resume(struct live_screen *);

/* The terminal has another size, or somebody wrote on it: all is drawn anew. */
void live_screen_resize(struct live_screen *);
void live_screen_redraw(struct live_screen *);

unsigned live_screen_lines(const struct live_screen *);
unsigned live_screen_columns(const struct live_screen *);

/* Puts a line at `y`; `chosen`: the cursor is on it.  Seen after live_screen_show. */
void live_screen_put(struct live_screen *, unsigned y, const struct live_line *, bool chosen);
void live_screen_show(struct live_screen *);

/* The keyboard, to wait for. */
int live_screen_descriptor(const struct live_screen *);

/* The next key that was pressed, as in live_view.h; false: none waits. */
bool live_screen_key(struct live_screen *, uint32_t *key);

#endif
