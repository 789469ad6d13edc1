#include "ahead.h"

#include <stddef.h>
#include <string.h>

enum { NOTED_MAX = 1024 }; /* of a piece; what is longer is not the same the next time */

/* Notes one line, in order. */
static void note_line(struct ahead_list *list, uint64_t line)
{
    size_t at = list->n;

    while (at > 0 && list->lines[at - 1] > line)
        at--;
    if ((at > 0 && list->lines[at - 1] == line) || list->n == AHEAD_LINES)
        return;
    memmove(&list->lines[at + 1], &list->lines[at], (list->n - at) * sizeof *list->lines);
    list->lines[at] = line;
    list->n++;
}

static void note(struct ahead_list *list, const struct mem_piece *piece)
{
    if (piece->len == 0 || piece->len > NOTED_MAX)
        return;
    for (uint64_t line = piece->addr / AHEAD_LINE; line <= (piece->addr + piece->len - 1) / AHEAD_LINE; line++)
        note_line(list, line);
}

/* Copies a piece out of what was read ahead; false if it is not in there. */
static bool take(const struct ahead *self, const struct mem_piece *piece)
{
    for (size_t i = 0; i < self->nruns && self->runs[i].address <= piece->addr; i++) {
        const struct ahead_run *run = &self->runs[i];
        uint64_t at = piece->addr - run->address;
        if (at < run->size && piece->len <= run->size - at) {
            memcpy(piece->into, run->bytes + at, piece->len);
            return true;
        }
    }
    return false;
}

/* Serves what is there from there, and the rest in as few calls as its order allows. */
static size_t read_mixed(const struct ahead *self, const struct mem_piece *pieces, size_t n)
{
    size_t done = 0;

    while (done < n) {
        size_t end = done;
        while (end < n && !take(self, &pieces[end]))
            end++;
        if (end > done) {
            size_t got = self->far.readv(&self->far, pieces + done, end - done);
            if (got < end - done)
                return done + got;
        }
        done = end < n ? end + 1 : end;
    }
    return n;
}

static size_t ahead_readv(const struct mem *mem, const struct mem_piece *pieces, size_t n)
{
    struct ahead *self = (struct ahead *)((char *)mem - offsetof(struct ahead, runtime.mem));

    if (!self->on)
        return self->far.readv(&self->far, pieces, n);
    size_t done = read_mixed(self, pieces, n);
    for (size_t i = 0; i < done; i++)
        note(&self->noted, &pieces[i]);
    return done;
}

void ahead_open(struct ahead *self, const struct walk_runtime *runtime)
{
    *self = (struct ahead){.runtime = *runtime, .far = runtime->mem};
    self->runtime.mem.readv = ahead_readv;
}

void ahead_close(struct ahead *self)
{
    mem_close(&self->far);
}

void ahead_start(struct ahead *self, const struct ahead_list *list)
{
    struct mem_piece pieces[AHEAD_LINES];
    unsigned char *bytes = self->bytes;
    size_t n = 0;

    for (size_t i = 0; i < list->n; i++, bytes += AHEAD_LINE) {
        uint64_t address = list->lines[i] * AHEAD_LINE;
        if (n > 0 && pieces[n - 1].addr + pieces[n - 1].len == address)
            pieces[n - 1].len += AHEAD_LINE;
        else
            pieces[n++] = (struct mem_piece){address, bytes, AHEAD_LINE};
    }
    self->nruns = n ? self->far.readv(&self->far, pieces, n) : 0;
    for (size_t i = 0; i < self->nruns; i++)
        self->runs[i] = (struct ahead_run){pieces[i].addr, pieces[i].len, pieces[i].into};
    self->noted.n = 0;
    self->on = true;
}

void ahead_stop(struct ahead *self, struct ahead_list *list)
{
    if (!self->on)
        return;
    self->on = false;
    *list = self->noted;
}
