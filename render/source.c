#include "source.h"

#include "grow.h"
#include "map.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct source {
    struct pyprof_text name; /* the model's, with a NUL behind it */
    char *bytes;             /* NULL where it cannot be read */
    size_t size;
    size_t *lines; /* where each begins */
    size_t count, room;
    int64_t changed;
};

struct sources {
    struct source *items;
    size_t count, room;
    struct map by_name; /* by hash: index, + 1; equal hashes take the keys that follow */
};

struct sources *sources_new(void)
{
    return calloc(1, sizeof(struct sources));
}

static void forget(struct source *source)
{
    free(source->bytes);
    free(source->lines);
    source->bytes = NULL;
    source->lines = NULL;
    source->count = 0;
}

void sources_free(struct sources *sources)
{
    if (!sources)
        return;
    for (size_t i = 0; i < sources->count; i++)
        forget(&sources->items[i]);
    free(sources->items);
    map_free(&sources->by_name);
    free(sources);
}

/* A descriptor of a regular file, or -1.  Others are not even opened: that alone can have effects. */
static int open_regular(const char *name, struct stat *file)
{
    int fd;

    if (stat(name, file) < 0 || !S_ISREG(file->st_mode) || file->st_size > SOURCE_MOST)
        return -1;
    fd = open(name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || (fstat(fd, file) == 0 && S_ISREG(file->st_mode) && file->st_size <= SOURCE_MOST))
        return fd;
    close(fd);
    return -1;
}

static int read_bytes(struct source *source, int fd, size_t size)
{
    ssize_t got;

    source->bytes = malloc(size + 1);
    if (!source->bytes)
        return -1;
    while (source->size < size && (got = read(fd, source->bytes + source->size, size - source->size)) > 0)
        source->size += (size_t)got;
    return 0;
}

static int find_lines(struct source *source)
{
    for (size_t at = 0; at < source->size;) {
        const char *end = memchr(source->bytes + at, '\n', source->size - at);

        if (GROW(&source->lines, &source->room, source->count + 1) < 0)
            return -1;
        source->lines[source->count++] = at;
        at = end ? (size_t)(end - source->bytes) + 1 : source->size;
    }
    return 0;
}

/* What cannot be read has no lines. */
static void load(struct source *source)
{
    struct stat file;
    int fd;

    if (!source->name.size || strlen(source->name.bytes) != source->name.size)
        return;
    fd = open_regular(source->name.bytes, &file);
    if (fd < 0)
        return;
    source->changed = (int64_t)file.st_mtim.tv_sec * 1000000000 + file.st_mtim.tv_nsec;
    if (read_bytes(source, fd, (size_t)file.st_size) < 0 || find_lines(source) < 0)
        forget(source);
    close(fd);
}

static struct source *source_of(struct sources *sources, struct pyprof_text name)
{
    uint64_t key = map_hash(name.bytes, name.size);
    uint32_t *index;

    while ((index = map_at(&sources->by_name, key++)) && *index) {
        struct source *known = &sources->items[*index - 1];

        if (known->name.size == name.size && memcmp(known->name.bytes, name.bytes, name.size) == 0)
            return known;
    }
    if (!index)
        return NULL;
    *index = (uint32_t)sources->count + 1;
    if (GROW(&sources->items, &sources->room, sources->count + 1) < 0)
        return NULL;
    sources->items[sources->count] = (struct source){.name = name};
    load(&sources->items[sources->count]);
    return &sources->items[sources->count++];
}

static bool is_blank(char byte)
{
    return strchr(" \t\r\n\f\v", byte) && byte;
}

struct pyprof_text source_line(struct sources *sources, struct pyprof_text file, uint32_t line, int64_t *changed)
{
    const struct source *source = source_of(sources, file);
    struct pyprof_text text = {"", 0};
    size_t begin, end;

    *changed = source && source->bytes ? source->changed : 0;
    if (!source || !line || line > source->count)
        return text;
    begin = source->lines[line - 1];
    end = line < source->count ? source->lines[line] : source->size;
    while (begin < end && is_blank(source->bytes[begin]))
        begin++;
    while (begin < end && is_blank(source->bytes[end - 1]))
        end--;
    return (struct pyprof_text){source->bytes + begin, end - begin};
}
