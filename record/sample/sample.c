#include "sample.h"

#include <string.h>
#include <time.h>

#include "tell.h"

/* Puts the walked stack into self->frames. */
static enum tell_result name_frames(struct round *self, const struct still_claim *claim,
                                    const struct walk_stack *stack)
{
    const struct walk_code *last = NULL;
    uint32_t id = 0;

    for (uint32_t i = 0; i < stack->depth; i++) {
        const struct walk_frame *frame = &stack->frames[stack->depth - 1 - i];
        if (!last || memcmp(last, &frame->code, sizeof *last) != 0) {
            enum tell_result result = tell_code(self, &frame->code, claim, &id);
            if (result != TELL_DONE)
                return result;
        }
        last = &frame->code;
        self->frames[i] = (struct ring_frame){.code = id, .instr = frame->instr};
    }
    return TELL_DONE;
}

/* To ask what a thread is blocked on costs some microseconds: with no other thread, it does not wait for the GIL. */
static uint32_t wait_of(const struct round *self, const struct still_claim *claim)
{
    static const uint32_t flags[] = {
        [STILL_WAITS_NOT] = 0, [STILL_WAITS_GIL] = RING_WAITS_GIL, [STILL_WAIT_UNKNOWN] = RING_GIL_UNKNOWN};

    return self->npresent > 1 ? flags[still_wait(self->still, claim)] : 0;
}

static uint32_t flags_of(const struct round *self, const struct thread *thread, const struct still_claim *claim)
{
    bool has_gil = still_has_gil(claim);
    uint64_t ran = claim->cpu - thread->cpu_round, elapsed = self->time - self->previous;
    uint32_t flags = has_gil ? RING_HOLDS_GIL : wait_of(self, claim);

    if (claim->doubted)
        flags |= RING_DOUBTED;
    if (has_gil || (!(flags & RING_WAITS_GIL) && (claim->runs || (self->previous && ran >= elapsed / 2))))
        flags |= RING_ON_CPU;
    if (has_gil && walk_collecting(self->runtime, claim->thread->walk.interp))
        flags |= RING_IN_GC;
    return flags;
}

/* Writes self->frames as the thread's sample, and keeps them for the next. */
static enum tell_result write_sample(struct round *self, struct thread *thread, uint32_t depth, uint32_t flags,
                                     uint64_t cpu)
{
    struct ring_sample body = {.thread = thread->id, .flags = flags, .cpu = cpu};
    uint32_t most = depth < thread->depth ? depth : thread->depth;

    if (!threads_reserve(thread, depth))
        return TELL_FAILED;
    while (body.keep < most &&
           memcmp(&thread->frames[body.keep], &self->frames[body.keep], sizeof *self->frames) == 0)
        body.keep++;
    body.fresh = depth - body.keep;

    size_t fresh_size = body.fresh * sizeof *self->frames;
    const struct ring_part parts[] = {{&body, sizeof body}, {self->frames + body.keep, fresh_size}};
    if (!round_write(self, RING_SAMPLE, parts, 2))
        return TELL_FAILED;
    if (fresh_size)
        memcpy(thread->frames + body.keep, self->frames + body.keep, fresh_size);
    thread->depth = depth;
    thread->cpu_read = thread->cpu_round = body.cpu;
    return TELL_DONE;
}

/*
 * A thread that stands still between two stores that belong together (walk/stack.c) has to get on before it can be read; as
 * the sampler stands in its way, that takes a sleep; a shorter one is over before the thread gets its turn.
 */
static void let_run(void)
{
    const struct timespec moment = {.tv_nsec = 50000};

    clock_nanosleep(CLOCK_MONOTONIC, 0, &moment, NULL);
}

/* Reads and writes the thread's stack under a claim. */
static enum tell_result try_sample(struct round *self, struct thread *thread, const struct still_claim *claim)
{
    still_will_walk(self->still, claim);
    enum walk_result walked = walk_stack(self->runtime, &thread->still.walk, thread->stack);
    uint32_t flags = flags_of(self, thread, claim);

    if (!still_holds(self->still, claim))
        return TELL_MOVED;
    if (walked == WALK_TORN) {
        let_run();
        return TELL_MOVED;
    }
    if (walked == WALK_NO_PYTHON)
        thread->stack->depth = 0;

    enum tell_result result = name_frames(self, claim, thread->stack);
    if (result == TELL_DONE)
        result = tell_name(self, thread, claim, thread->stack);
    if (result != TELL_DONE)
        return result;
    return write_sample(self, thread, thread->stack->depth, flags, claim->cpu);
}

static void write_missed(struct round *self, const struct thread *thread)
{
    struct ring_missed body = {.thread = thread->id};
    uint64_t spare = self->ring.spare;

    self->ring.spare = 0; /* it was reserved for this */
    ring_write(&self->ring, RING_MISSED, &(struct ring_part){&body, sizeof body}, 1);
    self->ring.spare = spare;
}

void sample_take(struct round *self, struct thread *thread)
{
    enum tell_result result = TELL_MOVED;
    struct still_claim claim;
    if (!still_claim(self->still, &thread->still, 0, &claim))
        return;
    if (claim.cpu == thread->cpu_read) {
        thread->cpu_round = claim.cpu;
        return;
    }
    if (claim.cpu != thread->cpu_round)
        self->last_ran = self->time;
    if (!threads_reserve(thread, 0))
        result = TELL_FAILED;
    else
        result = try_sample(self, thread, &claim);
    for (int try = 1; result == TELL_MOVED && try < STILL_TRIES; try++) {
        if (!still_claim(self->still, &thread->still, try, &claim))
            break;
        result = try_sample(self, thread, &claim);
    }
    if (result != TELL_DONE && still_cpu(self->still, &thread->still, &thread->cpu_round))
        write_missed(self, thread);
}
