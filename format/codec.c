#include "codec.h"

#include "block.h"
#include "schedule.h"

#include <stdlib.h>
#include <string.h>

enum { TIMES = 1, TRACKS, DICTIONARY_NODES, DICTIONARY_FLAGS, SYMBOLS, COUNTS, CPU };

#define LIMIT_COUNT (UINT64_C(1) << 56)

enum { FREQUENT = 128 }; /* symbols of one byte */

/* Encoding. */

static void put_times(const struct pyprof_samples *samples, struct packer *packer, struct buffer *payload)
{
    struct schedule schedule = {.unit = samples->unit, .period = samples->period};
    struct buffer column = {0};
    bool on_time = true;

    if (samples->rounds > 0)
        schedule.first = schedule.last = samples->times[0];
    for (uint32_t k = 1; k < samples->rounds; k++) {
        int64_t due = 0, x;

        if (!schedule_next(&schedule, &due))
            payload->failed = true;
        x = samples->times[k] - due;
        buffer_zigzag(&column, x);
        on_time &= x == 0;
        schedule_step(&schedule, x, samples->times[k]);
    }
    if (!on_time)
        column_put(packer, payload, TIMES, &column);
    buffer_free(&column);
}

static void put_tracks(const struct pyprof_samples *samples, struct packer *packer, struct buffer *payload)
{
    struct buffer column = {0};
    uint32_t before = 0;

    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];

        buffer_zigzag(&column, (int64_t)track->thread - before);
        before = track->thread;
        buffer_varint(&column, track->first_round);
        buffer_varint(&column, samples->rounds - track->first_round - track->rounds);
        buffer_varint(&column, track->runs);
    }
    column_put(packer, payload, TRACKS, &column);
    buffer_free(&column);
}

/* What a symbol stands for. */
struct entry {
    uint32_t node, flags;
    uint32_t uses;
    uint32_t number; /* in order of first appearance */
};

/* The dictionary of a block while it is made, with a hash table over it. */
struct dictionary {
    struct entry *entries;
    uint32_t count;
    uint32_t *slots; /* 1 + index into entries; 0 is free */
    uint32_t nslots;
    uint32_t *numbers; /* of each run's entry */
    uint32_t *symbols; /* by entry number */
};

static void dictionary_free(struct dictionary *dictionary)
{
    free(dictionary->entries);
    free(dictionary->slots);
    free(dictionary->numbers);
    free(dictionary->symbols);
}

static uint32_t dictionary_number(struct dictionary *dictionary, uint32_t node, uint32_t flags)
{
    uint32_t mask = dictionary->nslots - 1;
    uint64_t hash = ((uint64_t)flags << 32 | node) * 0x9e3779b97f4a7c15;
    uint32_t i = (uint32_t)(hash >> 32) & mask;

    for (;; i = (i + 1) & mask) {
        uint32_t slot = dictionary->slots[i];
        struct entry *entry;

        if (slot == 0)
            break;
        entry = &dictionary->entries[slot - 1];
        if (entry->node == node && entry->flags == flags) {
            entry->uses++;
            return entry->number;
        }
    }
    dictionary->entries[dictionary->count] =
        (struct entry){.node = node, .flags = flags, .uses = 1, .number = dictionary->count};
    dictionary->slots[i] = ++dictionary->count;
    return dictionary->count - 1;
}

static int by_uses(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (left->uses != right->uses)
        return left->uses > right->uses ? -1 : 1;
    return left->number < right->number ? -1 : left->number > right->number;
}

static int by_node(const void *a, const void *b)
{
    const struct entry *left = a, *right = b;

    if (left->node != right->node)
        return left->node < right->node ? -1 : 1;
    return left->flags < right->flags ? -1 : left->flags > right->flags;
}

/* Makes the dictionary: the frequent entries first, so that their symbols take one byte; both parts by node. */
static int dictionary_make(struct dictionary *dictionary, const struct pyprof_samples *samples)
{
    size_t room = samples->nruns ? samples->nruns : 1;
    uint32_t frequent;

    dictionary->nslots = 2;
    while (dictionary->nslots < 2 * room)
        dictionary->nslots *= 2;
    dictionary->entries = malloc(room * sizeof *dictionary->entries);
    dictionary->slots = calloc(dictionary->nslots, sizeof *dictionary->slots);
    dictionary->numbers = malloc(room * sizeof *dictionary->numbers);
    dictionary->symbols = malloc(room * sizeof *dictionary->symbols);
    if (!dictionary->entries || !dictionary->slots || !dictionary->numbers || !dictionary->symbols)
        return -1;
    for (uint32_t i = 0; i < samples->nruns; i++)
        dictionary->numbers[i] = dictionary_number(dictionary, samples->runs[i].node, samples->runs[i].flags);
    frequent = dictionary->count < FREQUENT ? dictionary->count : FREQUENT;
    qsort(dictionary->entries, dictionary->count, sizeof *dictionary->entries, by_uses);
    qsort(dictionary->entries, frequent, sizeof *dictionary->entries, by_node);
    qsort(dictionary->entries + frequent, dictionary->count - frequent, sizeof *dictionary->entries, by_node);
    for (uint32_t i = 0; i < dictionary->count; i++)
        dictionary->symbols[dictionary->entries[i].number] = i;
    return 0;
}

static void put_dictionary(const struct dictionary *dictionary, struct packer *packer, struct buffer *payload)
{
    struct buffer nodes = {0}, flags = {0};
    uint32_t before = 0;

    for (uint32_t i = 0; i < dictionary->count; i++) {
        const struct entry *entry = &dictionary->entries[i];

        buffer_zigzag(&nodes, (int64_t)entry->node - before);
        before = entry->node;
        buffer_varint(&flags, entry->flags);
    }
    column_put(packer, payload, DICTIONARY_NODES, &nodes);
    column_put(packer, payload, DICTIONARY_FLAGS, &flags);
    buffer_free(&nodes);
    buffer_free(&flags);
}

static void put_runs(const struct pyprof_samples *samples, const struct dictionary *dictionary, struct packer *packer,
                     struct buffer *payload)
{
    struct buffer symbols = {0}, counts = {0};
    bool single = true;

    for (uint32_t i = 0; i < samples->nruns; i++) {
        buffer_varint(&symbols, dictionary->symbols[dictionary->numbers[i]]);
        buffer_varint(&counts, samples->runs[i].count - 1);
        single &= samples->runs[i].count == 1;
    }
    column_put(packer, payload, SYMBOLS, &symbols);
    if (!single)
        column_put(packer, payload, COUNTS, &counts);
    buffer_free(&symbols);
    buffer_free(&counts);
}

/* CPU time that is expected of a run whose first round is round `r` of its track. */
static int64_t expected_cpu(const struct pyprof_samples *samples, const struct pyprof_track *track, uint32_t r,
                            const struct pyprof_run *run)
{
    return run->flags & PYPROF_ON_CPU ? pyprof_samples_duration(samples, track, r, run) : 0;
}

static void put_cpu(const struct pyprof_samples *samples, struct packer *packer, struct buffer *payload)
{
    struct buffer column = {0};
    bool as_expected = true;

    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint32_t r = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            const struct pyprof_run *run = &samples->runs[track->first_run + j];
            int64_t residual = run->cpu - expected_cpu(samples, track, r, run);

            buffer_zigzag(&column, residual);
            as_expected &= residual == 0;
            r += run->count;
        }
    }
    if (!as_expected)
        column_put(packer, payload, CPU, &column);
    buffer_free(&column);
}

/* Counts the rounds of all tracks by what they are. */
static void count(struct pyprof_samples *head, const struct pyprof_run *runs)
{
    head->samples = head->missed = head->removed = 0;
    for (uint32_t i = 0; i < head->nruns; i++) {
        if (runs[i].flags & PYPROF_MISSED)
            head->missed += runs[i].count;
        else if (runs[i].flags & PYPROF_REMOVED)
            head->removed += runs[i].count;
        else
            head->samples += runs[i].count;
    }
}

static void put_head(const struct pyprof_samples *samples, uint32_t entries, struct buffer *payload)
{
    int64_t first = samples->rounds > 0 ? samples->times[0] : samples->start;
    struct pyprof_samples head = *samples;
    struct buffer buffer = {0};

    count(&head, samples->runs);
    buffer_varint(&buffer, head.unit);
    buffer_varint(&buffer, head.period);
    buffer_varint(&buffer, head.first_round);
    buffer_varint(&buffer, head.before);
    buffer_varint(&buffer, head.rounds);
    buffer_varint(&buffer, head.samples);
    buffer_varint(&buffer, head.missed);
    buffer_varint(&buffer, head.removed);
    buffer_varint(&buffer, head.late);
    buffer_varint(&buffer, head.overflow);
    buffer_zigzag(&buffer, first);
    buffer_varint(&buffer, (uint64_t)(first - head.start));
    buffer_varint(&buffer, head.ntracks);
    buffer_varint(&buffer, head.nruns);
    buffer_varint(&buffer, entries);
    column_put_head(payload, &buffer);
    buffer_free(&buffer);
}

int samples_encode(const struct pyprof_samples *samples, struct packer *packer, struct buffer *payload,
                   struct pyprof_error *error)
{
    struct dictionary dictionary = {0};

    if (dictionary_make(&dictionary, samples) < 0) {
        dictionary_free(&dictionary);
        return pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to encode samples");
    }
    put_head(samples, dictionary.count, payload);
    put_times(samples, packer, payload);
    put_tracks(samples, packer, payload);
    put_dictionary(&dictionary, packer, payload);
    put_runs(samples, &dictionary, packer, payload);
    put_cpu(samples, packer, payload);
    dictionary_free(&dictionary);
    if (payload->failed)
        return pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to encode samples");
    if (payload->size > LIMIT_PAYLOAD)
        return pyprof_fail(error, PYPROF_LIMIT, 0, "samples take a block of %zu bytes, at most %d allowed",
                           payload->size, LIMIT_PAYLOAD);
    return 0;
}

/* Decoding. */

static int damaged(const struct samples_head *head, struct pyprof_error *error, const char *what)
{
    return pyprof_fail(error, PYPROF_DAMAGED, head->offset, "SAMPLES block: %s", what);
}

static int64_t limit_time(const struct pyprof_samples *head)
{
    return LIMIT_NS / (int64_t)head->unit;
}

/* A count of a whole section, so far from its limit that sums do not overflow. */
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
    if (cursor.failed)
        return damaged(head, error, "the head is cut short or a count over its limit");
    if (samples->samples + samples->missed + samples->removed > LIMIT_SAMPLES || samples->ntracks > samples->nruns ||
        head->entries > samples->nruns || samples->nruns > head->columns.by_id[SYMBOLS].inflated)
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

    if (column(decoding, TRACKS, &values, "tracks") < 0)
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

    if (column(decoding, DICTIONARY_NODES, &values, "dictionary") < 0)
        return -1;
    for (uint32_t i = 0; i < count; i++) {
        node += (uint32_t)cursor_zigzag(&values);
        if (node >= LIMIT_IDS)
            return damaged(decoding->head, decoding->error, "a node over the limit of ids");
        symbols[i] = (struct symbol){.node = node};
    }
    if (!cursor_done(&values))
        return damaged(decoding->head, decoding->error, "dictionary and its nodes do not go together");
    if (column(decoding, DICTIONARY_FLAGS, &values, "flags") < 0)
        return -1;
    if (cursor_left(&values) == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++) {
        symbols[i].flags = cursor_varint32(&values, UINT32_MAX);
        if (symbols[i].flags & PYPROF_NO_SAMPLE && symbols[i].node != 0)
            return damaged(decoding->head, decoding->error, "a missed or removed sample with a node");
    }
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "dictionary and flags do not go together");
}

static int get_symbols(const struct decoding *decoding, const struct symbol *symbols)
{
    struct pyprof_run *run = decoding->samples->runs, *end = run + decoding->samples->nruns;
    uint32_t entries = decoding->head->entries;
    struct cursor values;

    if (column(decoding, SYMBOLS, &values, "symbols") < 0)
        return -1;
    for (; run < end; run++) {
        uint64_t symbol = cursor_varint(&values);

        if (symbol >= entries)
            return damaged(decoding->head, decoding->error, "a symbol that the dictionary has not");
        *run = (struct pyprof_run){.node = symbols[symbol].node, .flags = symbols[symbol].flags, .count = 1};
    }
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "more symbols than runs");
}

static int get_counts(const struct decoding *decoding)
{
    struct pyprof_run *run = decoding->samples->runs, *end = run + decoding->samples->nruns;
    struct cursor values;

    if (column(decoding, COUNTS, &values, "counts") < 0)
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
    count(samples, samples->runs);
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

    if (column(decoding, TIMES, &values, "times") < 0)
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

    if (column(decoding, CPU, &values, "CPU times") < 0)
        return -1;
    as_expected = cursor_left(&values) == 0;
    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint32_t r = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            struct pyprof_run *run = &samples->runs[track->first_run + j];
            int64_t residual = as_expected ? 0 : cursor_zigzag(&values);

            if (__builtin_add_overflow(residual, expected_cpu(samples, track, r, run), &run->cpu) ||
                run->cpu < -limit || run->cpu > limit - sum)
                return damaged(decoding->head, decoding->error, "a CPU time that cannot be");
            sum += run->cpu < 0 ? -run->cpu : run->cpu;
            r += run->count;
        }
    }
    return cursor_done(&values) ? 0 : damaged(decoding->head, decoding->error, "runs and CPU times do not go together");
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
