#include "input.h"

#include "format/reader.h"
#include "grow.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

enum { CHUNK = 1 << 18 };

/* A reading in progress. */
struct reading {
    const struct input *input;
    struct model *model;
    struct input_damages *damages;
    struct pyprof_reader *reader;
    struct pyprof_samples samples; /* reused */
    uint64_t *bases;               /* of each file: its first byte in the concatenation */
    uint64_t *blocks;              /* of each file: sound blocks, repeated ones included */
    size_t current;                /* the file that is being read */
    char *chunk;
};

static const char *name_of(const char *file)
{
    return strcmp(file, "-") == 0 ? "<stdin>" : file;
}

/* The file that byte `offset` of the concatenation is in. */
static size_t file_at(const struct reading *reading, uint64_t offset)
{
    size_t file = reading->current;

    while (file > 0 && reading->bases[file] > offset)
        file--;
    return file;
}

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int note_damage(struct reading *reading, const struct pyprof_item *item, const struct pyprof_error *reason,
                       struct pyprof_error *error)
{
    struct input_damages *damages = reading->damages;
    size_t file = file_at(reading, item->offset);
    struct input_damage damage = {.file = name_of(reading->input->files[file]),
                                  .offset = item->offset - reading->bases[file],
                                  .size = item->size,
                                  .reason = *reason};

    damages->total++;
    damages->bytes += item->size;
    if (reading->input->report && damages->total <= INPUT_DAMAGES_REPORTED)
        reading->input->report(&damage);
    if (damages->count == INPUT_DAMAGES_KEPT)
        return 0;
    if (GROW(&damages->items, &damages->room, damages->count + 1) < 0)
        return no_memory(error);
    damages->items[damages->count++] = damage;
    return 0;
}

static void free_tally(void *tally)
{
    tally_free(tally);
}

static struct tally *make_tally(const struct input *input, const struct pyprof_section *section)
{
    struct tally *tally = tally_new();

    if (!tally || !input->most_runs)
        return tally;
    tally->tracks = tracks_new(input->most_runs, pyprof_section_info(section)->period);
    if (tally->tracks)
        return tally;
    tally_free(tally);
    return NULL;
}

/* What is counted of a section hangs on it, from its first block on. */
static struct tally *tally_of(const struct reading *reading, struct pyprof_section *section)
{
    struct tally *tally = pyprof_section_user(section);

    if (!tally && (tally = make_tally(reading->input, section)))
        pyprof_section_set_user(section, tally, free_tally);
    return tally;
}

/* A section that is in the model has the reading itself in the place of its tally. */
static bool is_done(const struct reading *reading, const struct pyprof_section *section)
{
    return pyprof_section_user(section) == reading;
}

static int take_samples(struct reading *reading, const struct pyprof_item *item, struct pyprof_error *error)
{
    bool timed = reading->input->timed;
    struct tally *tally = tally_of(reading, item->section);
    struct pyprof_error reason;

    if (!tally)
        return no_memory(error);
    if (pyprof_reader_samples(reading->reader, timed ? PYPROF_WANT_TIMES | PYPROF_WANT_CPU : 0, &reading->samples,
                              &reason) < 0) {
        if (reason.code != PYPROF_DAMAGED && reason.code != PYPROF_LIMIT) {
            *error = reason;
            return -1;
        }
        return note_damage(reading, item, &reason, error);
    }
    if (tally_add(tally, &reading->samples, pyprof_section_info(item->section)->unit, timed) < 0)
        return no_memory(error);
    return 0;
}

static int finish_section(struct reading *reading, struct pyprof_section *section, struct pyprof_error *error)
{
    struct tally *tally = tally_of(reading, section);

    if (!tally || model_add(reading->model, section, tally) < 0)
        return no_memory(error);
    pyprof_reader_forget(reading->reader, section);
    pyprof_section_set_user(section, reading, NULL);
    return 0;
}

static int take_item(struct reading *reading, const struct pyprof_item *item, struct pyprof_error *error)
{
    if (item->type == PYPROF_ITEM_DAMAGE)
        return note_damage(reading, item, &item->reason, error);
    reading->blocks[file_at(reading, item->offset)]++;
    if (is_done(reading, item->section))
        return 0;
    if (!tally_of(reading, item->section))
        return no_memory(error);
    if (item->type == PYPROF_ITEM_SAMPLES)
        return take_samples(reading, item, error);
    /* What a section lacks may still come with a second copy of it. */
    if (item->type == PYPROF_ITEM_END && !pyprof_section_loss(item->section).blocks)
        return finish_section(reading, item->section, error);
    return 0;
}

/* Takes all items there are: 0 if more bytes are wanted, 1 at the end. */
static int take_items(struct reading *reading, struct pyprof_error *error)
{
    struct pyprof_item item;
    int got;

    while ((got = pyprof_reader_next(reading->reader, &item, error)) == PYPROF_ITEM)
        if (take_item(reading, &item, error) < 0)
            return -1;
    return got < 0 ? -1 : got == PYPROF_DONE;
}

static int fail_system(struct pyprof_error *error, int number)
{
    pyprof_fail(error, PYPROF_SYSTEM, 0, "%s", strerror(number));
    error->system = number;
    return -1;
}

/* read(2) that waits, whatever the descriptor's flags are: a pipe may be somebody else's non-blocking one. */
static ssize_t read_some(int fd, char *bytes, size_t size)
{
    struct pollfd readable = {.fd = fd, .events = POLLIN};
    ssize_t got;

    while ((got = read(fd, bytes, size)) < 0 && (errno == EINTR || errno == EAGAIN))
        if (errno == EAGAIN)
            poll(&readable, 1, -1);
    return got;
}

static int read_descriptor(struct reading *reading, int fd, struct pyprof_error *error)
{
    uint64_t repeated = pyprof_reader_totals(reading->reader).repeated;
    uint64_t offset = 0;
    ssize_t got;

    while ((got = read_some(fd, reading->chunk, CHUNK)) != 0) {
        if (got < 0)
            return fail_system(error, errno);
        offset += (uint64_t)got;
        if (pyprof_reader_feed(reading->reader, reading->chunk, (size_t)got, error) < 0 ||
            take_items(reading, error) < 0)
            return -1;
    }
    reading->blocks[reading->current] += pyprof_reader_totals(reading->reader).repeated - repeated;
    if (reading->current + 1 < reading->input->nfiles)
        reading->bases[reading->current + 1] = reading->bases[reading->current] + offset;
    return 0;
}

static int read_bytes(struct reading *reading, struct pyprof_error *error)
{
    const struct input *input = reading->input;

    if (pyprof_reader_feed(reading->reader, input->bytes, input->size, error) < 0)
        return -1;
    return take_items(reading, error);
}

static int read_file(struct reading *reading, const char *file, struct pyprof_error *error)
{
    if (reading->input->bytes)
        return read_bytes(reading, error);
    bool standard = strcmp(file, "-") == 0;
    int fd = standard ? STDIN_FILENO : open(file, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    int result;

    if (fd < 0)
        return fail_system(error, errno);
    result = read_descriptor(reading, fd, error);
    if (!standard)
        close(fd);
    return result;
}

static int read_files(struct reading *reading, const char **file, struct pyprof_error *error)
{
    for (size_t i = 0; i < reading->input->nfiles; i++) {
        reading->current = i;
        *file = name_of(reading->input->files[i]);
        if (read_file(reading, reading->input->files[i], error) < 0)
            return -1;
    }
    *file = NULL;
    pyprof_reader_finish(reading->reader);
    return take_items(reading, error) < 0 ? -1 : 0;
}

/* Sections that were cut or damaged wait until the end. */
static int finish_sections(struct reading *reading, struct pyprof_error *error)
{
    struct pyprof_section *section;

    for (size_t i = 0; (section = pyprof_reader_section(reading->reader, i)); i++)
        if (!is_done(reading, section) && finish_section(reading, section, error) < 0)
            return -1;
    return 0;
}

static int refuse_strangers(const struct reading *reading, const char **file, struct pyprof_error *error)
{
    for (size_t i = 0; i < reading->input->nfiles; i++) {
        if (reading->blocks[i])
            continue;
        *file = name_of(reading->input->files[i]);
        return pyprof_fail(error, PYPROF_DAMAGED, 0, "not a pyprof stream");
    }
    return 0;
}

static int compare_damages(const void *first, const void *second)
{
    const struct input_damage *a = first, *b = second;
    int order = strcmp(a->file, b->file);

    return order ? order : (a->offset > b->offset) - (a->offset < b->offset);
}

int input_read(const struct input *input, struct model *model, struct input_damages *damages, const char **file,
               struct pyprof_error *error)
{
    struct reading reading = {.input = input, .model = model, .damages = damages};
    int result = -1;

    *file = NULL;
    reading.reader = pyprof_reader_new(NULL);
    reading.chunk = malloc(CHUNK);
    reading.bases = calloc(input->nfiles, sizeof *reading.bases);
    reading.blocks = calloc(input->nfiles, sizeof *reading.blocks);
    if (!reading.reader || !reading.chunk || !reading.bases || !reading.blocks)
        no_memory(error);
    else if (read_files(&reading, file, error) == 0 && refuse_strangers(&reading, file, error) == 0)
        result = finish_sections(&reading, error);
    if (damages->count)
        qsort(damages->items, damages->count, sizeof *damages->items, compare_damages);
    pyprof_reader_free(reading.reader);
    pyprof_samples_free(&reading.samples);
    free(reading.chunk);
    free(reading.bases);
    free(reading.blocks);
    return result;
}

void input_damages_free(struct input_damages *damages)
{
    free(damages->items);
    *damages = (struct input_damages){0};
}
