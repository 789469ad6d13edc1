#include "merge/input.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int fail(struct input *input)
{
    return pyprof_fail(&input->failure, PYPROF_SYSTEM, 0, "%s", strerror(errno));
}

static bool is_standard_input(const struct input *input)
{
    return strcmp(input->path, "-") == 0;
}

void input_look(struct input *input, const char *path)
{
    input->path = path;
    input->fd = -1;
    int got = is_standard_input(input) ? fstat(STDIN_FILENO, &input->file) : stat(path, &input->file);
    if (got == 0 && S_ISDIR(input->file.st_mode)) {
        errno = EISDIR;
        got = -1;
    }
    input->usable = got == 0;
    if (got < 0)
        fail(input);
}

bool input_is_file(const struct input *input)
{
    return S_ISREG(input->file.st_mode);
}

int input_reopen(struct input *input)
{
    if (is_standard_input(input))
        input->fd = STDIN_FILENO;
    else
        input->fd = open(input->path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    return input->fd < 0 ? fail(input) : 0;
}

int input_open(struct input *input)
{
    if (input_reopen(input) < 0)
        return -1;
    if (input_is_file(input))
        input->start = lseek(input->fd, 0, SEEK_CUR);
    input->reader = pyprof_reader_new(NULL);
    if (input->reader)
        return 0;
    input_close(input);
    return pyprof_fail(&input->failure, PYPROF_MEMORY, 0, "out of memory");
}

void input_close(struct input *input)
{
    if (input->reader)
        input->totals = pyprof_reader_totals(input->reader);
    pyprof_reader_free(input->reader);
    input->reader = NULL;
    input->ended = NULL;
    if (input->fd > STDIN_FILENO)
        close(input->fd);
    input->fd = -1;
}

static void note(struct input *input, const struct pyprof_error *damage)
{
    if (input->damage.code == PYPROF_OK)
        input->damage = *damage;
}

void input_add_unfiltered(struct input *input, const struct pyprof_error *damage)
{
    note(input, damage);
    input->unfiltered++;
}

/* A section that ended with nothing missing gets no more blocks but repeated ones. */
static void forget_ended(struct input *input)
{
    if (input->ended && pyprof_section_loss(input->ended).blocks == 0)
        pyprof_reader_forget(input->reader, input->ended);
    input->ended = NULL;
}

enum input_result input_next(struct input *input, struct pyprof_item *item)
{
    int got;
    forget_ended(input);
    while ((got = pyprof_reader_next(input->reader, item, &input->failure)) == PYPROF_ITEM) {
        if (item->reason.code != PYPROF_OK)
            note(input, &item->reason);
        if (item->type == PYPROF_ITEM_DAMAGE)
            continue;
        if (item->type == PYPROF_ITEM_END)
            input->ended = item->section;
        return INPUT_ITEM;
    }
    input->whole = got != PYPROF_MORE;
    return input->whole ? INPUT_END : INPUT_MORE;
}

void input_fill(struct input *input)
{
    struct pyprof_error error = {0};
    if (pyprof_reader_fill(input->reader, input->fd, &error) >= 0 || error.system == EINTR || error.system == EAGAIN)
        return;
    if (error.code == PYPROF_SYSTEM)
        fail(input);
    else
        input->failure = error;
    pyprof_reader_finish(input->reader);
}

void input_fail_changed(struct input *input)
{
    input->changed = true;
    if (input->failure.code == PYPROF_OK)
        pyprof_fail(&input->failure, PYPROF_SYSTEM, 0, "changed while it was read");
}

int input_read(struct input *input, uint64_t offset, void *bytes, size_t size)
{
    char *to = bytes;
    off_t at = input->start + (off_t)offset;
    while (size > 0) {
        ssize_t got = pread(input->fd, to, size, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            fail(input);
        if (got <= 0) {
            input_fail_changed(input);
            return -1;
        }
        to += got;
        at += got;
        size -= (size_t)got;
    }
    return 0;
}
