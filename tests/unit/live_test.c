/* The live view without a terminal: counting, spans, folding, keys, and lines that fit. */
#include "format/reader.h"
#include "format/writer.h"
#include "render/live_draw.h"
#include "render/live_snapshot.h"
#include "render/live_table.h"
#include "tests/unit/tap.h"

#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define SECOND INT64_C(1000000000)

struct stream {
    char *bytes;
    size_t size;
};

static int stream_write(void *context, const void *bytes, size_t size)
{
    struct stream *stream = context;
    char *grown = realloc(stream->bytes, stream->size + size + 1);

    if (!grown)
        return -1;
    memcpy(grown + stream->size, bytes, size);
    stream->bytes = grown;
    stream->size += size;
    return 0;
}

/* A table that was fed a stream. */
struct fed {
    struct live_table *table;
    struct pyprof_reader *reader;
};

static const struct model_patterns no_patterns;

static int feed_item(struct fed *fed, const struct pyprof_item *item, struct pyprof_samples *samples)
{
    switch (item->type) {
    case PYPROF_ITEM_SECTION:
        return live_table_facts(fed->table, item->section);
    case PYPROF_ITEM_DEFS:
        return live_table_threads(fed->table, item->section);
    case PYPROF_ITEM_SAMPLES:
        if (pyprof_reader_samples(fed->reader, PYPROF_WANT_CPU, samples, NULL) < 0)
            return -1;
        return live_table_count(fed->table, item->section, samples);
    case PYPROF_ITEM_END:
        return live_table_end(fed->table, item->section);
    default:
        return 0;
    }
}

/* Feeds all of a stream, and frees it. */
static bool feed(struct fed *fed, struct stream *stream)
{
    struct pyprof_samples samples = {0};
    struct pyprof_item item;
    int result = 0;

    if (!fed->table)
        fed->table = live_table_new(&no_patterns);
    pyprof_reader_free(fed->reader);
    fed->reader = pyprof_reader_new(NULL);
    pyprof_reader_feed(fed->reader, stream->bytes, stream->size, NULL);
    pyprof_reader_finish(fed->reader);
    while (result == 0 && pyprof_reader_next(fed->reader, &item, NULL) == PYPROF_ITEM)
        result = feed_item(fed, &item, &samples);
    pyprof_samples_free(&samples);
    free(stream->bytes);
    return result == 0;
}

static void fed_free(struct fed *fed)
{
    pyprof_reader_free(fed->reader);
    live_table_free(fed->table);
}

/* A stream that is written by hand; where it is, must it stay. */
struct writing {
    struct stream stream;
    struct pyprof_writer *writer;
    int64_t time;
    uint64_t cpu[32];
};

static void begin(struct writing *writing, uint64_t pid, uint64_t wall)
{
    struct pyprof_info info = {
        .pid = pid, .period = 1000000, .unit = 1000, .wall = wall, .recording = {(uint8_t)pid}};

    *writing = (struct writing){0};
    writing->writer = pyprof_writer_new((struct pyprof_sink){stream_write, &writing->stream}, &info, NULL);
}

static void thread(struct writing *writing, uint32_t id, const char *name, int64_t end)
{
    struct pyprof_thread thread = {.id = id, .tid = 1000 + id, .name = text_of(name), .end = end};

    pyprof_writer_thread(writing->writer, &thread, NULL);
}

/* A node of functions with these names, outermost first, separated by blanks. */
static uint32_t stack(struct writing *writing, const char *names)
{
    char copy[256], *at = copy, *name;
    uint32_t node = 0;

    snprintf(copy, sizeof copy, "%s", names);
    while ((name = strsep(&at, " ")))
        if (*name)
            node = pyprof_writer_node(
                writing->writer, node,
                pyprof_writer_function(writing->writer, text_of("/app/a.py"), text_of(name), 7, 0), 8);
    return node;
}

/* `n` rounds of 1 ms in which thread `id` has this stack, and is on the CPU for half of the time. */
static void run(struct writing *writing, uint32_t id, const char *names, unsigned n)
{
    uint32_t node = stack(writing, names);

    for (unsigned i = 0; i < n; i++) {
        pyprof_writer_round(writing->writer, writing->time += 1000000, 0, NULL);
        pyprof_writer_sample(writing->writer, id, node, PYPROF_ON_CPU, writing->cpu[id] += 500000, NULL);
    }
}

static struct stream finish(struct writing *writing)
{
    struct pyprof_end end = {.fate = PYPROF_FATE_EXITED};

    pyprof_writer_end(writing->writer, &end, NULL);
    pyprof_writer_free(writing->writer);
    return writing->stream;
}

static const struct live_function_row *function_of(const struct live_snapshot *snapshot, const char *name)
{
    static const struct live_function_row none;

    for (size_t i = 0; i < snapshot->nfunctions; i++)
        if (snapshot->functions[i].name.size == strlen(name) &&
            memcmp(snapshot->functions[i].name.bytes, name, strlen(name)) == 0)
            return &snapshot->functions[i];
    return &none;
}

static const struct live_selection everything = {.thread = LIVE_ALL};

static void test_counts(void)
{
    struct writing writing;
    struct fed fed = {0};
    struct live_snapshot snapshot = {0};

    begin(&writing, 4711, 0);
    thread(&writing, 1, "MainThread", INT64_MAX);
    run(&writing, 1, "main parse", 300);
    run(&writing, 1, "main", 100);
    run(&writing, 1, "main walk walk parse walk", 50);
    pyprof_writer_flush(writing.writer, NULL);
    run(&writing, 1, "main parse", 50);
    struct stream stream = finish(&writing);
    ok(feed(&fed, &stream) && live_snapshot_take(&snapshot, fed.table, &everything) == 0, "a stream is counted");
    ok(function_of(&snapshot, "parse")->self.time == 350000000 &&
           function_of(&snapshot, "parse")->self.samples == 350,
       "self time is that of the innermost");
    ok(function_of(&snapshot, "parse")->total.time == 400000000, "total time has what is further out in a stack");
    ok(function_of(&snapshot, "walk")->total.time == 50000000 && function_of(&snapshot, "walk")->self.samples == 50,
       "a function that is in a stack three times counts once");
    ok(function_of(&snapshot, "main")->total.time == 500000000 &&
           function_of(&snapshot, "main")->self.time == 100000000,
       "the outermost has all");
    ok(snapshot.whole.time == 500000000 && snapshot.whole.samples == 500 && snapshot.duration == 500000000,
       "the whole is the thread's life");
    /* Streams give CPU time within a part of a period, and guess the first sample's. */
    ok(llabs(snapshot.whole.cpu - 250000000) < 1000000, "CPU time is counted");
    ok(snapshot.nthreads == 1 && snapshot.threads[0].tid == 1001 && snapshot.threads[0].ended, "so is the thread");
    live_table_reset(fed.table);
    live_snapshot_take(&snapshot, fed.table, &everything);
    ok(snapshot.nfunctions == 0 && snapshot.whole.time == 0 && snapshot.sums.samples == 500,
       "a reset forgets times, and not how far to trust");
    live_snapshot_free(&snapshot);
    fed_free(&fed);
}

/* Random calls of a few functions, and what each sample of them adds to, found the long way. */
struct walk {
    uint64_t random;
    uint64_t self[8], total[8];
};

static unsigned next_random(struct walk *walk, unsigned below)
{
    walk->random = walk->random * 6364136223846793005u + 1442695040888963407u; /* Knuth, MMIX */
    return (unsigned)(walk->random >> 33) % below;
}

static void walk_once(struct walk *walk, struct writing *writing)
{
    unsigned depth = 1 + next_random(walk, 12), samples = 1 + next_random(walk, 9), function = 0;
    bool met[8] = {false};
    char names[256] = "";

    for (unsigned i = 0; i < depth; i++) {
        function = next_random(walk, 8);
        if (!met[function])
            walk->total[function] += samples;
        met[function] = true;
        snprintf(names + strlen(names), sizeof names - strlen(names), "f%u ", function);
    }
    walk->self[function] += samples;
    run(writing, 1 + next_random(walk, 4), names, samples);
    if (next_random(walk, 50) == 0)
        pyprof_writer_flush(writing->writer, NULL);
}

static void test_recursion(void)
{
    struct walk walk = {.random = 1};
    struct writing writing;
    struct fed fed = {0};
    struct live_snapshot snapshot = {0};
    bool self = true, total = true;

    begin(&writing, 4711, 0);
    for (uint32_t id = 1; id <= 4; id++)
        thread(&writing, id, "worker", INT64_MAX);
    for (unsigned i = 0; i < 5000; i++)
        walk_once(&walk, &writing);
    struct stream stream = finish(&writing);
    feed(&fed, &stream);
    live_snapshot_take(&snapshot, fed.table, &everything);
    for (unsigned i = 0; i < 8; i++) {
        char name[8];

        snprintf(name, sizeof name, "f%u", i);
        self = self && function_of(&snapshot, name)->self.samples == walk.self[i];
        total = total && function_of(&snapshot, name)->total.samples == walk.total[i];
    }
    ok(self, "random calls: every sample is the innermost function's");
    ok(total, "random calls: and once every function's that is in its stack, however often");
    live_snapshot_free(&snapshot);
    fed_free(&fed);
}

static void test_spans(void)
{
    const struct live_selection recent = {.thread = LIVE_ALL, .recent = true};
    struct writing writing;
    struct fed fed = {0};
    struct live_snapshot snapshot = {0};
    const struct live_function_row *late;

    /* 20 s of one, 3.5 s of another; the recording began half a second into a second. */
    begin(&writing, 4711, (uint64_t)(1700000000 * SECOND + SECOND / 2));
    thread(&writing, 1, "MainThread", INT64_MAX);
    run(&writing, 1, "main early", 20000);
    run(&writing, 1, "main late", 3500);
    struct stream stream = finish(&writing);
    feed(&fed, &stream);
    live_snapshot_take(&snapshot, fed.table, &everything);
    late = function_of(&snapshot, "late");
    ok(late->self.time == 3500000000 && snapshot.whole.time == 23500000000, "all is counted since the beginning");
    ok(late->self_trend.time[LIVE_SLOTS - 1] > 0 && late->self_trend.time[LIVE_SLOTS - 3] > 0.99F &&
           late->self_trend.time[LIVE_SLOTS - 3] < 1.01F && late->self_trend.time[LIVE_SLOTS - 6] == 0,
       "a run is shared out to the seconds that it was in");
    ok(snapshot.trend.time[0] > 0.99F && snapshot.trend.time[0] < 1.01F, "so is the whole");
    live_snapshot_take(&snapshot, fed.table, &recent);
    late = function_of(&snapshot, "late");
    ok(late->self.time == 3500000000 && snapshot.duration == snapshot.whole.time &&
           snapshot.whole.time > 9 * SECOND && snapshot.whole.time <= 10 * SECOND,
       "the recent span is the last ten seconds");
    live_snapshot_free(&snapshot);
    fed_free(&fed);
}

static void test_threads(void)
{
    struct live_selection one = {0};
    struct writing writing;
    struct fed fed = {0};
    struct live_snapshot snapshot = {0};

    begin(&writing, 4711, 0);
    thread(&writing, 1, "MainThread", INT64_MAX);
    thread(&writing, 2, "worker", INT64_MAX);
    thread(&writing, 3, "native", INT64_MAX);
    run(&writing, 1, "main", 100);
    run(&writing, 2, "work", 200);
    run(&writing, 3, "", 400);
    struct stream stream = finish(&writing);
    feed(&fed, &stream);
    live_snapshot_take(&snapshot, fed.table, &everything);
    ok(snapshot.nthreads == 3 && snapshot.whole.samples == 300,
       "a thread that never had a Python frame is in the list, and in no share");
    for (size_t i = 0; i < snapshot.nthreads; i++)
        if (snapshot.threads[i].tid == 1002)
            one.thread = snapshot.threads[i].thread;
    live_snapshot_take(&snapshot, fed.table, &one);
    ok(snapshot.nfunctions == 1 && snapshot.whole.samples == 200 &&
           function_of(&snapshot, "work")->self.samples == 200,
       "one thread's functions alone");
    ok(snapshot.nthreads == 3, "and still all threads in the list");
    live_snapshot_free(&snapshot);
    fed_free(&fed);
}

/* Many short-lived threads become one, with nothing lost. */
static void test_folding(void)
{
    enum { PROCESSES = 120, EACH = 20 };
    struct fed fed = {0};
    struct live_snapshot snapshot = {0};
    bool fine = true;

    for (uint64_t pid = 1; pid <= PROCESSES; pid++) {
        struct writing writing;

        begin(&writing, pid, 0);
        for (uint32_t id = 1; id <= EACH; id++) {
            thread(&writing, id, "worker", INT64_MAX);
            run(&writing, id, "main work", 10);
        }
        struct stream stream = finish(&writing);
        fine = feed(&fed, &stream) && fine;
    }
    live_snapshot_take(&snapshot, fed.table, &everything);
    ok(fine && snapshot.nthreads <= LIVE_THREADS + EACH && snapshot.nthreads > 1,
       "ended threads are added up as one");
    ok(snapshot.whole.samples == PROCESSES * EACH * 10 &&
           function_of(&snapshot, "work")->self.samples == PROCESSES * EACH * 10,
       "and keep their samples");
    ok(snapshot.nprocesses == PROCESSES, "sections are counted");
    live_snapshot_free(&snapshot);
    fed_free(&fed);
}

/* A view of a small program. */
struct showing {
    struct fed fed;
    struct live_snapshot snapshot;
    struct live_view view;
    struct live_news news;
};

static const char *const hostile[] = {
    "a\033[2Jb",
    "\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97",
    "e\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81\xcc\x81",
    "line\nline",
    "a\xe2\x80\xaez",
    "\xff\xfe",
};

enum { HOSTILE = sizeof hostile / sizeof *hostile };

static void show(struct showing *showing, bool with_hostile)
{
    struct writing writing;

    *showing = (struct showing){0};
    begin(&writing, 4711, 0);
    thread(&writing, 1, "MainThread", INT64_MAX);
    thread(&writing, 2, "worker", INT64_MAX);
    run(&writing, 1, "main parse", 300);
    run(&writing, 2, "work", 200);
    run(&writing, 1, "main parse json", 100);
    for (size_t i = 0; with_hostile && i < HOSTILE; i++)
        run(&writing, 1, hostile[i], 10);
    struct stream stream = finish(&writing);
    feed(&showing->fed, &stream);
    live_view_begin(&showing->view);
    live_snapshot_take(&showing->snapshot, showing->fed.table, &showing->view.selection);
    live_view_arrange(&showing->view, &showing->snapshot);
}

static void hide(struct showing *showing)
{
    live_view_free(&showing->view);
    live_snapshot_free(&showing->snapshot);
    fed_free(&showing->fed);
}

/* Presses a key as the screen does; the wish. */
static enum live_wish press(struct showing *showing, uint32_t key)
{
    enum live_wish wish = live_view_key(&showing->view, &showing->snapshot, key);

    if (wish == LIVE_RESET)
        live_table_reset(showing->fed.table);
    if (wish == LIVE_TAKE || wish == LIVE_RESET)
        live_snapshot_take(&showing->snapshot, showing->fed.table, &showing->view.selection);
    live_view_arrange(&showing->view, &showing->snapshot);
    return wish;
}

static void press_all(struct showing *showing, const char *keys)
{
    for (; *keys; keys++)
        press(showing, (unsigned char)*keys);
}

/* Names of the rows in their order, each with a blank behind it. */
static const char *names_of(const struct showing *showing)
{
    static char names[1024];
    size_t size = 0;

    for (size_t i = 0; i < showing->view.nrows; i++) {
        bool threads = showing->view.page == LIVE_THREAD_LIST;
        uint32_t row = showing->view.rows[i];
        struct pyprof_text name =
            threads ? showing->snapshot.threads[row].name : showing->snapshot.functions[row].name;

        size += (size_t)snprintf(names + size, sizeof names - size, "%.*s ", (int)name.size, name.bytes);
    }
    names[size] = '\0';
    return names;
}

static void test_keys(void)
{
    struct showing showing;

    show(&showing, false);
    ok(strcmp(names_of(&showing), "parse work json main ") == 0, "by self time at first");
    press(&showing, 't');
    ok(strcmp(names_of(&showing), "parse main work json ") == 0, "t: by total time, then by self time");
    press(&showing, 'n');
    ok(strcmp(names_of(&showing), "json main parse work ") == 0, "n: by name");
    press(&showing, 'i');
    ok(strcmp(names_of(&showing), "work parse main json ") == 0, "i: the other way round");
    press_all(&showing, "s/AR");
    ok(strcmp(names_of(&showing), "parse ") == 0 && showing.view.typing, "a filter works while it is typed");
    press(&showing, LIVE_KEY_ERASE);
    press(&showing, 's');
    press(&showing, LIVE_KEY_ESCAPE);
    ok(strcmp(names_of(&showing), "parse work json main ") == 0 && !showing.view.typing, "Escape undoes it");
    press_all(&showing, "/[jw]*\n");
    ok(strcmp(names_of(&showing), "work json ") == 0, "wildcards match all of a name");
    press(&showing, LIVE_KEY_ESCAPE);
    press_all(&showing, "/a.py\n");
    ok(showing.view.nrows == 4, "a filter matches files too");
    press(&showing, LIVE_KEY_ESCAPE);
    press(&showing, 'T');
    ok(strcmp(names_of(&showing), "MainThread worker ") == 0, "T: threads, by CPU time");
    press(&showing, LIVE_KEY_DOWN);
    ok(press(&showing, LIVE_KEY_ENTER) == LIVE_TAKE && strcmp(names_of(&showing), "work ") == 0,
       "Enter: this thread's functions");
    press(&showing, 'a');
    ok(showing.view.nrows == 4, "a: all threads");
    ok(press(&showing, 'w') == LIVE_TAKE && showing.view.selection.recent, "w: the recent span");
    ok(press(&showing, 'p') == LIVE_NOTHING && showing.view.paused, "p: pause");
    ok(press(&showing, 'r') == LIVE_RESET && showing.view.nrows == 0, "r: nothing yet since the reset");
    press(&showing, '?');
    ok(showing.view.page == LIVE_HELP && press(&showing, 'x') == LIVE_NOTHING && showing.view.page == LIVE_FUNCTIONS,
       "?: help, until a key");
    ok(press(&showing, 'q') == LIVE_QUIT, "q: quit");
    hide(&showing);
}

static void test_moves(void)
{
    struct showing showing;

    show(&showing, false);
    showing.view.height = 2;
    press(&showing, LIVE_KEY_END);
    ok(showing.view.cursor == 3 && showing.view.top == 2, "End: the last row is in sight");
    press(&showing, LIVE_KEY_PAGE_UP);
    press(&showing, LIVE_KEY_PAGE_UP);
    ok(showing.view.cursor == 1 && showing.view.top == 1, "rows scroll as the cursor goes");
    press(&showing, LIVE_KEY_HOME);
    press(&showing, LIVE_KEY_UP);
    ok(showing.view.cursor == 0 && showing.view.top == 0, "and end at the first");
    hide(&showing);
}

/* Columns of a line as the terminal counts them; -1 if a character would act on it. */
static int columns_of(const struct live_line *line)
{
    size_t at = 0;
    int columns = 0;

    while (at < line->size) {
        wchar_t wide;
        size_t size = mbrtowc(&wide, line->bytes + at, line->size - at, &(mbstate_t){0});

        if (size == 0 || size > line->size - at || wcwidth(wide) < 0 || (wide >= 0x202a && wide <= 0x202e))
            return -1;
        columns += wcwidth(wide);
        at += size;
    }
    return columns;
}

/* Draws all lines at this size; whether they fit and act on nothing. */
static bool fits(struct showing *showing, unsigned lines, unsigned columns, bool unicode)
{
    struct live_picture picture = {.view = &showing->view,
                                   .snapshot = &showing->snapshot,
                                   .news = &showing->news,
                                   .lines = lines,
                                   .columns = columns,
                                   .unicode = unicode};
    bool fine = true;

    showing->view.height = live_draw_height(lines);
    live_view_arrange(&showing->view, &showing->snapshot);
    for (unsigned y = 0; y < lines; y++) {
        struct live_line line;
        bool chosen;
        size_t spans = 0;

        live_draw_line(&picture, y, &line, &chosen);
        for (size_t i = 0; i < line.nspans; i++)
            spans += line.spans[i].size;
        fine = fine && line.columns <= columns && columns_of(&line) == (int)line.columns && spans == line.size;
        for (size_t i = 0; !unicode && i < line.size; i++)
            fine = fine && line.bytes[i] >= ' ' && line.bytes[i] <= '~';
    }
    return fine;
}

static void test_lines(void)
{
    struct showing showing;
    bool unicode = true, ascii = true;

    show(&showing, true);
    for (unsigned page = 0; page < 3; page++) {
        for (unsigned lines = 1; lines < 30; lines += 3)
            for (unsigned columns = 1; columns < 150; columns++) {
                unicode = unicode && fits(&showing, lines, columns, true);
                ascii = ascii && fits(&showing, lines, columns, false);
            }
        press(&showing, page ? '?' : 'T');
    }
    ok(unicode, "no line is wider than the screen, and none holds what would act on it");
    ok(ascii, "without Unicode all is ASCII");
    hide(&showing);
}

static void test_text(void)
{
    struct live_line line;

    live_line_begin(&line, 8, true);
    live_line_text(&line, text_of("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"), 8);
    ok(line.columns == 8 && line.size == 12, "wide characters take two columns");
    live_line_begin(&line, 8, true);
    live_line_text(&line, text_of("\xe6\xbc\xa2\xe5\xad\x97\xe6\xbc\xa2\xe5\xad\x97"), 6);
    ok(line.columns == 5 && line.size == 9, "and are cut whole");
    live_line_begin(&line, 8, false);
    live_line_text(&line, text_of("abcdefghij"), 8);
    ok(line.size == 8 && memcmp(line.bytes, "abcde...", 8) == 0, "what does not fit ends in an ellipsis");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    test_counts();
    test_recursion();
    test_spans();
    test_threads();
    test_folding();
    test_keys();
    test_moves();
    test_text();
    test_lines();
    return done_testing();
}
