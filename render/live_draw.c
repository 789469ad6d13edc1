#include "live_draw.h"

#include "names.h"
#include "summary.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* Columns of the parts of a row, widths from which on they are shown, and samples that make a share known. */
enum {
    SHARE = 6,
    SECONDS = 9,
    NARROW_TREND = 10,
    WIDE = 110,
    ROOMY = 78,
    MIDDLING = 60,
    SLIM = 40,
    THREAD_NAME = 26,
    LEAST_PLACE = 8,
    SURE_SAMPLES = 100,
};

/* The help, which fits into 80 by 24. */
static const char *const help[] = {
    "Functions: self is time in the function itself, total with what it called.",
    "Shares are of all time of the threads shown; seconds are thread-seconds.",
    "A share of few samples, which chance may have moved, has a ~ before it.",
    "Trend: one bar a second, newest to the right, beside the row's greatest.",
    "",
    "  s t n   sort by self, total, name; threads: by CPU time, wall time, name",
    "  i       invert the order",
    "  c       wall time or CPU time",
    "  w       since the start, or the last 10 seconds",
    "  l       all functions, or application code without libraries",
    "  /       filter: part of a name or file, or a pattern with * ? [a-z]",
    "  T Tab   the list of threads, and back",
    "  Enter   on a thread: its functions alone",
    "  a       functions of all threads",
    "  Esc     one step back: the filter, the page, the thread",
    "  p Space pause; counting goes on",
    "  r       reset: count from here on",
    "  Ctrl-L  draw again",
    "  q       quit, with the final table; Ctrl-C first waits for the stream's end",
    "",
    "Arrows, j, k, PgUp, PgDn, Home and End move. Any other key leaves the help.",
};

enum { HELP_LINES = sizeof help / sizeof *help };

/* Which parts there is room for, the rows excepted, from the top. */
struct layout {
    bool title, trust, shown, heads, foot;
    unsigned first, rows; /* of the rows: line and number */
};

static struct layout lay_out(unsigned lines)
{
    struct layout layout = {
        .heads = lines >= 2, .foot = lines >= 4, .shown = lines >= 6, .trust = lines >= 5, .title = lines >= 8};

    layout.first = (unsigned)layout.title + layout.trust + layout.shown + layout.heads;
    layout.rows = lines > layout.first + layout.foot ? lines - layout.first - layout.foot : 0;
    return layout;
}

size_t live_draw_height(unsigned lines)
{
    return lay_out(lines).rows;
}

static bool shows_threads(const struct live_view *view)
{
    return view->page == LIVE_THREAD_LIST || (view->page == LIVE_HELP && view->behind == LIVE_THREAD_LIST);
}

static void draw_title(const struct live_picture *picture, struct live_line *line)
{
    const struct live_snapshot *snapshot = picture->snapshot;

    if (!snapshot->nprocesses) {
        live_line_look(line, LOOK_BOLD);
        live_line_put(line, "pyrender --live: waiting for the stream");
        return;
    }
    live_line_put(line, "%" PRIu64 " ", snapshot->pid);
    if (snapshot->nprocesses > 1)
        live_line_put(line, "and %zu more ", snapshot->nprocesses - 1);
    live_line_look(line, LOOK_BOLD);
    live_line_text(line, snapshot->command.size ? snapshot->command : text_of("unknown program"), line->width);
}

void live_draw_trust(const struct live_picture *picture, struct live_line *line)
{
    const struct live_snapshot *snapshot = picture->snapshot;
    const struct sums *sums = &snapshot->sums;
    const struct live_news *news = picture->news;
    struct pyprof_text text = {0};
    char *bytes = NULL;
    FILE *out = open_memstream(&bytes, &text.size);

    if (!out)
        return;
    if (news->damaged_bytes || news->missing_blocks)
        fprintf(out, "%" PRIu64 " bytes unreadable, %" PRIu64 " blocks missing, ", news->damaged_bytes,
                news->missing_blocks);
    summary_sampling(out, sums, snapshot->period, snapshot->sampled);
    if (sums->removed)
        fprintf(out, ", %" PRIu64 " filtered", sums->removed);
    if (fclose(out) == 0) {
        text.bytes = bytes;
        if (sums->missed || sums->overflow || sums->doubted || news->damaged_bytes || news->missing_blocks)
            live_line_look(line, LOOK_WARNING);
        live_line_text(line, text, line->width);
    }
    free(bytes);
}

static void put_seconds(struct live_line *line, int64_t ns)
{
    double seconds = (double)ns / 1e9;

    live_line_put(line, "%.*f", seconds < 100 ? 1 : 0, seconds);
}

static void put_threads(const struct live_picture *picture, struct live_line *line)
{
    const struct live_snapshot *snapshot = picture->snapshot;
    const struct live_view *view = picture->view;

    if (shows_threads(view)) {
        live_line_put(line, ", %zu thread%s", snapshot->nthreads, snapshot->nthreads == 1 ? "" : "s");
        return;
    }
    if (view->selection.thread == LIVE_ALL) {
        live_line_put(line, ", all threads");
        return;
    }
    live_line_put(line, ", thread ");
    for (size_t i = 0; i < snapshot->nthreads; i++) {
        const struct live_thread_row *row = &snapshot->threads[i];

        if (row->thread != view->selection.thread)
            continue;
        live_line_text(line, row->name, THREAD_NAME);
        live_line_put(line, row->name.size ? " (%" PRIu64 ")" : "%" PRIu64, row->tid);
    }
}

static const char *order_name(const struct live_view *view)
{
    static const char *const functions[] = {"self time", "total time", "name"};
    static const char *const threads[] = {"CPU time", "wall time", "name"};

    return (shows_threads(view) ? threads : functions)[view->order];
}

void live_draw_shown(const struct live_picture *picture, struct live_line *line)
{
    const struct live_view *view = picture->view;
    const struct live_snapshot *snapshot = picture->snapshot;
    const char *filter = live_view_filter(view);

    if (view->paused) {
        live_line_look(line, LOOK_WARNING);
        live_line_put(line, "paused");
        live_line_look(line, LOOK_PLAIN);
        live_line_put(line, ": ");
    }
    live_line_put(line, "%s, %s ",
                  shows_threads(view) ? "Threads"
                  : view->cpu         ? "CPU time"
                                      : "Wall time",
                  view->selection.recent ? "last" : "all");
    put_seconds(line, snapshot->duration);
    live_line_put(line, " s");
    put_threads(picture, line);
    live_line_put(line, ", by %s%s", order_name(view), view->reverse ? " inverted" : "");
    if (*filter) {
        live_line_put(line, ", filter ");
        live_line_text(line, text_of(filter), THREAD_NAME);
        live_line_put(line, ": %zu of %zu", view->nrows,
                      shows_threads(view) ? snapshot->nthreads : snapshot->nfunctions);
    }
    if (view->application_only && !shows_threads(view))
        live_line_put(line, ", no libraries");
}

static double share(int64_t part, int64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static enum live_look look_of(double part)
{
    if (part > 0.6)
        return LOOK_HOT;
    if (part > 0.2)
        return LOOK_WARM;
    return part > 0.05 ? LOOK_MILD : LOOK_FAINT;
}

static void put_share(struct live_line *line, double part, bool sure)
{
    live_line_look(line, look_of(part));
    live_line_put(line, "%s%*.1f ", sure ? "" : "~", SHARE - !sure, 100 * part);
    live_line_look(line, LOOK_PLAIN);
}

/* Whether chance leaves the digits of a share alone, or there are samples enough to call it known. */
static bool is_sure(const struct counts *part, const struct counts *whole)
{
    return part->samples >= SURE_SAMPLES || share(summary_error(part, whole), whole->time) < 0.0005;
}

static void put_time(struct live_line *line, int64_t ns)
{
    double seconds = (double)ns / 1e9;

    live_line_put(line, "%*.*f ", SECONDS, seconds < 1e5 ? 2 : 0, seconds);
}

static unsigned trend_width(unsigned columns)
{
    return columns >= WIDE ? LIVE_SLOTS : columns >= ROOMY ? NARROW_TREND : 0;
}

/* Shares of `part` in `whole`, slot by slot; a slot without anything has none. */
static void put_trend(struct live_line *line, const float *part, const float *whole)
{
    unsigned width = trend_width(line->width);
    float greatest = LIVE_FLAT;

    if (!width)
        return;
    for (size_t i = LIVE_SLOTS - width; i < LIVE_SLOTS; i++)
        if (whole[i] > 0 && part[i] / whole[i] > greatest)
            greatest = part[i] / whole[i];
    for (size_t i = LIVE_SLOTS - width; i < LIVE_SLOTS; i++) {
        float height = whole[i] > 0 ? 8 * part[i] / whole[i] / greatest : 0;

        live_line_bar(line, height > 0 && height < 1 ? 1 : (unsigned)(height + 0.5F));
    }
    live_line_put(line, "  ");
}

static void put_head(struct live_line *line, const char *head, int width, bool sorted)
{
    live_line_look(line, sorted ? LOOK_SORTED : LOOK_HEADING);
    live_line_put(line, "%*s", width, head);
    live_line_look(line, LOOK_HEADING);
    live_line_put(line, " ");
}

static void put_trend_head(struct live_line *line)
{
    unsigned width = trend_width(line->width);

    if (width)
        live_line_put(line, "%-*s  ", (int)width, width < LIVE_SLOTS ? "10 s trend" : "16 s trend");
}

static void draw_function_heads(const struct live_view *view, struct live_line *line)
{
    bool self = view->order == LIVE_BY_SELF, total = view->order == LIVE_BY_TOTAL;
    unsigned width = line->width;

    if (width >= SLIM || !total)
        put_head(line, "SELF%", SHARE, self);
    if (width >= MIDDLING)
        put_head(line, "SELF s", SECONDS, self);
    if (width >= SLIM || total)
        put_head(line, "TOTAL%", SHARE, total);
    if (width >= MIDDLING)
        put_head(line, "TOTAL s", SECONDS, total);
    put_trend_head(line);
    put_head(line, "FUNCTION", 0, view->order == LIVE_BY_NAME);
}

static void draw_thread_heads(const struct live_view *view, struct live_line *line)
{
    bool cpu = view->order == LIVE_BY_SELF, wall = view->order == LIVE_BY_TOTAL;
    unsigned width = line->width;

    put_head(line, "CPU%", SHARE, cpu);
    if (width >= MIDDLING) {
        put_head(line, "CPU s", SECONDS, cpu);
        put_head(line, "WALL s", SECONDS, wall);
    }
    put_trend_head(line);
    put_head(line, "THREAD", width >= MIDDLING ? -THREAD_NAME : 0, view->order == LIVE_BY_NAME);
    if (width >= MIDDLING)
        put_head(line, "MOST IN", 0, false);
}

void live_draw_heads(const struct live_picture *picture, struct live_line *line)
{
    live_line_look(line, LOOK_HEADING);
    if (shows_threads(picture->view))
        draw_thread_heads(picture->view, line);
    else
        draw_function_heads(picture->view, line);
    live_line_pad(line, line->width);
}

static void put_place(struct live_line *line, const struct live_function_row *row)
{
    char number[16];

    if (!row->path.size || line->columns + 2 + LEAST_PLACE > line->width)
        return;
    live_line_put(line, "  ");
    live_line_look(line, LOOK_FAINT);
    snprintf(number, sizeof number, ":%" PRIu32, row->firstline);
    live_line_text(line, row->path, line->width - line->columns - (unsigned)strlen(number));
    live_line_put(line, "%s", number);
}

static void draw_function(const struct live_picture *picture, size_t at, struct live_line *line)
{
    const struct live_view *view = picture->view;
    const struct live_snapshot *snapshot = picture->snapshot;
    const struct live_function_row *row = &snapshot->functions[view->rows[at]];
    bool total = view->order == LIVE_BY_TOTAL;
    const struct live_trend *trend = total ? &row->total_trend : &row->self_trend;
    int64_t whole = live_view_time(view, &snapshot->whole);
    int64_t self_time = live_view_time(view, &row->self), total_time = live_view_time(view, &row->total);

    if (line->width >= SLIM || !total)
        put_share(line, share(self_time, whole), is_sure(&row->self, &snapshot->whole));
    if (line->width >= MIDDLING)
        put_time(line, self_time);
    if (line->width >= SLIM || total)
        put_share(line, share(total_time, whole), is_sure(&row->total, &snapshot->whole));
    if (line->width >= MIDDLING)
        put_time(line, total_time);
    put_trend(line, view->cpu ? trend->cpu : trend->time, view->cpu ? snapshot->trend.cpu : snapshot->trend.time);
    live_line_look(line, row->application ? LOOK_BOLD : LOOK_PLAIN);
    live_line_text(line, row->name, line->width);
    live_line_look(line, LOOK_PLAIN);
    put_place(line, row);
}

static void put_thread_name(const struct live_picture *picture, const struct live_thread_row *row,
                            struct live_line *line)
{
    unsigned from = line->columns;

    live_line_look(line, row->ended || !row->framed ? LOOK_FAINT : LOOK_BOLD);
    if (picture->snapshot->nprocesses > 1 && row->pid)
        live_line_put(line, "%" PRIu64 "/", row->pid);
    if (row->tid && line->width >= MIDDLING)
        live_line_put(line, "%" PRIu64 " ", row->tid);
    if (from + THREAD_NAME > line->columns)
        live_line_text(line, row->name, line->width >= MIDDLING ? from + THREAD_NAME - line->columns : line->width);
    live_line_look(line, LOOK_PLAIN);
    if (line->width >= MIDDLING)
        live_line_pad(line, from + THREAD_NAME + 1);
}

static void draw_thread(const struct live_picture *picture, size_t at, struct live_line *line)
{
    const struct live_thread_row *row = &picture->snapshot->threads[picture->view->rows[at]];

    put_share(line, share(row->counts.cpu, row->counts.time), true);
    if (line->width >= MIDDLING) {
        put_time(line, row->counts.cpu);
        put_time(line, row->counts.time);
    }
    put_trend(line, row->trend.cpu, row->trend.time);
    put_thread_name(picture, row, line);
    if (line->width >= MIDDLING)
        live_line_text(line, row->hottest, line->width);
}

void live_draw_row(const struct live_picture *picture, size_t row, struct live_line *line)
{
    if (shows_threads(picture->view))
        draw_thread(picture, row, line);
    else
        draw_function(picture, row, line);
}

/* Why there are no rows. */
static void draw_emptiness(const struct live_picture *picture, struct live_line *line)
{
    live_line_look(line, LOOK_FAINT);
    if (*live_view_filter(picture->view) && picture->snapshot->sums.samples)
        live_line_put(line, "  nothing matches the filter");
    else
        live_line_put(line, "  no samples yet");
}

static void draw_foot(const struct live_picture *picture, struct live_line *line)
{
    const struct live_view *view = picture->view;

    if (view->typing) {
        live_line_look(line, LOOK_BOLD);
        live_line_put(line, "/");
        live_line_text(line, text_of(live_view_filter(view)), line->width);
    } else if (picture->news->message) {
        live_line_look(line, LOOK_WARNING);
        live_line_put(line, "%s", picture->news->message);
    } else {
        live_line_look(line, LOOK_FAINT);
        live_line_put(line, "? help  q quit  s self  t total  c %s  T %s  / filter  p pause",
                      view->cpu ? "wall" : "CPU", shows_threads(view) ? "functions" : "threads");
    }
}

static void draw_help(const struct live_picture *picture, unsigned y, struct live_line *line)
{
    size_t last = HELP_LINES > picture->lines ? HELP_LINES - picture->lines : 0;
    size_t top = picture->view->help_top < last ? picture->view->help_top : last;

    if (top + y < HELP_LINES)
        live_line_put(line, "%s", help[top + y]);
}

void live_draw_line(const struct live_picture *picture, unsigned y, struct live_line *line, bool *chosen)
{
    struct layout layout = lay_out(picture->lines);
    const struct live_view *view = picture->view;
    unsigned heads = layout.first - layout.heads, shown = heads - layout.shown, trust = shown - layout.trust;
    size_t row = view->top + (y - layout.first);

    *chosen = false;
    live_line_begin(line, picture->columns, picture->unicode);
    if (view->page == LIVE_HELP)
        draw_help(picture, y, line);
    else if (y < trust)
        draw_title(picture, line);
    else if (y < shown)
        live_draw_trust(picture, line);
    else if (y < heads)
        live_draw_shown(picture, line);
    else if (y < layout.first)
        live_draw_heads(picture, line);
    else if (layout.foot && y + 1 == picture->lines)
        draw_foot(picture, line);
    else if (!view->nrows && y == layout.first)
        draw_emptiness(picture, line);
    else if (row < view->nrows) {
        *chosen = row == view->cursor;
        live_draw_row(picture, row, line);
    }
}
