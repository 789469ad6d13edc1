/* The page's data: columns packed, calls numbered and folded, time made coarser, and nothing of it lost. */
#include "render/pack.h"
#include "render/page_columns.h"
#include "tests/unit/recorded.h"
#include "tests/unit/tap.h"

#include <zlib.h>

static unsigned digit(char c)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *at = strchr(digits, c);

    return at && c ? (unsigned)(at - digits) : 0;
}

/* The bytes behind base64 and deflate; their number. */
static size_t unpack(const char *text, size_t size, uint8_t *bytes, size_t room)
{
    uint8_t deflated[4096];
    uLongf unpacked = room;
    size_t n = 0;

    for (size_t i = 0; i + 3 < size && n + 3 < sizeof deflated; i += 4) {
        unsigned group =
            digit(text[i]) << 18 | digit(text[i + 1]) << 12 | digit(text[i + 2]) << 6 | digit(text[i + 3]);

        deflated[n++] = (uint8_t)(group >> 16);
        deflated[n++] = (uint8_t)(group >> 8);
        deflated[n++] = (uint8_t)group;
    }
    return uncompress(bytes, &unpacked, deflated, n) == Z_OK ? unpacked : 0;
}

static void test_pack(void)
{
    static const uint8_t numbers[] = {0,    0x7f, 0x80, 1,    0xff, 0xff, 0xff, 0xff, 0xff,
                                      0xff, 0xff, 0xff, 0xff, 1,    1,    4,    3};
    struct pack pack = {0};
    uint8_t bytes[256];
    char *text, *index = NULL;
    size_t size = 0, index_size;
    FILE *json = open_memstream(&index, &index_size);

    pack_column(&pack, "a");
    pack_number(&pack, 0);
    pack_number(&pack, 127);
    pack_number(&pack, 128);
    pack_number(&pack, UINT64_MAX);
    pack_column(&pack, "b");
    pack_signed(&pack, -1);
    pack_signed(&pack, 2);
    pack_signed(&pack, -2);
    pack_put_index(&pack, json);
    fclose(json);
    ok(strcmp(index, "\"columns\":{\"a\":[0,4],\"b\":[14,3]}") == 0, "columns are told by offset and count");
    text = pack_close(&pack, "{}", 2, &size);
    ok(unpack(text, size, bytes, sizeof bytes) == 6 + sizeof numbers && memcmp(bytes, "\2\0\0\0{}", 6) == 0 &&
           memcmp(bytes + 6, numbers, sizeof numbers) == 0,
       "a pack is its JSON's size, the JSON and the numbers");
    ok(strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=") == size, "as base64");
    free(text);
    pack_free(&pack);
    pack_number(&pack, 1);
    ok(pack.failed && !pack_close(&pack, "", 0, &size), "a number without a column is a failure that is kept");
    free(index);
    pack_free(&pack);
}

/* A model of one thread that is in `leaves` calls of one caller, in turns. */
static struct model *make_model(uint32_t leaves, uint32_t rounds)
{
    struct model *model = model_new();
    struct pyprof_info info = {.pid = 1, .period = 1000000};
    struct recorded_run runs[200];
    char stacks[200][40];
    struct recorded_bytes stream;

    for (uint32_t i = 0; i < rounds; i++) {
        snprintf(stacks[i], sizeof stacks[i], "/x.py:main|/x.py:f%u", i % leaves);
        runs[i] = (struct recorded_run){1, 1 + i % 3, stacks[i]};
    }
    stream = recorded_stream(&info, 1, runs, rounds);
    if (!recorded_add(model, &stream) || model_finish(model, &(struct model_patterns){0}) < 0)
        abort();
    free(stream.bytes);
    return model;
}

static int64_t time_of(const struct page_runs *runs)
{
    int64_t time = 0;

    for (size_t i = 0; i < runs->threads[0].count; i++)
        time += runs->threads[0].runs[i].time;
    return time;
}

static void test_runs(void)
{
    struct model *model = make_model(40, 200);
    struct page_nodes *nodes = page_nodes_new(model, 0, 500);
    struct page_runs cells, runs;
    bool callers = true, others = false;

    ok(nodes->count == 42 && nodes->nfunctions == 42 && nodes->nfolded == 0, "every call is a node");
    for (uint32_t i = 1; i < nodes->count; i++)
        callers = callers && nodes->parent[i] < i;
    ok(callers, "callers come first");
    page_cells_make(&cells, nodes);
    ok(cells.count == 40 && time_of(&cells) == model->counts.time, "cells add up to all time");
    page_runs_make(&runs, nodes, 1000, 0);
    ok(runs.count == 200 && runs.width == 0 && time_of(&runs) == model->counts.time, "few runs stay exact");
    page_runs_free(&runs);
    page_runs_make(&runs, nodes, 50, 0);
    for (size_t i = 0; i < runs.threads[0].count; i++)
        others = others || runs.threads[0].runs[i].state & PAGE_OTHER;
    ok(runs.count <= 50 && runs.width > 0 && time_of(&runs) == model->counts.time && others,
       "many are put together, and no time is lost");
    page_runs_free(&runs);
    page_runs_free(&cells);
    page_nodes_free(nodes);
    nodes = page_nodes_new(model, 0.1, 500);
    ok(nodes->count == 2 && nodes->nfolded == 40 && nodes->folded[1] == 40,
       "small calls are folded into their caller");
    page_cells_make(&cells, nodes);
    ok(cells.count == 1 && cells.threads[0].runs[0].state & PAGE_OTHER && time_of(&cells) == model->counts.time,
       "and their time is other time below it");
    page_runs_free(&cells);
    page_nodes_free(nodes);
    nodes = page_nodes_new(model, 0, 1);
    ok(nodes->count == 2, "so are deep ones");
    page_nodes_free(nodes);
    page_nodes_free(NULL);
    model_free(model);
}

int main(void)
{
    test_pack();
    test_runs();
    ok(page_run_unit(1000000) == 62500 && page_run_unit(1000) == 1000 && page_run_unit(0) == 1000,
       "units fit the period");
    return done_testing();
}
