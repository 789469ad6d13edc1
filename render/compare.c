#include "compare.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char *const side_names[] = {"the baseline", "the new side"};

struct diff *comparison_diff(const struct comparison *comparison, tree_skips *skips)
{
    struct diff *diff = diff_new(comparison->normalize, skips);

    for (int side = 0; diff && side < DIFF_SIDES; side++)
        if (comparison->side[side] && diff_add(diff, (enum diff_side)side, comparison->side[side]->model) < 0) {
            diff_free(diff);
            return NULL;
        }
    return diff;
}

unsigned comparison_decimals(const struct comparison *comparison)
{
    unsigned fewest = 9;

    for (int side = 0; side < DIFF_SIDES; side++) {
        unsigned decimals = comparison->side[side] ? summary_decimals(comparison->side[side]->model) : fewest;

        fewest = decimals < fewest ? decimals : fewest;
    }
    return fewest;
}

void comparison_write_runs(FILE *out, const struct comparison *comparison, enum diff_side side)
{
    const struct diff *diff = comparison->plain;
    unsigned decimals = comparison_decimals(comparison);

    fprintf(out, "%" PRIu64 " %s, ", diff->runs[side], diff->runs[side] == 1 ? "run" : "runs");
    summary_seconds(out, diff->shortest[side], decimals);
    if (diff->longest[side] != diff->shortest[side]) {
        fputs(" to ", out);
        summary_seconds(out, diff->longest[side], decimals);
    }
    fputs(" s in all threads", out);
}

static const struct model *model_of(const struct comparison *comparison, int side)
{
    return comparison->side[side]->model;
}

static bool intervals_differ(const struct comparison *comparison)
{
    return model_of(comparison, DIFF_OLD)->period != model_of(comparison, DIFF_NEW)->period;
}

static void write_intervals(const struct comparison *comparison, FILE *out)
{
    fputs("the rates differ, ", out);
    for (int side = 0; side < DIFF_SIDES; side++) {
        uint64_t period = model_of(comparison, side)->period;

        if (period)
            fprintf(out, "%.4g Hz", 1e9 / (double)period);
        else
            fputs("unknown", out);
        fputs(side ? ": times are compared, which are conserved at any rate, never samples" : " and ", out);
    }
}

static bool filters_differ(const struct comparison *comparison)
{
    const struct model *old = model_of(comparison, DIFF_OLD), *new = model_of(comparison, DIFF_NEW);

    if (old->nfilters != new->nfilters)
        return true;
    for (size_t i = 0; i < old->nfilters; i++)
        if (!text_equal(old->filters[i], new->filters[i]))
            return true;
    return false;
}

static void write_filters(const struct comparison *comparison, FILE *out)
{
    fputs("the filters differ, so that this does not compare like with like: ", out);
    for (int side = 0; side < DIFF_SIDES; side++) {
        const struct model *model = model_of(comparison, side);

        fprintf(out, "%s%s has ", side ? "; " : "", side_names[side]);
        for (size_t i = 0; i < model->nfilters; i++) {
            fputs(i ? ", " : "", out);
            fwrite(model->filters[i].bytes, 1, model->filters[i].size, out);
        }
        if (!model->nfilters)
            fputs("none", out);
    }
}

static bool has_recording(const struct model *model, const uint8_t recording[16])
{
    for (size_t i = 0; i < model->nprocesses; i++)
        if (memcmp(model->processes[i].info.recording, recording, 16) == 0)
            return true;
    return false;
}

/* Recordings have random ids; where it is 0, nothing is known. */
static bool share_recordings(const struct comparison *comparison)
{
    static const uint8_t unknown[16] = {0};
    const struct model *old = model_of(comparison, DIFF_OLD), *new = model_of(comparison, DIFF_NEW);

    for (size_t i = 0; i < old->nprocesses; i++) {
        const uint8_t *recording = old->processes[i].info.recording;

        if (memcmp(recording, unknown, sizeof unknown) != 0 && has_recording(new, recording))
            return true;
    }
    return false;
}

static void write_shared(const struct comparison *comparison, FILE *out)
{
    (void)comparison;
    fputs("a recording is on both sides, and is compared with itself", out);
}

/* sys.version up to its first space. */
static struct pyprof_text python_of(const struct comparison *comparison, int side)
{
    const struct model *model = model_of(comparison, side);
    struct pyprof_text python = model->nprocesses ? model->processes[0].info.python : text_of("");
    const char *space = python.size ? memchr(python.bytes, ' ', python.size) : NULL;

    if (space)
        python.size = (size_t)(space - python.bytes);
    return python;
}

static bool pythons_differ(const struct comparison *comparison)
{
    struct pyprof_text old = python_of(comparison, DIFF_OLD), new = python_of(comparison, DIFF_NEW);

    return old.size && new.size && !text_equal(old, new);
}

static void write_pythons(const struct comparison *comparison, FILE *out)
{
    struct pyprof_text old = python_of(comparison, DIFF_OLD), new = python_of(comparison, DIFF_NEW);

    fputs("the Pythons differ, ", out);
    fwrite(old.bytes, 1, old.size, out);
    fputs(" and ", out);
    fwrite(new.bytes, 1, new.size, out);
    fputs(": the standard library's calls may, too", out);
}

/* Where a recording ended before its program did, its length is the user's choice and nothing of the program's. */
static bool windows_differ(const struct comparison *comparison)
{
    const int64_t old = comparison->plain->longest[DIFF_OLD], new = comparison->plain->longest[DIFF_NEW];
    bool running = model_of(comparison, DIFF_OLD)->running || model_of(comparison, DIFF_NEW)->running;

    return running && !comparison->normalize && (old / 10 * 9 > new || new / 10 * 9 > old);
}

static void write_windows(const struct comparison *comparison, FILE *out)
{
    (void)comparison;
    fputs("programs ran on when their recording ended, and the sides differ in length: --normalize compares shares",
          out);
}

static bool is_single(const struct comparison *comparison)
{
    return comparison->plain->runs[DIFF_OLD] == 1 && comparison->plain->runs[DIFF_NEW] == 1;
}

static void write_single(const struct comparison *comparison, FILE *out)
{
    (void)comparison;
    fputs("with one run on each side, the spread is the sampling error alone; more runs show how much runs differ",
          out);
}

static bool is_normalized(const struct comparison *comparison)
{
    return comparison->normalize;
}

static void write_normalized(const struct comparison *comparison, FILE *out)
{
    fputs("normalised: every run is scaled to ", out);
    summary_seconds(out, (int64_t)comparison->plain->usual, comparison_decimals(comparison));
    fputs(" s, the mean of the baseline's", out);
}

static bool has_samples(const struct comparison *comparison, enum diff_side side)
{
    return comparison->plain->nodes[0].total.side[side].samples > 0;
}

static bool is_empty(const struct comparison *comparison)
{
    return !has_samples(comparison, DIFF_OLD) || !has_samples(comparison, DIFF_NEW);
}

static void write_empty(const struct comparison *comparison, FILE *out)
{
    bool old = has_samples(comparison, DIFF_OLD), new = has_samples(comparison, DIFF_NEW);

    fprintf(out, "no samples on %s", old || new ? side_names[old ? DIFF_NEW : DIFF_OLD] : "either side");
}

struct remark {
    bool (*applies)(const struct comparison *);
    void (*write)(const struct comparison *, FILE *);
    bool warning;
};

static const struct remark remarks[] = {
    {is_empty, write_empty, true},
    {filters_differ, write_filters, true},
    {share_recordings, write_shared, true},
    {windows_differ, write_windows, true},
    {pythons_differ, write_pythons, true},
    {intervals_differ, write_intervals, false},
    {is_normalized, write_normalized, false},
    {is_single, write_single, false},
};

static int add_note(struct summary *notes, const struct comparison *comparison, const struct remark *remark)
{
    char *bytes = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&bytes, &size);

    if (!out)
        return -1;
    remark->write(comparison, out);
    if (fclose(out) != 0) {
        free(bytes);
        return -1;
    }
    notes->items[notes->count++] = (struct fact){"Note", {bytes, size}, remark->warning};
    return 0;
}

struct summary *comparison_notes(const struct comparison *comparison)
{
    struct summary *notes = calloc(1, sizeof *notes);

    for (size_t i = 0; notes && i < sizeof remarks / sizeof *remarks; i++)
        if (remarks[i].applies(comparison) && add_note(notes, comparison, &remarks[i]) < 0) {
            summary_free(notes);
            return NULL;
        }
    return notes;
}
