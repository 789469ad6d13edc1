#include "merge/output.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { ROOM = 1 << 18 };

struct output {
    int fd;
    int failed; /* errno */
    size_t size;
    uint8_t bytes[ROOM];
};

struct output *output_new(int fd)
{
    struct output *output = malloc(sizeof *output);
    if (!output)
        return NULL;
    output->fd = fd;
    output->failed = 0;
    output->size = 0;
    return output;
}

void output_free(struct output *output)
{
    free(output);
}

/* Waits until a non-blocking descriptor takes more. */
static int wait_for_room(int fd)
{
    struct pollfd waiting = {.fd = fd, .events = POLLOUT};
    return poll(&waiting, 1, -1) < 0 && errno != EINTR ? -1 : 0;
}

static int write_all(struct output *output, const uint8_t *bytes, size_t size)
{
    while (size > 0 && !output->failed) {
        ssize_t got = write(output->fd, bytes, size);
        if (got >= 0) {
            bytes += got;
            size -= (size_t)got;
        } else if (errno == EAGAIN ? wait_for_room(output->fd) < 0 : errno != EINTR) {
            output->failed = errno;
        }
    }
    errno = output->failed;
    return output->failed ? -1 : 0;
}

int output_flush(struct output *output)
{
    size_t size = output->size;
    output->size = 0;
    return write_all(output, output->bytes, size);
}

static int output_write(void *context, const void *bytes, size_t size)
{
    struct output *output = context;
    if (size > ROOM - output->size && output_flush(output) < 0)
        return -1;
    if (size > ROOM)
        return write_all(output, bytes, size);
    memcpy(output->bytes + output->size, bytes, size);
    output->size += size;
    return 0;
}

struct pyprof_sink output_sink(struct output *output)
{
    return (struct pyprof_sink){.write = output_write, .context = output};
}

int output_errno(const struct output *output)
{
    return output->failed;
}
