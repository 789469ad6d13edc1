#include "merge/sift.h"

#include <stdlib.h>
#include <string.h>

/* What the filter says of one section's functions and nodes; indices are ids. */
struct verdicts {
    uint8_t *functions; /* JUDGED and enum filter_frame of its own */
    uint32_t functions_room;
    uint8_t *nodes;  /* enum filter_frame of the whole stack */
    uint32_t *stays; /* which node stands for it once frames are cut out */
    uint32_t nodes_room;
    uint32_t judged; /* nodes up to this id */
    uint32_t gap;    /* the first that was not known when it was judged, or 0 */
    bool refused;    /* the section is of a format that is newer than this program */
};

enum { JUDGED = 1 << 7 };

struct sift {
    const struct filter *filter;
    struct pyprof_samples in, out;
    uint64_t unknown;
};

struct sift *sift_new(const struct filter *filter)
{
    struct sift *sift = calloc(1, sizeof *sift);
    if (sift)
        sift->filter = filter;
    return sift;
}

void sift_free(struct sift *sift)
{
    if (!sift)
        return;
    pyprof_samples_free(&sift->in);
    pyprof_samples_free(&sift->out);
    free(sift);
}

static void free_verdicts(void *user)
{
    struct verdicts *verdicts = user;
    free(verdicts->functions);
    free(verdicts->nodes);
    free(verdicts->stays);
    free(verdicts);
}

/* Twice as much where it must grow at all, so that growing costs little; `need` counts ids, 0 included. */
static uint32_t room_for(uint32_t room, uint32_t need)
{
    if (need <= room)
        return room;
    return need <= UINT32_MAX / 2 ? need * 2 : need;
}

/* Makes room for ids up to `functions` and `nodes`, which are below 2^26. */
static int make_room(struct verdicts *verdicts, uint32_t functions, uint32_t nodes)
{
    uint32_t room = room_for(verdicts->functions_room, functions + 1);
    if (room > verdicts->functions_room) {
        uint8_t *larger = realloc(verdicts->functions, room);
        if (!larger)
            return -1;
        memset(larger + verdicts->functions_room, 0, room - verdicts->functions_room);
        verdicts->functions = larger;
        verdicts->functions_room = room;
    }
    room = room_for(verdicts->nodes_room, nodes + 1);
    if (room > verdicts->nodes_room) {
        uint8_t *larger = realloc(verdicts->nodes, room);
        if (!larger)
            return -1;
        verdicts->nodes = larger;
        uint32_t *stays = reallocarray(verdicts->stays, room, sizeof *stays);
        if (!stays)
            return -1;
        verdicts->stays = stays;
        verdicts->nodes_room = room;
        verdicts->nodes[0] = 0;
        verdicts->stays[0] = 0;
    }
    return 0;
}

/* The section's, new ones for a new section; NULL if there is no memory. */
static struct verdicts *verdicts_of(struct pyprof_section *section)
{
    struct verdicts *verdicts = pyprof_section_user(section);
    if (verdicts)
        return verdicts;
    verdicts = calloc(1, sizeof *verdicts);
    if (!verdicts || make_room(verdicts, 0, 0) < 0) {
        if (verdicts)
            free_verdicts(verdicts);
        return NULL;
    }
    pyprof_section_set_user(section, verdicts, free_verdicts);
    return verdicts;
}

/* What the frames of function `id` are; false if not all is known of it, so that it must be looked at again. */
static bool judge_function(const struct sift *sift, const struct pyprof_section *section, struct verdicts *verdicts,
                           uint32_t id, unsigned *bits)
{
    struct pyprof_function function;
    if (!id || id >= verdicts->functions_room || !pyprof_section_function(section, id, &function))
        return false;
    uint8_t *verdict = &verdicts->functions[id];
    bool whole = function.file.bytes && function.name.bytes;
    if (!*verdict || !whole)
        *verdict = (uint8_t)(JUDGED | filter_frame(sift->filter, &function));
    *bits = *verdict & ~(unsigned)JUDGED;
    return whole;
}

static void judge_node(const struct sift *sift, const struct pyprof_section *section, struct verdicts *verdicts,
                       uint32_t id)
{
    struct pyprof_node node = {0};
    unsigned frame = 0;
    bool known = pyprof_section_node(section, id, &node);
    bool judged = known && judge_function(sift, section, verdicts, node.function, &frame);
    if (!judged && !verdicts->gap)
        verdicts->gap = id;
    verdicts->nodes[id] = (uint8_t)(known ? verdicts->nodes[node.parent] | frame : 0);
    verdicts->stays[id] = frame & FILTER_FRAME_CUT ? verdicts->stays[node.parent] : id;
}

/* Judges the nodes that are new, in the order of their ids: callers come before what they call. */
static int judge(const struct sift *sift, const struct pyprof_section *section, struct verdicts *verdicts)
{
    uint32_t nodes = pyprof_section_nodes(section);
    if (make_room(verdicts, pyprof_section_functions(section), nodes) < 0)
        return -1;
    /* Lost definitions may have come again. */
    if (verdicts->gap) {
        verdicts->judged = verdicts->gap - 1;
        verdicts->gap = 0;
    }
    while (verdicts->judged < nodes)
        judge_node(sift, section, verdicts, ++verdicts->judged);
    return 0;
}

static uint32_t map_node(void *context, uint32_t node)
{
    const struct verdicts *verdicts = context;
    return node <= verdicts->judged ? verdicts->stays[node] : node;
}

/* The rounds of a block, as indices, that the filter's times keep: from `first` on, before `end`. */
struct window {
    uint32_t first, end;
};

static bool is_before(int64_t time, uint64_t unit, int64_t limit)
{
    return (__int128)time * (__int128)unit < limit;
}

static struct window window_of(const struct sift *sift, const struct pyprof_samples *samples)
{
    uint64_t unit = samples->unit;
    struct filter_span span = filter_span(sift->filter);
    struct window window = {0, samples->rounds};
    while (window.first < samples->rounds && is_before(samples->times[window.first], unit, span.since))
        window.first++;
    while (window.end > window.first && !is_before(samples->times[window.end - 1], unit, span.until))
        window.end--;
    return window;
}

/* Adds a run to the last track of `out`, or makes its last run longer if that is the same. */
static int add_run(struct pyprof_samples *out, struct pyprof_run run)
{
    struct pyprof_track *track = &out->tracks[out->ntracks - 1];
    struct pyprof_run *last = track->runs ? &out->runs[out->nruns - 1] : NULL;
    if (!run.count)
        return 0;
    if (last && last->node == run.node && last->flags == run.flags) {
        last->count += run.count;
        last->cpu += run.cpu;
        return 0;
    }
    if (out->nruns == out->runs_room) {
        uint32_t room = out->runs_room ? out->runs_room * 2 : 1024;
        struct pyprof_run *larger = reallocarray(out->runs, room, sizeof *larger);
        if (!larger)
            return -1;
        out->runs = larger;
        out->runs_room = room;
    }
    out->runs[out->nruns++] = run;
    track->runs++;
    return 0;
}

static int add_track(struct pyprof_samples *out, const struct pyprof_track *from)
{
    if (out->ntracks == out->tracks_room) {
        uint32_t room = out->tracks_room ? out->tracks_room * 2 : 16;
        struct pyprof_track *larger = reallocarray(out->tracks, room, sizeof *larger);
        if (!larger)
            return -1;
        out->tracks = larger;
        out->tracks_room = room;
    }
    struct pyprof_track *track = &out->tracks[out->ntracks++];
    *track = *from;
    track->first_run = out->nruns;
    track->runs = 0;
    return 0;
}

/* Part of a run's CPU time, as if it had been used evenly. */
static int64_t share(int64_t cpu, uint32_t part, uint32_t whole)
{
    return (int64_t)((__int128)cpu * part / whole);
}

static uint32_t clamp(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

/* Adds a run whose first round is `round`, what is outside `window` as removed.  Its CPU time is gone with it. */
static int add_within(struct pyprof_samples *out, struct pyprof_run run, uint32_t round, struct window window)
{
    uint32_t early = window.first > round ? clamp(window.first - round, run.count) : 0;
    uint32_t late = window.end > round ? clamp(window.end - round, run.count) : 0; /* where they begin, in the run */
    struct pyprof_run removed = {.flags = PYPROF_REMOVED};
    struct pyprof_run kept = run;
    kept.count = late > early ? late - early : 0;
    kept.cpu = share(run.cpu, late, run.count) - share(run.cpu, early, run.count);
    removed.count = early;
    if (add_run(out, removed) < 0 || add_run(out, kept) < 0)
        return -1;
    removed.count = run.count - early - kept.count;
    return add_run(out, removed);
}

/* Whether a sample's stack is one that the filter asks for, and which node it then has. */
static bool keeps_stack(const struct sift *sift, const struct verdicts *verdicts, uint32_t *node)
{
    unsigned needs = filter_needs(sift->filter);
    bool known = *node <= verdicts->judged;
    if (needs && (!known || (verdicts->nodes[*node] & needs) != needs))
        return false;
    if (known)
        *node = verdicts->stays[*node];
    return true;
}

/* Adds a run of the block that came. */
static int sift_run(struct sift *sift, const struct verdicts *verdicts, struct pyprof_run run, uint32_t round,
                    struct window window)
{
    if (run.flags & PYPROF_NO_SAMPLE)
        return add_run(&sift->out, run);
    if (!filter_keeps_state(sift->filter, run.flags) || !keeps_stack(sift, verdicts, &run.node))
        window = (struct window){0, 0};
    if (filter_lacks_state(sift->filter, run.flags))
        sift->unknown += run.count;
    return add_within(&sift->out, run, round, window);
}

static int sift_track(struct sift *sift, const struct verdicts *verdicts, const struct pyprof_track *track,
                      struct window window)
{
    uint32_t round = track->first_round;
    if (add_track(&sift->out, track) < 0)
        return -1;
    for (uint32_t i = 0; i < track->runs; i++) {
        const struct pyprof_run *run = &sift->in.runs[track->first_run + i];
        if (sift_run(sift, verdicts, *run, round, window) < 0)
            return -1;
        round += run->count;
    }
    return 0;
}

/* Makes `out` a block like `in` with its times, which it takes over, and without tracks. */
static void take_rounds(struct pyprof_samples *out, struct pyprof_samples *in)
{
    struct pyprof_samples arrays = *out;
    *out = *in;
    out->tracks = arrays.tracks;
    out->tracks_room = arrays.tracks_room;
    out->ntracks = 0;
    out->runs = arrays.runs;
    out->runs_room = arrays.runs_room;
    out->nruns = 0;
    in->times = arrays.times;
    in->times_room = arrays.times_room;
}

/* Fills `out` with what the filter leaves of `in`. */
static int sift_samples(struct sift *sift, const struct pyprof_section *section, const struct verdicts *verdicts)
{
    const struct pyprof_info *info = pyprof_section_info(section);
    bool keeps = filter_keeps_process(sift->filter, info->pid);
    const struct window window = window_of(sift, &sift->in), nothing = {0, 0};
    take_rounds(&sift->out, &sift->in);
    for (uint32_t i = 0; i < sift->in.ntracks; i++) {
        const struct pyprof_track *track = &sift->in.tracks[i];
        struct pyprof_thread thread = {0};
        pyprof_section_thread(section, track->thread, &thread);
        bool all = keeps && filter_keeps_thread(sift->filter, thread.name);
        if (sift_track(sift, verdicts, track, all ? window : nothing) < 0)
            return -1;
    }
    return 0;
}

static int no_memory(const struct pyprof_item *item, struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, item->offset, "out of memory");
}

int sift_item(struct sift *sift, struct pyprof_reader *reader, const struct pyprof_item *item,
              const struct pyprof_sink *sink, struct pyprof_error *error)
{
    struct verdicts *verdicts = verdicts_of(item->section);
    struct pyprof_node_map map = {.map = map_node, .context = verdicts};
    if (!verdicts)
        return no_memory(item, error);
    verdicts->refused |= item->reason.code == PYPROF_UNSUPPORTED;
    if (verdicts->refused)
        return pyprof_fail(error, PYPROF_UNSUPPORTED, item->offset, "newer than this program: cannot be filtered");
    if (item->type == PYPROF_ITEM_DEFS && judge(sift, item->section, verdicts) < 0)
        return no_memory(item, error);
    if (item->type == PYPROF_ITEM_SAMPLES) {
        if (pyprof_reader_samples(reader, PYPROF_WANT_TIMES | PYPROF_WANT_CPU, &sift->in, error) < 0)
            return -1;
        if (sift_samples(sift, item->section, verdicts) < 0)
            return no_memory(item, error);
    }
    return pyprof_rewrite(sink, item, filter_text(sift->filter), filter_cuts(sift->filter) ? &map : NULL, &sift->out,
                          error);
}

uint64_t sift_unknown(const struct sift *sift)
{
    return sift->unknown;
}

bool sift_goes_on(const struct pyprof_error *error)
{
    return error->code == PYPROF_DAMAGED || error->code == PYPROF_LIMIT || error->code == PYPROF_UNSUPPORTED;
}
