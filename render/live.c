#include "live.h"

#include "live_feed.h"
#include "live_report.h"
#include "live_screen.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

enum {
    DRAW_MS = 250,    /* between screens, but for those that a key asks for, */
    DRAW_SHARE = 40,  /* and at least so many times what the last one took */
    FOLLOW_MS = 200,  /* between looks at a file that may have grown */
    TURN_MS = 1000,   /* at most between two turns */
    QUIET_MS = 5000,  /* without news, the screen says so */
    ENDING_MS = 3000, /* what is still on its way gets after SIGINT */
    LEAST_ROWS = 10,  /* of the report */
    OTHER_LINES = 10, /* of it, and the shell's */
};

/* A live view in progress. */
struct running {
    const struct live_options *options;
    struct live_outcome *outcome;
    struct live_feed *feed;
    struct live_table *table;
    struct live_screen *screen;
    struct live_snapshot snapshot;
    struct live_view view;
    struct live_news news;
    char message[80];
    int signals;        /* signalfd(2) */
    sigset_t mask;      /* as it was */
    int64_t drawn;      /* ms: when */
    int64_t pace;       /* ms: to the next one, if there is something new */
    int64_t fed;        /* ms: when something came last */
    int64_t ending;     /* ms: when to end at the latest; 0: not asked to */
    enum live_fed last; /* what the last read brought */
    bool stale;         /* the snapshot is behind the table */
    bool changed;       /* the screen is to be drawn whenever */
    bool over;
};

static int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int hold_signals(struct running *running, struct pyprof_error *error)
{
    static const int held[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH};
    sigset_t set;

    sigemptyset(&set);
    for (size_t i = 0; i < sizeof held / sizeof *held; i++)
        sigaddset(&set, held[i]);
    sigprocmask(SIG_BLOCK, &set, &running->mask);
    running->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (running->signals < 0)
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "signals: %s", strerror(errno));
    return 0;
}

/* Stops as SIGTSTP would have, with the terminal as it was found. */
static void stop(struct running *running)
{
    sigset_t set;

    live_screen_suspend(running->screen);
    signal(SIGTSTP, SIG_DFL); /* not curses' handler */
    sigemptyset(&set);
    sigaddset(&set, SIGTSTP);
    raise(SIGTSTP);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    sigprocmask(SIG_BLOCK, &set, NULL);
    live_screen_resume(running->screen);
    running->changed = true;
}

/* SIGINT lets the stream end first: the recorder got it as well. */
static void interrupt(struct running *running)
{
    if (running->ending || live_feed_descriptor(running->feed) < 0)
        running->over = true;
    running->ending = now_ms() + ENDING_MS;
    running->changed = true;
}

static void take_signal(struct running *running, int number)
{
    switch (number) {
    case SIGWINCH:
        live_screen_resize(running->screen);
        running->changed = true;
        break;
    case SIGTSTP:
        stop(running);
        break;
    case SIGCONT:
        live_screen_resume(running->screen);
        running->changed = true;
        break;
    case SIGINT:
        interrupt(running);
        break;
    default:
        running->outcome->signal = number;
        running->over = true;
    }
}

static void take_signals(struct running *running)
{
    struct signalfd_siginfo info;

    while (read(running->signals, &info, sizeof info) == sizeof info)
        take_signal(running, (int)info.ssi_signo);
}

static int take(struct running *running, struct pyprof_error *error)
{
    running->stale = false;
    running->news.damaged_bytes = running->outcome->damages.bytes;
    running->news.missing_blocks = live_feed_missing(running->feed);
    return live_snapshot_take(&running->snapshot, running->table, &running->view.selection) < 0 ? no_memory(error)
                                                                                                : 0;
}

/* All keys that wait, and then one screen. */
static int take_keys(struct running *running, struct pyprof_error *error)
{
    uint32_t key;

    while (!running->over && live_screen_key(running->screen, &key)) {
        enum live_wish wish = live_view_key(&running->view, &running->snapshot, key);

        running->changed = true;
        running->over = wish == LIVE_QUIT;
        if (wish == LIVE_REDRAW)
            live_screen_redraw(running->screen);
        if (wish == LIVE_RESET)
            live_table_reset(running->table);
        if ((wish == LIVE_RESET || wish == LIVE_TAKE) && take(running, error) < 0)
            return -1;
        /* Rows are looked at by the next key already. */
        if (live_view_arrange(&running->view, &running->snapshot) < 0)
            return no_memory(error);
    }
    return 0;
}

static void choose_message(struct running *running, int64_t now)
{
    int64_t quiet = now - running->fed;

    running->news.message = running->message;
    if (running->ending)
        snprintf(running->message, sizeof running->message, "waiting for the end of the stream; Ctrl-C again: quit");
    else if (quiet >= QUIET_MS)
        snprintf(running->message, sizeof running->message, "nothing new in the stream for %lld s",
                 (long long)(quiet / 1000));
    else
        running->news.message = NULL;
}

static int draw(struct running *running, int64_t now, struct pyprof_error *error)
{
    struct live_picture picture = {.view = &running->view,
                                   .snapshot = &running->snapshot,
                                   .news = &running->news,
                                   .lines = live_screen_lines(running->screen),
                                   .columns = live_screen_columns(running->screen),
                                   .unicode = running->options->unicode};
    struct live_line line;
    bool chosen;

    if (running->stale && !running->view.paused && take(running, error) < 0)
        return -1;
    running->view.height = live_draw_height(picture.lines);
    if (live_view_arrange(&running->view, &running->snapshot) < 0)
        return no_memory(error);
    choose_message(running, now);
    for (unsigned y = 0; y < picture.lines; y++) {
        live_draw_line(&picture, y, &line, &chosen);
        live_screen_put(running->screen, y, &line, chosen);
    }
    live_screen_show(running->screen);
    running->drawn = now;
    running->pace = DRAW_SHARE * (now_ms() - now) > DRAW_MS ? DRAW_SHARE * (now_ms() - now) : DRAW_MS;
    running->changed = false;
    return 0;
}

static int feed(struct running *running, int64_t now, struct pyprof_error *error)
{
    int fed = live_feed_read(running->feed, running->table, error);

    if (fed < 0) {
        running->outcome->file = live_feed_name(running->feed);
        return -1;
    }
    running->last = (enum live_fed)fed;
    if (fed == LIVE_FED_SOME) {
        running->fed = now;
        running->stale = true;
    }
    if (fed == LIVE_FED_ALL)
        running->over = running->stale = true;
    return 0;
}

/* ms to wait for a descriptor. */
static int patience(const struct running *running, int64_t now)
{
    int64_t wait = TURN_MS;

    if (live_feed_descriptor(running->feed) < 0)
        wait = running->last == LIVE_FED_SOME ? 0 : FOLLOW_MS;
    if (running->stale && !running->view.paused && running->drawn + running->pace - now < wait)
        wait = running->drawn + running->pace - now;
    return running->changed || wait < 0 ? 0 : (int)wait;
}

static int turn(struct running *running, struct pyprof_error *error)
{
    struct pollfd polled[] = {{.fd = live_feed_descriptor(running->feed), .events = POLLIN},
                              {.fd = live_screen_descriptor(running->screen), .events = POLLIN},
                              {.fd = running->signals, .events = POLLIN}};
    int64_t now;

    if (poll(polled, 3, patience(running, now_ms())) < 0 && errno != EINTR)
        return pyprof_fail(error, PYPROF_SYSTEM, 0, "poll: %s", strerror(errno));
    now = now_ms();
    take_signals(running);
    if (polled[1].revents & (POLLHUP | POLLERR)) {
        running->outcome->signal = SIGHUP;
        running->over = true;
    }
    if (take_keys(running, error) < 0)
        return -1;
    if (!running->over && (polled[0].fd < 0 || polled[0].revents) && feed(running, now, error) < 0)
        return -1;
    if (running->ending && now >= running->ending)
        running->over = true;
    if (running->over)
        return 0;
    if (running->changed ||
        now - running->drawn >= (running->stale && !running->view.paused ? running->pace : TURN_MS))
        return draw(running, now, error);
    return 0;
}

/* The last table, of all that came. */
static int report(struct running *running, unsigned lines, unsigned columns, FILE *out, struct pyprof_error *error)
{
    struct live_picture picture = {.view = &running->view,
                                   .snapshot = &running->snapshot,
                                   .news = &running->news,
                                   .lines = lines > LEAST_ROWS + OTHER_LINES ? lines - OTHER_LINES : LEAST_ROWS,
                                   .columns = columns,
                                   .unicode = running->options->unicode};

    if (!live_feed_blocks(running->feed)) {
        running->outcome->file = live_feed_name(running->feed);
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "not a pyprof stream");
    }
    if (running->last == LIVE_FED_ALL)
        running->outcome->cut = live_feed_open_sections(running->feed);
    running->view.selection.recent = running->view.paused = false;
    if (running->view.page == LIVE_HELP)
        running->view.page = running->view.behind;
    if (take(running, error) < 0)
        return -1;
    if (live_view_arrange(&running->view, &running->snapshot) < 0)
        return no_memory(error);
    live_report(out, &picture);
    return 0;
}

static int show(struct running *running, FILE *out, struct pyprof_error *error)
{
    unsigned lines, columns;
    int result = 0;

    if (hold_signals(running, error) < 0)
        return -1;
    running->screen = live_screen_open(running->options->color, error);
    if (!running->screen)
        return -1;
    running->fed = now_ms();
    running->changed = true;
    while (result == 0 && !running->over)
        result = turn(running, error);
    lines = live_screen_lines(running->screen);
    columns = live_screen_columns(running->screen);
    live_screen_close(running->screen);
    return result < 0 || running->outcome->signal ? result : report(running, lines, columns, out, error);
}

int live_run(const struct live_options *options, FILE *out, struct live_outcome *outcome, struct pyprof_error *error)
{
    struct running running = {.options = options, .outcome = outcome, .signals = -1};
    int result = -1;

    sigprocmask(SIG_BLOCK, NULL, &running.mask);
    live_view_begin(&running.view);
    running.view.cpu = options->cpu;
    running.view.order = options->sort == SORT_TOTAL  ? LIVE_BY_TOTAL
                         : options->sort == SORT_NAME ? LIVE_BY_NAME
                                                      : LIVE_BY_SELF;
    running.table = live_table_new(options->patterns);
    running.feed = live_feed_open(options->file, &outcome->damages, error);
    if (!running.table)
        no_memory(error);
    else if (running.feed)
        result = show(&running, out, error);
    else
        outcome->file = options->file;
    if (running.signals >= 0)
        close(running.signals);
    sigprocmask(SIG_SETMASK, &running.mask, NULL);
    live_snapshot_free(&running.snapshot);
    live_view_free(&running.view);
    live_feed_free(running.feed);
    live_table_free(running.table);
    return result;
}

const struct renderer live_renderer = {
    .name = "live",
    .description = "a stream as it arrives, on the terminal",
    .takes = TAKES_FOLDING | TAKES_SORT | TAKES_TIME,
};
