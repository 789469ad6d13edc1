/* tree and shape: what becomes of calls, rule by rule. */
#include "render/shape.h"
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

static const struct pyprof_text prefixes[] = {{"/usr", 4}}, paths[] = {{"/app", 4}, {"/usr/lib/python3", 16}};

static struct model *model_of(const struct recorded_run *runs, size_t n)
{
    struct pyprof_info info = {.pid = 10, .period = 1000000, .prefixes = {prefixes, 1}, .path = {paths, 2}};
    struct recorded_bytes stream = recorded_stream(&info, 1, runs, n);
    struct model *model = model_new();
    struct model_patterns patterns = {0};

    if (!recorded_add(model, &stream) || model_finish(model, &patterns) < 0)
        abort();
    free(stream.bytes);
    return model;
}

static struct tree *tree_of(const struct model *model, const struct shape_options *options)
{
    const struct model_thread *thread = &model->processes[0].threads[0];
    struct tree *tree = tree_new(model, &thread, 1, shape_skips(options));

    shape_tree(tree, options);
    if (shape_splice(tree) < 0 || shape_rows(tree, options) < 0)
        abort();
    return tree;
}

/* The tree in one line: NAME=MILLISECONDS, children in brackets, `+N` folded calls, `~N` hidden ones. */
static void describe(const struct tree *tree, char *text, size_t room)
{
    FILE *out = fmemopen(text, room, "w");
    uint32_t depth = 0, last = 0;

    for (uint32_t i = tree_next(tree, 0, 0, &depth); i; i = tree_next(tree, i, 0, &depth)) {
        static const char *const names[] = {"", "nothing", "self", "other"};
        const struct tree_node *node = &tree->nodes[i];

        for (; last >= depth && last; last--)
            fputc(']', out);
        fprintf(out, "[%s=%lld", node->kind ? names[node->kind] : tree->model->functions[node->function].name.bytes,
                (long long)node->total.time / 1000000);
        if (node->folded)
            fprintf(out, "+%u", node->folded);
        if (node->group_size)
            fprintf(out, "~%u", node->group_size);
        last = depth;
    }
    for (; last; last--)
        fputc(']', out);
    fclose(out);
}

static void check(const char *what, const struct shape_options *options, const struct recorded_run *runs, size_t n,
                  const char *wanted)
{
    struct model *model = model_of(runs, n);
    struct tree *tree = tree_of(model, options);
    char text[1000] = "";

    describe(tree, text, sizeof text);
    if (!ok(strcmp(text, wanted) == 0, "%s", what))
        printf("# wanted %s\n# got    %s\n", wanted, text);
    tree_free(tree);
    model_free(model);
}

#define CHECK(what, options, wanted, ...)                                                                            \
    do {                                                                                                             \
        const struct recorded_run runs[] = {__VA_ARGS__};                                                            \
        check(what, options, runs, sizeof runs / sizeof *runs, wanted);                                              \
    } while (0)

static void test_adding_up(const struct shape_options *plain)
{
    CHECK("siblings of one function are one, sorted by time", plain, "[main=60[b=40][a=20]]",
          {1, 10, "/app/x.py:main|/app/x.py:a"}, {1, 40, "/app/x.py:main|/app/x.py:b"},
          {1, 10, "/app/x.py:main|/app/x.py:a"});
    CHECK("equal times are sorted by name", plain, "[main=30[a=10][b=10][c=10]]",
          {1, 10, "/app/x.py:main|/app/x.py:c"}, {1, 10, "/app/x.py:main|/app/x.py:a"},
          {1, 10, "/app/x.py:main|/app/x.py:b"});
    CHECK("self-time is a row beside children", plain, "[main=30[self=20][a=10]]", {1, 20, "/app/x.py:main"},
          {1, 10, "/app/x.py:main|/app/x.py:a"});
    CHECK("a lone self leaf is dropped", plain, "[main=20]", {1, 10, "/app/x.py:main"}, {1, 10, "/app/x.py:main"});
    CHECK("samples without a frame are a row of the root", plain, "[main=20][nothing=10]", {1, 20, "/app/x.py:main"},
          {1, 10, ""});
}

static void test_giving_way(const struct shape_options *plain, const struct shape_options *all)
{
    static const char import[] = "/app/x.py:main|<frozen>:x|<frozen importlib._bootstrap>:_load|"
                                 "<frozen importlib._bootstrap_external>:exec|/app/y.py:module";

    CHECK("the import machinery gives way to what it calls", plain, "[main=20[x=20[module=20]]]", {1, 20, import});
    CHECK("unless all is shown", all, "[main=20[x=20[_load=20[exec=20[module=20]]]]]", {1, 20, import});
    CHECK("what starts a program goes, and its time stays in sight", plain, "[main=20][self=5]",
          {1, 20, "/usr/lib/python3/runpy.py:_run_module|/usr/lib/python3/runpy.py:_run_code|/app/x.py:main"},
          {1, 5, "/usr/lib/python3/runpy.py:_run_module|/usr/lib/python3/runpy.py:_find"});
    CHECK(
        "what starts a thread goes", all, "[work=20]",
        {1, 20, "/usr/lib/python3/threading.py:Thread._bootstrap|/usr/lib/python3/threading.py:run|/app/x.py:work"});
    CHECK("but not threading further in", plain, "[work=20[run=20]]",
          {1, 20, "/app/x.py:work|/usr/lib/python3/threading.py:run"});
    CHECK("a stem of library code is trimmed", plain, "[main=20]",
          {1, 20, "/usr/lib/python3/a.py:f|/usr/lib/python3/a.py:g|/app/x.py:main"});
    CHECK("down to where it branches", plain, "[g=30[main=20][h=10]]",
          {1, 20, "/usr/lib/python3/a.py:f|/usr/lib/python3/a.py:g|/app/x.py:main"},
          {1, 10, "/usr/lib/python3/a.py:f|/usr/lib/python3/a.py:g|/usr/lib/python3/a.py:h"});
    CHECK("a tree of library code alone is kept", plain, "[f=20[g=20]]",
          {1, 20, "/usr/lib/python3/a.py:f|/usr/lib/python3/a.py:g"});
}

static void test_threshold(const struct shape_options *plain, const struct shape_options *all)
{
    struct shape_options tenth = {.threshold = 10}, shallow = {.depth = 2};

    CHECK("under the threshold, calls fold into their caller", plain, "[main=1000+2[a=993]]",
          {1, 993, "/app/x.py:main|/app/x.py:a"}, {1, 7, "/app/x.py:main|/app/x.py:b|/app/x.py:c"});
    CHECK("and are a row where they add up", plain, "[main=1000+3[a=982][other=18+3]]",
          {1, 982, "/app/x.py:main|/app/x.py:a"}, {1, 9, "/app/x.py:main|/app/x.py:b|/app/x.py:c"},
          {1, 9, "/app/x.py:main|/app/x.py:d"});
    CHECK("exactly at the threshold, they do not", &tenth, "[main=100[a=90][b=10]]",
          {1, 90, "/app/x.py:main|/app/x.py:a"}, {1, 10, "/app/x.py:main|/app/x.py:b"});
    CHECK("with all shown, none does", all, "[main=1000[a=993][b=7[c=7]]]", {1, 993, "/app/x.py:main|/app/x.py:a"},
          {1, 7, "/app/x.py:main|/app/x.py:b|/app/x.py:c"});
    CHECK("calls that are too deep fold as well", &shallow, "[main=20[a=20+2]]",
          {1, 20, "/app/x.py:main|/app/x.py:a|/app/x.py:b|/app/x.py:c"});
}

static void test_groups(const struct shape_options *plain, const struct shape_options *all)
{
    static const char deep[] =
        "/app/x.py:main|/usr/lib/python3/l.py:a|/usr/lib/python3/l.py:b|/usr/lib/python3/l.py:c|"
        "/usr/lib/python3/m.py:d";

    CHECK("library code folds below its first call", plain, "[main=100[self=90][a=10~3]]", {1, 90, "/app/x.py:main"},
          {1, 10, deep});
    CHECK("unless all is shown", all, "[main=100[self=90][a=10[b=10[c=10[d=10]]]]]", {1, 90, "/app/x.py:main"},
          {1, 10, deep});
    CHECK("over a fifth of the root as self-time stays visible", plain, "[main=100[self=79][a=21~2[d=21]]]",
          {1, 79, "/app/x.py:main"}, {1, 21, deep});
    CHECK("as does what calls the application again", plain, "[main=100[self=90][a=10~2[d=10[back=10]]]]",
          {1, 90, "/app/x.py:main"},
          {1, 10,
           "/app/x.py:main|/usr/lib/python3/l.py:a|/usr/lib/python3/l.py:b|/usr/lib/python3/l.py:c|"
           "/usr/lib/python3/m.py:d|/app/x.py:back"});
    CHECK("fewer than two are not hidden", plain, "[main=100[self=90][a=10[b=10]]]", {1, 90, "/app/x.py:main"},
          {1, 10, "/app/x.py:main|/usr/lib/python3/l.py:a|/usr/lib/python3/l.py:b"});
    CHECK("packages outside the prefixes are libraries too", plain, "[main=100[self=90][a=10~2]]",
          {1, 90, "/app/x.py:main"},
          {1, 10, "/app/x.py:main|/home/site-packages/l.py:a|/home/site-packages/l.py:b|/home/site-packages/l.py:c"});
    CHECK("what is typed in counts as its caller", plain, "[main=100[self=90][a=10~3]]", {1, 90, "/app/x.py:main"},
          {1, 10, "/app/x.py:main|/usr/l.py:a|/usr/l.py:b|<string>:c|<string>:d"});
    CHECK("and as the application at the root", plain, "[module=100[self=90][a=10~2]]", {1, 90, "<string>:module"},
          {1, 10, "<string>:module|/usr/l.py:a|/usr/l.py:b|/usr/l.py:c"});
}

int main(void)
{
    struct shape_options plain = {.threshold = 1}, all = {.all = true};

    test_adding_up(&plain);
    test_giving_way(&plain, &all);
    test_threshold(&plain, &all);
    test_groups(&plain, &all);
    return done_testing();
}
