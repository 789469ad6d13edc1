#include "keep.h"

#include "format/kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct keep {
    const struct recording *recording;
    const char *path;
    unsigned saved; /* files so far */
    struct pyprof_kept *kept;
};

struct keep *keep_new(const struct recording *recording, uint64_t age, const char *path)
{
    struct keep *keep = calloc(1, sizeof *keep);

    if (!keep)
        return NULL;
    *keep = (struct keep){.recording = recording, .path = path, .kept = pyprof_kept_new(age)};
    if (!keep->kept) {
        free(keep);
        return NULL;
    }
    return keep;
}

void keep_free(struct keep *keep)
{
    if (!keep)
        return;
    pyprof_kept_free(keep->kept);
    free(keep);
}

static int take(void *context, const void *bytes, size_t size)
{
    struct keep *keep = context;
    struct pyprof_error error = {0};

    if (pyprof_kept_add(keep->kept, bytes, size, recording_clock(), &error) == 0)
        return 0;
    errno = error.code == PYPROF_MEMORY ? ENOMEM : EINVAL;
    return -1;
}

struct pyprof_sink keep_sink(struct keep *keep)
{
    return (struct pyprof_sink){.write = take, .context = keep};
}

int keep_finish(struct keep *keep, struct output *output, struct pyprof_error *error)
{
    const struct pyprof_sink sink = output_sink(output);
    int64_t time = (int64_t)(recording_clock() - keep->recording->monotonic);

    return pyprof_kept_write(keep->kept, time, &sink, error);
}

/* Writes to a file that was opened; -1 with errno. */
static int write_file(struct keep *keep, struct output *output)
{
    struct pyprof_error error = {0};

    if (keep_finish(keep, output, &error) < 0)
        errno = error.code == PYPROF_SYSTEM ? error.system : ENOMEM;
    else if (output_push(output) == 0 && output_close(output) == 0)
        return 0;
    return -1;
}

int keep_save(struct keep *keep, char *message)
{
    char *name;

    if (!keep->path) {
        snprintf(message, OUTPUT_MESSAGE_MAX, "nowhere to write what is kept before the end: name a file with -o");
        return -1;
    }
    if (asprintf(&name, "%s.%u", keep->path, keep->saved + 1) < 0) {
        snprintf(message, OUTPUT_MESSAGE_MAX, "out of memory");
        return -1;
    }
    struct output *output = output_open(name, message);
    int result = output ? write_file(keep, output) : -1;
    if (result == 0)
        snprintf(message, OUTPUT_MESSAGE_MAX, "what is kept: %llu bytes in '%s'",
                 (unsigned long long)output_bytes(output), name);
    else if (output)
        snprintf(message, OUTPUT_MESSAGE_MAX, "'%s': %s", name, strerror(errno));
    keep->saved += result == 0;
    output_free(output);
    free(name);
    return result;
}
