#include "block.h"
#include "codec.h"
#include "schedule.h"

#include <stdlib.h>

/* Counts of a whole section stay so far below their type's limit that sums do not overflow. */
#define LIMIT_COUNT (UINT64_C(1) << 56)

static int damaged(const struct samples_head *head, struct pyprof_error *error, const char *what)
{
    return pyprof_fail(error, PYPROF_DAMAGED, head->offset, "SAMPLES block: %s", what);
}

static int64_t limit_time(const struct pyprof_samples *head)
{
    return LIMIT_NS / (int64_t)head->unit;
}

static uint64_t get_count(struct cursor *cursor)
{
    uint64_t value = cursor_varint(cursor);

    cursor->failed |= value >= LIMIT_COUNT;
    return value;
}

static bool get_start(struct cursor *cursor, struct pyprof_samples *head, int64_t *first)
{
    int64_t limit = limit_time(head), gap;

    *first = cursor_zigzag(cursor);
    gap = (int64_t)cursor_varint(cursor);
    if (*first < -limit || *first > limit || gap < 0 || gap > limit)
        return false;
    head->start = *first - gap;
    return head->start >= -limit;
}

int samples_head_get(struct samples_head *head, struct cursor payload, uint64_t offset, struct pyprof_error *error)
{
    struct pyprof_samples *samples = &head->head;
    struct cursor cursor;

    *head = (struct samples_head){.offset = offset};
    if (columns_get(&head->columns, payload, "SAMPLES", offset, error) < 0)
        return -1;
    cursor = head->columns.head;
    samples->unit = cursor_varint(&cursor);
    samples->period = cursor_varint(&cursor);
    if (samples->unit == 0 || samples->unit > LIMIT_UNIT || samples->period > LIMIT_UNIT)
        return damaged(head, error, "unit or period out of range");
    samples->first_round = get_count(&cursor);
    samples->before = get_count(&cursor);
    samples->rounds = cursor_varint32(&cursor, LIMIT_SAMPLES);
    samples->samples = cursor_varint32(&cursor, LIMIT_SAMPLES);
    samples->missed = cursor_varint32(&cursor, LIMIT_SAMPLES);
    samples->removed = cursor_varint32(&cursor, LIMIT_SAMPLES);
    samples->late = get_count(&cursor);
    samples->overflow = get_count(&cursor);
    if (!get_start(&cursor, samples, &head->first))
        return damaged(head, error, "times out of range");
    samples->ntracks = cursor_varint32(&cursor, LIMIT_SAMPLES);
    samples->nruns = cursor_varint32(&cursor, LIMIT_SAMPLES);
    head->entries = cursor_varint32(&cursor, LIMIT_SAMPLES);
    head->lack = cursor_done(&cursor) ? 0 : cursor_varint32(&cursor, LACK_MAX);
    samples->paused = cursor_done(&cursor) ? 0 : get_count(&cursor);
    if (cursor.failed)
        return damaged(head, error, "the head is cut short or a count over its limit");
    if (samples->samples + samples->missed + samples->removed > LIMIT_SAMPLES || samples->ntracks > samples->nruns ||
        head->entries > samples->nruns || samples->nruns > head->columns.by_id[COLUMN_SYMBOLS].inflated)
        return damaged(head, error, "the head's counts do not go together");
    return 0;
}

/* Memory for `count` items, whose contents are not kept: `array`, or a larger one; NULL if there is none. */
static void *make_room(void *array, uint32_t *room, uint32_t count, size_t item)
{
    void *grown;

    if (array && count <= *room)
        return array;
    grown = malloc((count + 1) * item);
    if (!grown)
        return NULL;
    free(array);
    *room = count;
    return grown;
}

/* Makes the arrays of `samples` as large as `head` claims. */
static int make_arrays(struct pyprof_samples *samples, const struct pyprof_samples *head, unsigned want)
{
    struct pyprof_track *tracks;
    struct pyprof_run *runs;
    int64_t *times;

    tracks = make_room(samples->tracks, &samples->tracks_room, head->ntracks, sizeof *tracks);
    if (!tracks)
        return -1;
    samples->tracks = tracks;
    runs = make_room(samples->runs, &samples->runs_room, head->nruns, sizeof *runs);
    if (!runs)
        return -1;
    samples->runs = runs;
    if (!want)
        return 0;
    times = make_room(samples->times, &samples->times_room, head->rounds, sizeof *times);
    if (!times)
        return -1;
    samples->times = times;
    return 0;
}

/* Takes the numbers of `head`, and keeps the arrays. */
static void take_head(struct pyprof_samples *samples, const struct pyprof_samples *head)
{
    struct pyprof_samples arrays = *samples;

    *samples = *head;
    samples->times = arrays.times;
    samples->times_room = arrays.times_room;
    samples->tracks = arrays.tracks;
    samples->tracks_room = arrays.tracks_room;
    samples->runs = arrays.runs;
    samples->runs_room = arrays.runs_room;
}

/* What decoding one block needs everywhere. */
struct decoding {
    const struct samples_head *head;
    struct unpacker *unpacker;
    struct pyprof_samples *samples;
    struct pyprof_error *error;
};

static int column(const struct decoding *decoding, unsigned id, struct cursor *values, const char *what)
{
    return column_values(decoding->unpacker, &decoding->head->columns.by_id[id], values, what, decoding->head->offset,
                         decoding->error);
}

static int get_tracks(const struct decoding *decoding)
{
    struct pyprof_samples *samples = decoding->samples;
    uint32_t thread = 0, run = 0;
    struct cursor values;

    if (column(decoding, COLUMN_TRACKS, &values, "tracks") < 0)
        return -1;
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        struct pyprof_track *track = &samples->tracks[i];
        uint32_t after;

        thread += (uint32_t)cursor_zigzag(&values);
        track->thread = thread;
        track->first_round = cursor_varint32(&values, samples->rounds);
        after = cursor_varint32(&values, samples->rounds - track->first_round);
        track->rounds = samples->rounds - track->first_round - after;
        track->first_run = run;
        track->runs = cursor_varint32(&values, samples->nruns - run);
        run += track->runs;
        if (values.failed || thread == 0 || thread >= LIMIT_IDS || track->rounds == 0 || track->runs == 0)
            return damaged(decoding->head, decoding->error, "a track that cannot be");
    }
    if (run != samples->nruns || !cursor_done(&values))
        return damaged(decoding->head, decoding->error, "tracks and runs do not go together");
    return 0;
}

struct symbol {
    uint32_t node, flags;
};

static int get_dictionary(const struct decoding *decoding, struct symbol *symbols)
{
    uint32_t count = decoding->head->entries, node = 0;
    struct cursor values;

    if (column(decoding, COLUMN_DICTIONARY_NODES, &values, "dictionary") < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        node += (uint32_t)cursor_zigzag(&values);
        if (node >= LIMIT_IDS)
            return damaged(decoding->head, decoding->error, "a node over the limit of ids");
        symbols[i] = (struct symbol){.node = node};
    }
    if (!cursor_done(&values))
        return damaged(decoding->head, decoding->error, "dictionary and its nodes do not go together");
    if (column(decoding, COLUMN_DICTIONARY_FLAGS, &values, "flags") < 0)
        return -1;
    if (cursor_left(&values) == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        symbols[i].flags = cursor_varint32(&values, UINT32_MAX);
        if (symbols[i].flags & PYPROF_NO_SAMPLE && symbols[i].node != 0)
            return damaged(decoding->head, decoding->error, "a missed or removed sample with a node");
    }
    return cursor_done(&values) ? 0
                                : damaged(decoding->head, decoding->error, "dictionary and flags do not go together");
}

/* The symbol of a byte that does not stand for itself; over all limits for one that should. */
static uint64_t rare_symbol(uint8_t byte, struct cursor *rare)
{
    if (byte < SYMBOL_FREQUENT)
        return UINT64_MAX;
    if (byte == SYMBOL_ESCAPE)
        return SYMBOL_ESCAPED + cursor_varint32(rare, LIMIT_SAMPLES);
    return SYMBOL_FREQUENT + (byte - SYMBOL_FREQUENT) * 256u + cursor_byte(rare);
}

/* Reads the byte of each run; what is rare is left with the byte as its node and a count of 0.  How many are rare. */
static int get_frequent(const struct decoding *decoding, const struct symbol *dictionary, uint32_t *nrare)
{
    struct pyprof_run *run = decoding->samples->runs, *end = run + decoding->samples->nruns;
    struct cursor values;

    if (column(decoding, COLUMN_SYMBOLS, &values, "symbols") < 0)
        return -1;
    *nrare = 0;
    for (; run < end; run++) {
        uint8_t byte = cursor_byte(&values);

        if (byte < SYMBOL_FREQUENT && byte < decoding->head->entries) {
            *run = (struct pyprof_run){.node = dictionary[byte].node, .flags = dictionary[byte].flags, .count = 1};
        } else {
            *run = (struct pyprof_run){.node = byte};
            (*nrare)++;
        }
    }
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "runs and symbols do not go together");
}

static int get_symbols(const struct decoding *decoding, const struct symbol *dictionary)
{
    struct pyprof_run *run = decoding->samples->runs;
    struct cursor values;
    uint32_t nrare;

    if (get_frequent(decoding, dictionary, &nrare) < 0 || column(decoding, COLUMN_RARE, &values, "rare symbols") < 0)
        return -1;
    for (; nrare > 0; run++) {
        uint64_t symbol;

        if (run->count > 0)
            continue;
        symbol = rare_symbol((uint8_t)run->node, &values);
        if (values.failed || symbol >= decoding->head->entries)
            return damaged(decoding->head, decoding->error, "a symbol that the dictionary has not");
        *run = (struct pyprof_run){.node = dictionary[symbol].node, .flags = dictionary[symbol].flags, .count = 1};
        nrare--;
    }
    return cursor_done(&values) ? 0
                                : damaged(decoding->head, decoding->error, "more rare symbols than runs with one");
}

static int get_counts(const struct decoding *decoding)
{
    struct pyprof_run *run = decoding->samples->runs, *end = run + decoding->samples->nruns;
    struct cursor values;

    if (column(decoding, COLUMN_COUNTS, &values, "counts") < 0)
        return -1;
    if (cursor_left(&values) == 0)
        return 0;
    for (; run < end; run++)
        run->count = 1 + cursor_varint32(&values, LIMIT_SAMPLES - 1);
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "runs and counts do not go together");
}

/* The runs of each track add up to its rounds, and all to what the head says. */
static int check_counts(const struct decoding *decoding)
{
    const struct pyprof_samples *head = &decoding->head->head;
    struct pyprof_samples *samples = decoding->samples;

    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint64_t rounds = 0;

        for (uint32_t j = 0; j < track->runs; j++)
            rounds += samples->runs[track->first_run + j].count;
        if (rounds != track->rounds)
            return damaged(decoding->head, decoding->error, "the runs of a track do not add up to its rounds");
    }
    samples_count(samples);
    if (samples->samples != head->samples || samples->missed != head->missed || samples->removed != head->removed)
        return damaged(decoding->head, decoding->error, "the runs do not add up to the head's counts");
    return 0;
}

static int get_runs(const struct decoding *decoding)
{
    struct symbol *symbols = malloc((decoding->head->entries + 1) * sizeof *symbols);
    int result = -1;

    if (!symbols)
        return pyprof_fail(decoding->error, PYPROF_MEMORY, decoding->head->offset, "no memory for a dictionary");
    if (get_dictionary(decoding, symbols) == 0 && get_symbols(decoding, symbols) == 0 && get_counts(decoding) == 0)
        result = check_counts(decoding);
    free(symbols);
    return result;
}

static int get_times(const struct decoding *decoding)
{
    struct pyprof_samples *samples = decoding->samples;
    struct schedule schedule = {.unit = samples->unit, .period = samples->period};
    int64_t limit = limit_time(samples);
    struct cursor values;
    bool on_time;

    if (column(decoding, COLUMN_TIMES, &values, "times") < 0)
        return -1;
    on_time = cursor_left(&values) == 0;
    schedule.first = schedule.last = decoding->head->first;
    if (samples->rounds > 0)
        samples->times[0] = schedule.first;
    for (uint32_t k = 1; k < samples->rounds; k++) {
        int64_t x = on_time ? 0 : cursor_zigzag(&values), due, time;

        if (!schedule_next(&schedule, &due) || __builtin_add_overflow(due, x, &time) || time < schedule.last ||
            time > limit)
            return damaged(decoding->head, decoding->error, "a time that cannot be");
        samples->times[k] = time;
        schedule_step(&schedule, x, time);
    }
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "rounds and times do not go together");
}

static int get_cpu(const struct decoding *decoding)
{
    struct pyprof_samples *samples = decoding->samples;
    int64_t limit = limit_time(samples), sum = 0;
    struct cursor values;
    bool as_expected;

    if (column(decoding, COLUMN_CPU, &values, "CPU times") < 0)
        return -1;
    as_expected = cursor_left(&values) == 0;
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint32_t r = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            struct pyprof_run *run = &samples->runs[track->first_run + j];
            int64_t residual = as_expected ? 0 : cursor_zigzag(&values);
            int64_t expected =
                samples_expected_cpu(run, pyprof_samples_duration(samples, track, r, run), decoding->head->lack);

            if (__builtin_add_overflow(residual, expected, &run->cpu) || run->cpu < -limit || run->cpu > limit - sum)
                return damaged(decoding->head, decoding->error, "a CPU time that cannot be");
            sum += run->cpu < 0 ? -run->cpu : run->cpu;
            r += run->count;
        }
    }
    return cursor_done(&values) ? 0
                                : damaged(decoding->head, decoding->error, "runs and CPU times do not go together");
}

int samples_decode(const struct samples_head *head, struct unpacker *unpacker, unsigned want,
                   struct pyprof_samples *samples, struct pyprof_error *error)
{
    struct decoding decoding = {.head = head, .unpacker = unpacker, .samples = samples, .error = error};

    if (make_arrays(samples, &head->head, want) < 0)
        return pyprof_fail(error, PYPROF_MEMORY, head->offset, "no memory for samples");
    take_head(samples, &head->head);
    if (get_tracks(&decoding) < 0 || get_runs(&decoding) < 0)
        return -1;
    if (want != 0 && get_times(&decoding) < 0)
        return -1;
    return want & PYPROF_WANT_CPU ? get_cpu(&decoding) : 0;
}
