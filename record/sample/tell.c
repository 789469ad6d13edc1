#include "tell.h"

#include <string.h>

enum { SECOND = 1000000000 };

static uint64_t hash(const void *bytes, size_t len)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */

    for (const unsigned char *at = bytes; len--; at++)
        h = (h ^ *at) * 0x100000001b3u;
    return h;
}

/* Writes a RING_THREAD if the name is another than last time. */
static bool introduce(struct round *self, struct thread *thread, const char *name, size_t len)
{
    uint64_t name_hash = hash(name, len);
    struct ring_thread body = {
        .thread = thread->id,
        .tid = thread->still.tid,
        .pthread = thread->still.walk.pthread,
        .start = thread->start,
        .cpu = thread->cpu_start,
        .name_size = (uint32_t)len,
    };

    if (thread->introduced && name_hash == thread->name_hash)
        return true;
    if (!round_write(self, RING_THREAD, (struct ring_part[]){{&body, sizeof body}, {name, len}}, 2))
        return false;
    thread->introduced = true;
    thread->name_hash = name_hash;
    return true;
}

bool tell_thread(struct round *self, struct thread *thread)
{
    if (thread->introduced)
        return true;
    if (!still_cpu(self->still, &thread->still, &thread->cpu_start))
        return false;
    thread->cpu_round = thread->cpu_start;
    thread->start = self->time;
    const char *name = thread->still.tid == self->still->pid ? "MainThread" : "";
    return introduce(self, thread, name, strlen(name));
}

enum tell_result tell_name(struct round *self, struct thread *thread, const struct still_claim *claim,
                           const struct walk_stack *stack)
{
    struct objects_buffer name = {.bytes = self->name, .room = sizeof self->name};

    if (stack->depth == 0 || stack->cut || thread->still.tid == self->still->pid)
        return TELL_DONE;
    if (thread->named && self->time - thread->named < SECOND)
        return TELL_DONE;

    bool found = objects_thread_name(self->runtime, &stack->frames[stack->depth - 1], &name);
    if (!still_holds(self->still, claim))
        return TELL_MOVED;
    thread->named = self->time;
    return !found || introduce(self, thread, name.bytes, name.len) ? TELL_DONE : TELL_FAILED;
}

bool tell_thread_end(struct round *self, const struct thread *thread)
{
    struct ring_thread_end body = {.thread = thread->id, .time = thread->missing, .cpu = thread->cpu_round};

    return !thread->introduced || round_write(self, RING_THREAD_END, &(struct ring_part){&body, sizeof body}, 1);
}

enum tell_result tell_code(struct round *self, const struct walk_code *code, const struct still_claim *claim,
                           uint32_t *id)
{
    *id = codes_find(&self->codes, code);
    if (*id)
        return TELL_DONE;

    struct objects_code read = {
        .filename = {.bytes = self->file, .room = sizeof self->file},
        .qualname = {.bytes = self->name, .room = sizeof self->name},
        .linetable = {.bytes = self->lines, .room = sizeof self->lines},
        .firstline = code->firstline,
    };
    if (!objects_code(self->runtime, code, &read)) /* nothing one can name, but a code object all the same */
        read.filename.len = read.qualname.len = read.linetable.len = 0;
    if (!still_holds(self->still, claim))
        return TELL_MOVED;

    struct ring_code body = {
        .id = self->codes.last_id + 1,
        .firstline = read.firstline,
        .lines_kind = self->runtime->layout->lines,
        .file_size = (uint32_t)read.filename.len,
        .name_size = (uint32_t)read.qualname.len,
        .lines_size = (uint32_t)read.linetable.len,
        .flags = read.hidden ? RING_CODE_HIDDEN : 0,
    };
    const struct ring_part parts[] = {
        {&body, sizeof body},
        {self->file, read.filename.len},
        {self->name, read.qualname.len},
        {self->lines, read.linetable.len},
    };
    uint64_t mark = self->ring.next;
    if (!round_write(self, RING_CODE, parts, 4))
        return TELL_FAILED;
    *id = codes_add(&self->codes, code);
    if (!*id) {
        ring_rewind(&self->ring, mark);
        return TELL_FAILED;
    }
    return TELL_DONE;
}

struct sys_text {
    uint32_t prefixes, paths;
    char *bytes;
    size_t len;
};

static void add_value(void *context, enum objects_sys_kind kind, const struct objects_buffer *value)
{
    struct sys_text *text = context;
    uint32_t len = (uint32_t)value->len;

    if (text->len + sizeof len + len > ROUND_SYS_MAX)
        return;
    memcpy(text->bytes + text->len, &len, sizeof len);
    memcpy(text->bytes + text->len + sizeof len, value->bytes, len);
    text->len += sizeof len + len;
    if (kind == OBJECTS_SYS_PATH)
        text->paths++;
    else
        text->prefixes++;
}

/* Reads sys while the thread stands still. */
static bool read_sys(struct round *self, struct thread *thread, struct sys_text *text)
{
    struct objects_buffer value = {.bytes = self->file, .room = sizeof self->file};
    struct still_claim claim;

    for (int try = 0; try < STILL_TRIES && still_claim(self->still, &thread->still, try, &claim); try++) {
        *text = (struct sys_text){.bytes = self->sys};
        bool found = objects_sys(self->runtime, thread->still.walk.interp, value, add_value, text);
        if (still_holds(self->still, &claim))
            return found;
    }
    return false;
}

void tell_sys(struct round *self, struct thread *thread)
{
    bool power = (self->number & (self->number - 1)) == 0;
    struct sys_text text;

    if ((!power && self->time - self->sys_told < SECOND) || !read_sys(self, thread, &text))
        return;
    self->sys_told = self->time;
    uint64_t found = hash(text.bytes, text.len);
    const struct ring_sys counts = {.prefixes = text.prefixes, .paths = text.paths};
    const struct ring_part parts[] = {{&counts, sizeof counts}, {text.bytes, text.len}};
    if (found != self->sys_hash && round_write(self, RING_SYS, parts, 2))
        self->sys_hash = found;
}
