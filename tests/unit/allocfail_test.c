/*
 * allocfail_test: every allocation of a writer, a reader and a rewriter fails in turn
 *
 * Linked with -Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc, so that calls from format/ and from here come to the
 * functions below (zlib's own do not).  What is tested: a failure comes back as one, nothing crashes, and, under a
 * sanitizer, nothing leaks.
 */
#include "format/rewrite.h"
#include "streams.h"
#include "tap.h"

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);

static unsigned long calls, failing; /* the call that fails; 0: none */

static bool fails(void)
{
    return ++calls == failing;
}

void *__wrap_malloc(size_t size)
{
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return fails() ? NULL : __real_realloc(memory, size);
}

static const struct stream_plan plan = {.rounds = 300, .threads = 20, .nodes = 700, .flush_every = 50};

static int write_it(struct pyprof_error *error)
{
    struct stream stream = {0};
    int result = stream_fill(&stream, &plan, error);

    stream_free(&stream);
    return result;
}

static struct stream whole;

/* Reads everything, decodes all samples and writes it again. */
static int pass_on(struct pyprof_error *error)
{
    struct pyprof_reader *reader = pyprof_reader_new(NULL);
    struct pyprof_samples samples = {0};
    struct stream copy = {0};
    struct pyprof_sink sink = stream_sink(&copy);
    struct pyprof_item item;
    int result = -1, got = -1;

    error->code = PYPROF_MEMORY; /* of pyprof_reader_new */
    if (reader && pyprof_reader_feed(reader, whole.bytes, whole.size, error) == 0) {
        pyprof_reader_finish(reader);
        result = 0;
        while (result == 0 && (got = pyprof_reader_next(reader, &item, error)) == PYPROF_ITEM) {
            if (item.type == PYPROF_ITEM_SAMPLES)
                result = pyprof_reader_samples(reader, PYPROF_WANT_CPU, &samples, error);
            if (result == 0)
                result = pyprof_rewrite(&sink, &item, text_of("x"), NULL, &samples, error);
        }
    }
    pyprof_samples_free(&samples);
    pyprof_reader_free(reader);
    stream_free(&copy);
    return result < 0 || got < 0 ? -1 : 0;
}

/* Lets each allocation of `work` fail in turn; a sink that has no memory is a failed write. */
static void sweep(const char *what, int (*work)(struct pyprof_error *))
{
    unsigned long total, succeeded = 0, unexplained = 0;
    struct pyprof_error error;

    failing = calls = 0;
    ok(work(&error) == 0, "%s works with memory", what);
    total = calls;
    for (unsigned long i = 1; i <= total; i++) {
        failing = i;
        calls = 0;
        memset(&error, 0, sizeof error);
        if (work(&error) == 0)
            succeeded++;
        else
            unexplained += error.code != PYPROF_MEMORY && error.code != PYPROF_SYSTEM;
    }
    failing = 0;
    ok(total > 50 && unexplained == 0, "%s fails for lack of memory in each of %lu allocations", what, total);
    ok(succeeded <= total / 4, "%s: few of them can be done without (%lu)", what, succeeded);
}

int main(void)
{
    sweep("writing", write_it);
    whole = stream_make(plan);
    sweep("reading and passing on", pass_on);
    stream_free(&whole);
    return done_testing();
}
