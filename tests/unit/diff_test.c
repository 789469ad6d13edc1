/* diff, diff_shape and limit: what runs against runs come to, row by row. */
#include "render/diff_shape.h"
#include "render/limit.h"
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

#include <math.h>

enum { MS = 1000000, MOST_RUNS = 4 };

/* One side: of each run, the milliseconds of up to four stacks. */
struct side {
    size_t nruns;
    uint32_t ms[MOST_RUNS][4];
};

static struct model *model_of(const char *const stacks[4], const struct side *side)
{
    static const struct pyprof_text path = {"/app", 4}, prefix = {"/usr", 4};
    struct model *model = model_new();
    struct model_patterns patterns = {0};

    for (size_t i = 0; i < side->nruns; i++) {
        struct pyprof_info info = {.pid = 10, .period = MS, .path = {&path, 1}, .prefixes = {&prefix, 1}};
        struct recorded_run runs[4];
        struct recorded_bytes stream;
        size_t n = 0;

        info.recording[0] = (uint8_t)(i + 1);
        for (size_t k = 0; k < 4; k++)
            if (stacks[k] && side->ms[i][k])
                runs[n++] = (struct recorded_run){1, side->ms[i][k], stacks[k]};
        stream = recorded_stream(&info, 1, runs, n);
        if (!recorded_add(model, &stream))
            abort();
        free(stream.bytes);
    }
    if (model_finish(model, &patterns) < 0)
        abort();
    return model;
}

static struct diff *diff_of(const char *const old_stacks[4], const struct side *old, const char *const new_stacks[4],
                            const struct side *new, bool normalize)
{
    struct diff *diff = diff_new(normalize, NULL);
    struct model *before = model_of(old_stacks, old), *after = model_of(new_stacks, new);

    if (!diff || diff_add(diff, DIFF_OLD, before) < 0 || diff_add(diff, DIFF_NEW, after) < 0)
        abort();
    model_free(before);
    model_free(after);
    return diff;
}

static const struct diff_function *function_named(const struct diff *diff, const char *name)
{
    static const struct diff_function none;

    for (size_t i = 1; i <= diff->nfunctions; i++)
        if (text_equal(diff->functions[i].name, text_of(name)))
            return &diff->functions[i];
    return &none;
}

static void check_change(const char *what, const struct diff *diff, const struct diff_measure *measure, int64_t old,
                         int64_t new, int64_t spread)
{
    struct diff_change change = diff_change(diff, measure);

    if (!ok(change.old == old && change.new == new &&change.change == new - old &&llabs(change.spread - spread) < 10,
            "%s", what))
        printf("# wanted %lld, %lld, spread %lld\n# got    %lld, %lld, spread %lld\n", (long long)old, (long long)new,
               (long long)spread, (long long)change.old, (long long)change.new, (long long)change.spread);
}

static const char *const plain[4] = {"/app/x.py:main|/app/x.py:a", "/app/x.py:main|/app/x.py:b", "/app/x.py:main"};

static void test_change(void)
{
    static const struct side old = {3, {{100, 50, 10}, {110, 50, 10}, {120, 50, 10}}};
    static const struct side new = {2, {{200, 50, 10}, {220, 50, 10}}};
    struct diff *diff = diff_of(plain, &old, plain, &new, false);

    ok(diff->runs[DIFF_OLD] == 3 && diff->runs[DIFF_NEW] == 2, "recordings are runs");
    ok(diff->shortest[DIFF_OLD] == 160 * MS && diff->longest[DIFF_OLD] == 180 * MS, "whose totals are known");
    check_change("means, and two standard deviations of 10 and of sqrt(200) ms", diff,
                 &function_named(diff, "a")->self, 110 * MS, 210 * MS, (int64_t)(2 * sqrt(100 + 200) * MS));
    check_change("what no run differs in has a spread of one interval", diff, &function_named(diff, "b")->total,
                 50 * MS, 50 * MS, MS);
    check_change("self time is not that of what is called", diff, &function_named(diff, "main")->self, 10 * MS,
                 10 * MS, MS);
    check_change("total time is", diff, &function_named(diff, "main")->total, 170 * MS, 270 * MS,
                 (int64_t)(2 * sqrt(100 + 200) * MS));
    check_change("the whole is node 0", diff, &diff->nodes[0].total, 170 * MS, 270 * MS,
                 (int64_t)(2 * sqrt(100 + 200) * MS));
    diff_free(diff);
}

static void test_single(void)
{
    static const struct side old = {1, {{100, 900}}}, new = {1, {{400, 600}}}, many = {2, {{400, 600}, {600, 400}}};
    struct diff *diff = diff_of(plain, &old, plain, &new, false);

    check_change("one run against one: the binomial error of both counts", diff, &function_named(diff, "a")->self,
                 100 * MS, 400 * MS, (int64_t)(2 * sqrt(100 * 0.9 + 400 * 0.6) * MS));
    diff_free(diff);
    diff = diff_of(plain, &old, plain, &many, false);
    check_change("one run against many is taken to vary as they do", diff, &function_named(diff, "a")->self, 100 * MS,
                 500 * MS, (int64_t)(2 * sqrt(20000 + 20000) * MS));
    diff_free(diff);
}

static void test_absent(void)
{
    static const char *const later[4] = {"/app/x.py:main|/app/x.py:late"};
    static const struct side old = {2, {{100}, {100}}}, new = {2, {{100}, {100, 0}}};
    static const struct side sometimes = {2, {{0, 100}, {40, 100}}};
    struct diff *diff = diff_of(plain, &old, later, &new, false);

    check_change("a function of the new side alone", diff, &function_named(diff, "late")->self, 0, 100 * MS, MS);
    check_change("and one of the old side alone", diff, &function_named(diff, "a")->self, 100 * MS, 0, MS);
    ok(isinf(diff_percent(diff_change(diff, &function_named(diff, "late")->self))), "what is new has no percentage");
    diff_free(diff);
    diff = diff_of(plain, &sometimes, plain, &old, false);
    check_change("a run without it counts as 0", diff, &function_named(diff, "a")->self, 20 * MS, 100 * MS,
                 (int64_t)(2 * sqrt(800) * MS));
    diff_free(diff);
}

static void test_identity(void)
{
    static const char *const recursive[4] = {"/app/x.py:f|/app/x.py:f|/app/x.py:g|/app/x.py:f", "/app/y.py:f"};
    static const struct side one = {1, {{100, 10}}};
    struct diff *diff = diff_of(recursive, &one, recursive, &one, false);
    struct diff_change change = {0};

    for (size_t i = 1; i <= diff->nfunctions; i++)
        if (text_equal(diff->functions[i].path, text_of("x.py")) && text_equal(diff->functions[i].name, text_of("f")))
            change = diff_change(diff, &diff->functions[i].total);
    ok(diff->nfunctions == DIFF_NO_FRAME + 3, "functions of one name in two files are two");
    ok(change.new == 100 * MS, "a function that calls itself has its time once");
    diff_free(diff);
}

static void test_normalize(void)
{
    static const struct side old = {2, {{100, 300}, {200, 600}}}, new = {1, {{600, 600}}};
    struct diff *diff = diff_of(plain, &old, plain, &new, true);

    check_change("normalised: every run has the baseline's mean total", diff, &diff->nodes[0].total, 600 * MS,
                 600 * MS, MS);
    check_change("and shares are what differs", diff, &function_named(diff, "b")->self, 450 * MS, 300 * MS,
                 (int64_t)(2 * sqrt(600.0 * 600 / 1200 / 1200 * 1200 / 4) * MS));
    diff_free(diff);
}

/* The tree in one line: NAME=OLD>NEW in ms, children in brackets, `~N` hidden calls, `*N` rows of what is folded. */
static void describe(const struct diff *diff, char *text, size_t room)
{
    FILE *out = fmemopen(text, room, "w");
    uint32_t depth = 0, last = 0;

    for (uint32_t i = 0; (i = diff_next(diff, i, &depth));) {
        static const char *const names[] = {"", "self", "unchanged", "deeper"};
        const struct diff_node *node = &diff->nodes[i];
        struct diff_change change = diff_change(diff, &node->total);

        for (; last >= depth && last; last--)
            fputc(']', out);
        fprintf(out, "[%s", node->kind ? names[node->kind] : diff->functions[node->function].name.bytes);
        if (node->kind >= DIFF_UNCHANGED)
            fprintf(out, "*%u", node->rows);
        fprintf(out, "=%lld>%lld", (long long)change.old / MS, (long long)change.new / MS);
        if (node->hidden)
            fprintf(out, "~%u", node->hidden);
        last = depth;
    }
    for (; last; last--)
        fputc(']', out);
    fclose(out);
}

static void check_shape(const char *what, struct diff_shape_options options, const char *const stacks[4],
                        const struct side *old, const struct side *new, const char *wanted)
{
    struct diff *diff = diff_of(stacks, old, stacks, new, false);
    char text[1000] = "";

    if (diff_shape(diff, &options) < 0)
        abort();
    describe(diff, text, sizeof text);
    if (!ok(strcmp(text, wanted) == 0, "%s", what))
        printf("# wanted %s\n# got    %s\n", wanted, text);
    diff_free(diff);
}

static void test_shape(void)
{
    static const struct diff_shape_options usual = {.threshold = 1}, all = {.all = true}, shallow = {.depth = 1};
    static const struct side old = {2, {{100, 900, 5}, {100, 900, 5}}}, more = {2, {{200, 900, 5}, {200, 900, 5}}};
    static const struct side moved = {2, {{200, 800, 5}, {200, 800, 5}}},
                             little = {2, {{105, 900, 5}, {105, 900, 5}}};
    static const struct side self = {2, {{100, 900, 95}, {100, 900, 95}}};
    static const char *const library[4] = {"/app/x.py:main|/usr/l.py:a|/usr/l.py:b|/usr/l.py:c|/usr/l.py:d",
                                           "/app/x.py:main|/usr/l.py:a|/usr/l.py:e",
                                           "/app/x.py:main|/usr/l.py:a|/usr/l.py:b"};

    check_shape("what did not change is one row", usual, plain, &old, &more,
                "[main=1005>1105[a=100>200][unchanged*2=905>905]]");
    check_shape("a caller is drawn for what changed below it", usual, plain, &old, &moved,
                "[main=1005>1005[b=900>800][a=100>200][unchanged*1=5>5]]");
    check_shape("a change under the threshold is none", usual, plain, &old, &little, "[unchanged*4=1005>1010]");
    check_shape("nothing changed", usual, plain, &old, &old, "[unchanged*4=1005>1005]");
    check_shape("self time that changed is a row", usual, plain, &old, &self,
                "[main=1005>1095[self=5>95][unchanged*2=1000>1000]]");
    check_shape("all is shown on demand, sorted by change", all, plain, &old, &more,
                "[main=1005>1105[a=100>200][b=900>900][self=5>5]]");
    check_shape("what is too deep is folded", shallow, plain, &old, &more, "[main=1005>1105[deeper*3=1005>1105]]");
    check_shape("library code below library code gives way to what changed", usual, library, &old, &more,
                "[main=1005>1105[a=1005>1105~2[d=100>200][unchanged*2=905>905]]]");
    check_shape("but not where its own time changed", usual, library, &old, &self,
                "[main=1005>1095[a=1005>1095[b=105>195[self=5>95][unchanged*2=100>100]][unchanged*1=900>900]]]");
}

static void check_wrong(const char *text, const char *wanted)
{
    struct limit limit;
    const char *wrong = limit_parse(&limit, text);

    if (!ok(wrong && strstr(wrong, wanted), "'%s' is refused", text))
        printf("# wanted %s\n# got    %s\n", wanted, wrong ? wrong : "nothing");
}

static void test_limit_text(void)
{
    struct limit limit;

    ok(!limit_parse(&limit, "a:b:total>+10%") && limit.pattern == 3 && limit.total && limit.change &&
           fabs(limit.percent - 10) < 1e-9,
       "a change in percent of total time");
    ok(!limit_parse(&limit, "<lambda>:self>0.5s") && limit.pattern == 8 && !limit.total && !limit.change &&
           limit.percent < 0 && limit.time == 500 * MS,
       "a time in seconds, of a name with a sign in it");
    ok(!limit_parse(&limit, "f:self>20ms") && limit.time == 20 * MS, "in milliseconds");
    ok(!limit_parse(&limit, "f:self>+.5us") && limit.change && limit.time == 500, "a change in microseconds");
    check_wrong("", "no '>'");
    check_wrong("f:total", "no '>'");
    check_wrong("f>10%", "':total' or ':self'");
    check_wrong("f:totals>+10%", "':total' or ':self'");
    check_wrong(":total>+10%", "no pattern");
    check_wrong("f:total>10%", "needs a sign");
    check_wrong("f:total>", "an amount");
    check_wrong("f:total>-5%", "an amount");
    check_wrong("f:total>+", "an amount");
    check_wrong("f:total>nan s", "an amount");
    check_wrong("f:total>inf", "an amount");
    check_wrong("f:total>.s", "not a number");
    check_wrong("f:total>0.5", "the unit");
    check_wrong("f:total>0.5 s", "the unit");
    check_wrong("f:total>+5%%", "the unit");
    check_wrong("f:total>0.5m", "the unit");
    check_wrong("f:total>1e300s", "too great");
}

/* How many functions are over a limit; -1: none matches. */
static int over(struct diff *diff, const char *text)
{
    struct limit limit;
    bool matched;
    size_t n;
    uint32_t *functions;

    if (limit_parse(&limit, text))
        abort();
    functions = limit_check(&limit, diff, &matched, &n);
    if (!functions)
        abort();
    free(functions);
    return matched ? (int)n : -1;
}

static void test_limits(void)
{
    static const struct side old = {2, {{100, 400, 10}, {100, 500, 10}}}, new = {2, {{120, 500, 10}, {120, 600, 10}}};
    struct diff *diff = diff_of(plain, &old, plain, &new, false);

    ok(over(diff, "a:self>+19%") == 1, "a change over the limit");
    ok(over(diff, "a:self>+20%") == 0, "not one at it");
    ok(over(diff, "b:total>+10%") == 0, "nor one within the spread");
    ok(over(diff, "a:self>+19ms") == 1 && over(diff, "a:self>+20ms") == 0, "a change in time");
    ok(over(diff, "a:self>0.119s") == 1 && over(diff, "a:self>0.12s") == 0, "a time, whatever it was");
    ok(over(diff, "main:self>0.1s") == 0 && over(diff, "main:total>0.1s") == 1, "self and total are told apart");
    ok(over(diff, "?:self>0s") == 2, "patterns are globs");
    ok(over(diff, "x.py:a:self>0s") == 1 && over(diff, "x.py:*:self>0s") == 3, "of the path and the name");
    ok(over(diff, "y.py:a:self>0s") == -1 && over(diff, "nothing:self>0s") == -1, "that may match nothing");
    diff_free(diff);
    diff = diff_of(plain, &new, plain, &old, false);
    ok(over(diff, "a:self>+0%") == 0, "less is never over a change");
    diff_free(diff);
}

int main(void)
{
    test_change();
    test_single();
    test_absent();
    test_identity();
    test_normalize();
    test_shape();
    test_limit_text();
    test_limits();
    return done_testing();
}
