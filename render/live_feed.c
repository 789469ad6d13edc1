#include "live_feed.h"

#include "format/reader.h"
#include "grow.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Little enough that the keyboard never waits for it. */
enum { CHUNK = 1 << 16 };

struct live_feed {
    const char *name; /* "<stdin>" for "-" */
    int fd;
    bool owned;
    bool followed; /* a file */
    struct input_damages *damages;
    struct pyprof_reader *reader;
    struct pyprof_samples samples; /* reused */
    size_t ended;                  /* sections */
    char chunk[CHUNK];
};

static int fail_system(struct pyprof_error *error, int number)
{
    pyprof_fail(error, PYPROF_SYSTEM, 0, "%s", strerror(number));
    error->system = number;
    return -1;
}

static int open_stream(struct live_feed *feed, const char *name, struct pyprof_error *error)
{
    bool standard = strcmp(name, "-") == 0;
    struct stat st;

    feed->name = standard ? "<stdin>" : name;
    feed->owned = !standard;
    feed->fd = standard ? STDIN_FILENO : open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY);
    if (feed->fd < 0 || fstat(feed->fd, &st) < 0)
        return fail_system(error, errno);
    if (S_ISDIR(st.st_mode))
        return fail_system(error, EISDIR);
    feed->followed = S_ISREG(st.st_mode);
    return 0;
}

struct live_feed *live_feed_open(const char *name, struct input_damages *damages, struct pyprof_error *error)
{
    struct live_feed *feed = calloc(1, sizeof *feed);

    if (!feed) {
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
        return NULL;
    }
    feed->fd = -1;
    feed->damages = damages;
    feed->reader = pyprof_reader_new(NULL);
    if (!feed->reader)
        pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
    else if (open_stream(feed, name, error) == 0)
        return feed;
    live_feed_free(feed);
    return NULL;
}

void live_feed_free(struct live_feed *feed)
{
    if (!feed)
        return;
    if (feed->owned && feed->fd >= 0)
        close(feed->fd);
    pyprof_reader_free(feed->reader);
    pyprof_samples_free(&feed->samples);
    free(feed);
}

const char *live_feed_name(const struct live_feed *feed)
{
    return feed->name;
}

int live_feed_descriptor(const struct live_feed *feed)
{
    return feed->followed ? -1 : feed->fd;
}

static int no_memory(struct pyprof_error *error)
{
    return pyprof_fail(error, PYPROF_MEMORY, 0, "out of memory");
}

static int note_damage(struct live_feed *feed, const struct pyprof_item *item, const struct pyprof_error *reason,
                       struct pyprof_error *error)
{
    struct input_damages *damages = feed->damages;

    damages->total++;
    damages->bytes += item->size;
    if (damages->count == INPUT_DAMAGES_KEPT)
        return 0;
    if (GROW(&damages->items, &damages->room, damages->count + 1) < 0)
        return no_memory(error);
    damages->items[damages->count++] =
        (struct input_damage){.file = feed->name, .offset = item->offset, .size = item->size, .reason = *reason};
    return 0;
}

static int take_samples(struct live_feed *feed, struct live_table *table, const struct pyprof_item *item,
                        struct pyprof_error *error)
{
    struct pyprof_error reason;

    if (pyprof_reader_samples(feed->reader, PYPROF_WANT_CPU, &feed->samples, &reason) == 0)
        return live_table_count(table, item->section, &feed->samples) < 0 ? no_memory(error) : 0;
    if (reason.code == PYPROF_DAMAGED || reason.code == PYPROF_LIMIT)
        return note_damage(feed, item, &reason, error);
    *error = reason;
    return -1;
}

/* A section that has ended has the feed itself in the place of what the table keeps of it. */
static int end_section(struct live_feed *feed, struct live_table *table, struct pyprof_section *section)
{
    int result = live_table_end(table, section);

    pyprof_reader_forget(feed->reader, section);
    pyprof_section_set_user(section, feed, NULL);
    feed->ended++;
    return result;
}

static int take_item(struct live_feed *feed, struct live_table *table, const struct pyprof_item *item,
                     struct pyprof_error *error)
{
    int result = 0;

    if (item->type == PYPROF_ITEM_DAMAGE)
        return note_damage(feed, item, &item->reason, error);
    if (pyprof_section_user(item->section) == feed)
        return 0;
    if (item->type == PYPROF_ITEM_SAMPLES)
        return take_samples(feed, table, item, error);
    if (item->type == PYPROF_ITEM_SECTION)
        result = live_table_facts(table, item->section);
    else if (item->type == PYPROF_ITEM_DEFS)
        result = live_table_threads(table, item->section);
    else if (item->type == PYPROF_ITEM_END)
        result = end_section(feed, table, item->section);
    return result < 0 ? no_memory(error) : 0;
}

static int take_items(struct live_feed *feed, struct live_table *table, struct pyprof_error *error)
{
    struct pyprof_item item;
    int got;

    while ((got = pyprof_reader_next(feed->reader, &item, error)) == PYPROF_ITEM)
        if (take_item(feed, table, &item, error) < 0)
            return -1;
    return got < 0 ? -1 : 0;
}

size_t live_feed_open_sections(const struct live_feed *feed)
{
    return pyprof_reader_totals(feed->reader).sections - feed->ended;
}

/* At the present end of a file: all sections have ended, or it was made shorter, and what it was is gone. */
static bool is_over(const struct live_feed *feed)
{
    struct stat st;

    if (!feed->followed || fstat(feed->fd, &st) < 0 || lseek(feed->fd, 0, SEEK_CUR) > st.st_size)
        return true;
    return live_feed_blocks(feed) && !live_feed_open_sections(feed);
}

int live_feed_read(struct live_feed *feed, struct live_table *table, struct pyprof_error *error)
{
    ssize_t got = read(feed->fd, feed->chunk, CHUNK);

    if (got < 0)
        return errno == EINTR || errno == EAGAIN ? LIVE_FED_NOTHING : fail_system(error, errno);
    if (got > 0) {
        if (pyprof_reader_feed(feed->reader, feed->chunk, (size_t)got, error) < 0)
            return -1;
        return take_items(feed, table, error) < 0 ? -1 : LIVE_FED_SOME;
    }
    if (!is_over(feed))
        return LIVE_FED_NOTHING;
    pyprof_reader_finish(feed->reader);
    return take_items(feed, table, error) < 0 ? -1 : LIVE_FED_ALL;
}

uint64_t live_feed_blocks(const struct live_feed *feed)
{
    return pyprof_reader_totals(feed->reader).blocks;
}

uint64_t live_feed_missing(const struct live_feed *feed)
{
    return pyprof_reader_totals(feed->reader).lost_blocks;
}
