#include "block.h"
#include "codec.h"
#include "schedule.h"

#include <stdlib.h>

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
        column_put(packer, payload, COLUMN_TIMES, &column);
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
    column_put(packer, payload, COLUMN_TRACKS, &column);
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

/* Makes the dictionary: the frequent entries first, so that their symbols are short; both parts by node. */
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
    frequent = dictionary->count < SYMBOL_FREQUENT ? dictionary->count : SYMBOL_FREQUENT;
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
    column_put(packer, payload, COLUMN_DICTIONARY_NODES, &nodes);
    column_put(packer, payload, COLUMN_DICTIONARY_FLAGS, &flags);
    buffer_free(&nodes);
    buffer_free(&flags);
}

static void put_symbol(struct buffer *symbols, struct buffer *rare, uint32_t symbol)
{
    if (symbol < SYMBOL_FREQUENT) {
        buffer_byte(symbols, (uint8_t)symbol);
    } else if (symbol < SYMBOL_ESCAPED) {
        buffer_byte(symbols, (uint8_t)(SYMBOL_FREQUENT + (symbol - SYMBOL_FREQUENT) / 256));
        buffer_byte(rare, (uint8_t)((symbol - SYMBOL_FREQUENT) % 256));
    } else {
        buffer_byte(symbols, SYMBOL_ESCAPE);
        buffer_varint(rare, symbol - SYMBOL_ESCAPED);
    }
}

static void put_runs(const struct pyprof_samples *samples, const struct dictionary *dictionary, struct packer *packer,
                     struct buffer *payload)
{
    struct buffer symbols = {0}, rare = {0}, counts = {0};
    bool single = true;

    for (uint32_t i = 0; i < samples->nruns; i++) {
        put_symbol(&symbols, &rare, dictionary->symbols[dictionary->numbers[i]]);
        buffer_varint(&counts, samples->runs[i].count - 1);
        single &= samples->runs[i].count == 1;
    }
    column_put(packer, payload, COLUMN_SYMBOLS, &symbols);
    column_put(packer, payload, COLUMN_RARE, &rare);
    if (!single)
        column_put(packer, payload, COLUMN_COUNTS, &counts);
    buffer_free(&symbols);
    buffer_free(&rare);
    buffer_free(&counts);
}

/* How many units the CPU time of a single sample on the CPU is most often short of its weight. */
static uint32_t common_lack(const struct pyprof_samples *samples)
{
    uint32_t counts[LACK_MAX + 1] = {0}, best = 0;

    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint32_t r = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            const struct pyprof_run *run = &samples->runs[track->first_run + j];
            int64_t lack = pyprof_samples_duration(samples, track, r, run) - run->cpu;

            if (run->flags & PYPROF_ON_CPU && run->count == 1 && 0 <= lack && lack <= LACK_MAX)
                counts[lack]++;
            r += run->count;
        }
    }
    for (uint32_t lack = 1; lack <= LACK_MAX; lack++)
        if (counts[lack] > counts[best])
            best = lack;
    return best;
}

static void put_cpu(const struct pyprof_samples *samples, uint32_t lack, struct packer *packer,
                    struct buffer *payload)
{
    struct buffer column = {0};
    bool as_expected = true;

    for (uint32_t i = 0; i < samples->ntracks; i++) {
        const struct pyprof_track *track = &samples->tracks[i];
        uint32_t r = 0;

        for (uint32_t j = 0; j < track->runs; j++) {
            const struct pyprof_run *run = &samples->runs[track->first_run + j];
            int64_t duration = pyprof_samples_duration(samples, track, r, run);
            int64_t residual = run->cpu - samples_expected_cpu(run, duration, lack);

            buffer_zigzag(&column, residual);
            as_expected &= residual == 0;
            r += run->count;
        }
    }
    if (!as_expected)
        column_put(packer, payload, COLUMN_CPU, &column);
    buffer_free(&column);
}

static void put_head(const struct pyprof_samples *samples, uint32_t entries, uint32_t lack, struct buffer *payload)
{
    int64_t first = samples->rounds > 0 ? samples->times[0] : samples->start;
    struct pyprof_samples head = *samples;
    struct buffer buffer = {0};

    samples_count(&head);
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
    buffer_varint(&buffer, lack);
    if (head.paused > 0)
        buffer_varint(&buffer, head.paused);
    column_put_head(payload, &buffer);
    buffer_free(&buffer);
}

int samples_encode(const struct pyprof_samples *samples, struct packer *packer, struct buffer *payload,
                   struct pyprof_error *error)
{
    struct dictionary dictionary = {0};
    uint32_t lack = common_lack(samples);

    if (dictionary_make(&dictionary, samples) < 0) {
        dictionary_free(&dictionary);
        return pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to encode samples");
    }
    put_head(samples, dictionary.count, lack, payload);
    put_times(samples, packer, payload);
    put_tracks(samples, packer, payload);
    put_dictionary(&dictionary, packer, payload);
    put_runs(samples, &dictionary, packer, payload);
    put_cpu(samples, lack, packer, payload);
    dictionary_free(&dictionary);
    if (payload->failed)
        return pyprof_fail(error, PYPROF_MEMORY, 0, "no memory to encode samples");
    if (payload->size > LIMIT_PAYLOAD)
        return pyprof_fail(error, PYPROF_LIMIT, 0, "samples take a block of %zu bytes, at most %d allowed",
                           payload->size, LIMIT_PAYLOAD);
    return 0;
}
