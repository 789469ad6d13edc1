#include "output.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    int fd;
    bool memory;
    bool plain;  /* a file: a write to it does not wait for a reader */
    int failure; /* errno of the first one, or 0 */
    char *name;
    uint8_t *queue;
    size_t start, end, room; /* what waits is queue[start..end) */
    uint64_t bytes;
};

static int say(char *message, const char *what, const char *name, int error)
{
    snprintf(message, OUTPUT_MESSAGE_MAX, "%s%s%s", name, what, error ? strerror(error) : "");
    return -1;
}

/* A descriptor above those of stdin, stdout and stderr, which the program inherits and messages go to. */
static int above_stdio(int fd)
{
    if (fd < 0 || fd > STDERR_FILENO)
        return fd;
    int moved = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    int saved = errno;
    close(fd);
    errno = saved;
    return moved;
}

static int open_file(struct output *output, const char *path, char *message)
{
    if (asprintf(&output->name, "'%s'", path) < 0) {
        output->name = NULL;
        return say(message, ": ", path, ENOMEM);
    }
    output->fd = above_stdio(open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOCTTY, 0666));
    if (output->fd < 0)
        return say(message, ": ", output->name, errno);
    if (isatty(output->fd))
        return say(message, " is a terminal: the stream is binary", output->name, 0);
    return 0;
}

static int take_stdout(struct output *output, char *message)
{
    output->name = strdup("stdout");
    if (isatty(STDOUT_FILENO))
        return say(message, " is a terminal: the stream is binary", "stdout", 0);
    output->fd = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    if (output->fd < 0)
        return say(message, ": ", "stdout", errno);
    if (dup2(STDERR_FILENO, STDOUT_FILENO) < 0)
        close(STDOUT_FILENO);
    return 0;
}

static int open_any(struct output *output, const char *path, char *message)
{
    struct stat st;

    if (path && strcmp(path, "-") != 0) {
        if (open_file(output, path, message) < 0)
            return -1;
    } else if (path || !isatty(STDOUT_FILENO)) {
        if (take_stdout(output, message) < 0)
            return -1;
    } else {
        output->memory = true;
        output->fd = above_stdio(memfd_create("pyrec", MFD_CLOEXEC));
        if (output->fd < 0)
            return say(message, ": ", "memory file", errno);
    }
    output->plain = fstat(output->fd, &st) == 0 && S_ISREG(st.st_mode);
    return 0;
}

struct output *output_open(const char *path, char *message)
{
    struct output *output = calloc(1, sizeof *output);

    if (!output) {
        say(message, "", "out of memory", 0);
        return NULL;
    }
    output->fd = -1;
    if (open_any(output, path, message) < 0) {
        output_free(output);
        return NULL;
    }
    return output;
}

void output_free(struct output *output)
{
    if (!output)
        return;
    if (output->fd >= 0)
        close(output->fd);
    free(output->name);
    free(output->queue);
    free(output);
}

static int fail(struct output *output, int error)
{
    output->failure = error;
    output->start = output->end = 0;
    errno = error;
    return -1;
}

/* Makes room for `size` more bytes behind those that wait. */
static int reserve(struct output *output, size_t size)
{
    size_t pending = output_pending(output);

    if (output->room - output->end >= size)
        return 0;
    if (output->start) {
        memmove(output->queue, output->queue + output->start, pending);
        output->start = 0;
        output->end = pending;
    }
    if (output->room - output->end >= size)
        return 0;
    size_t room = 2 * (pending + size);
    uint8_t *queue = realloc(output->queue, room);
    if (!queue)
        return fail(output, ENOMEM);
    output->queue = queue;
    output->room = room;
    return 0;
}

static int take(void *context, const void *bytes, size_t size)
{
    struct output *output = context;

    if (output->failure) {
        errno = output->failure;
        return -1;
    }
    if (reserve(output, size) < 0)
        return -1;
    memcpy(output->queue + output->end, bytes, size);
    output->end += size;
    output->bytes += size;
    return 0;
}

struct pyprof_sink output_sink(struct output *output)
{
    return (struct pyprof_sink){.write = take, .context = output};
}

size_t output_pending(const struct output *output)
{
    return output->end - output->start;
}

uint64_t output_bytes(const struct output *output)
{
    return output->bytes;
}

bool output_is_file(const struct output *output)
{
    return output->plain;
}

/* One write of at most `most` bytes. */
static int write_some(struct output *output, size_t most)
{
    size_t size = output_pending(output) < most ? output_pending(output) : most;
    ssize_t written = write(output->fd, output->queue + output->start, size);

    if (written < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : fail(output, errno);
    output->start += (size_t)written;
    if (output->start == output->end)
        output->start = output->end = 0;
    return 0;
}

int output_push(struct output *output)
{
    struct pollfd writable = {.fd = output->fd, .events = POLLOUT};

    /* poll(2) promises room for PIPE_BUF bytes, no more. */
    while (!output->failure && output_pending(output) && (output->plain || poll(&writable, 1, 0) > 0))
        write_some(output, output->plain ? SIZE_MAX : PIPE_BUF);
    errno = output->failure;
    return output->failure ? -1 : 0;
}

int output_close(struct output *output)
{
    if (!output->memory && output->fd >= 0) {
        if (close(output->fd) < 0 && !output->failure)
            fail(output, errno);
        output->fd = -1;
    }
    errno = output->failure;
    return output->failure ? -1 : 0;
}

const char *output_name(const struct output *output)
{
    return output->name;
}

int output_memory(const struct output *output)
{
    if (!output->memory)
        return -1;
    lseek(output->fd, 0, SEEK_SET);
    return output->fd;
}
