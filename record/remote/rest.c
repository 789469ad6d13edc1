#include "rest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"
#include "record/sample/blocked.h"

enum {
    STAT_MAX = 1024,
    STATE = 3, /* fields of stat (proc(5)) */
    PROCESSOR = 39,
    STEPS = 3, /* a thread is followed in one claim */
};

/* What Linux has booked for a thread. */
struct booked {
    uint64_t cpu;   /* ns */
    uint64_t turns; /* on a CPU */
};

/* Kept of each thread while it lives. */
struct account {
    int schedstat, stat; /* descriptors, */
    int syscall;         /* and this one -1 where it may not be opened */
    bool proven;
    struct booked proof; /* as of the last proof that it did not run */
    struct ahead_list read;
};

static const struct still_way rest_way;

/* Whether this thread may go wherever the process may; its own affinity is as before afterwards. */
static bool may_follow(pid_t pid)
{
    cpu_set_t before, wanted, got;
    bool may =
        sched_getaffinity(0, sizeof before, &before) == 0 && sched_getaffinity(pid, sizeof wanted, &wanted) == 0;

    may = may && sched_setaffinity(0, sizeof wanted, &wanted) == 0;
    may = may && sched_getaffinity(0, sizeof got, &got) == 0 && CPU_EQUAL(&wanted, &got);
    sched_setaffinity(0, sizeof before, &before);
    return may;
}

static bool read_booked(int fd, struct booked *booked)
{
    char text[96];
    ssize_t len = pread(fd, text, sizeof text - 1, 0);

    if (len <= 0)
        return false;
    text[len] = '\0';
    return sscanf(text, "%" SCNu64 " %*u %" SCNu64, &booked->cpu, &booked->turns) == 2;
}

static int open_of_thread(pid_t pid, pid_t tid, const char *name)
{
    char path[96];

    snprintf(path, sizeof path, "/proc/%d/task/%d/%s", (int)pid, (int)tid, name);
    return open(path, O_RDONLY | O_CLOEXEC);
}

/* A kernel without accounts shows zeros, even of a thread that has certainly run. */
static bool has_accounts(pid_t pid)
{
    struct booked booked = {0};
    int fd = open_of_thread(pid, pid, "schedstat");
    bool there = fd >= 0 && read_booked(fd, &booked) && booked.turns > 0;

    if (fd >= 0)
        close(fd);
    return there;
}

struct rest *rest_new(pid_t pid, const struct walk_runtime *runtime)
{
    struct rest *self = calloc(1, sizeof *self);

    if (!self)
        return NULL;
    ahead_open(&self->ahead, runtime);
    self->still = (struct still){.way = &rest_way, .runtime = &self->ahead.runtime, .pid = pid};
    self->cpu = -1;
    self->accounts = has_accounts(pid);
    self->doubts = !self->accounts || !may_follow(pid);
    tasks_init(&self->tasks, pid);
    self->space = proc_open_space(pid);
    if (self->space < 0) {
        int error = errno;
        free(self);
        errno = error;
        return NULL;
    }
    return self;
}

void rest_free(struct rest *self)
{
    if (!self)
        return;
    close(self->space);
    ahead_close(&self->ahead);
    free(self);
}

bool rest_doubts(const struct rest *self, char *why)
{
    if (self->doubts)
        snprintf(why, REST_WHY_MAX, "%s",
                 self->accounts ? "it may run on CPUs that this pyrec may not use"
                                : "this kernel has no /proc/PID/schedstat");
    return self->doubts;
}

static struct account *account_of(const struct still *still, struct still_thread *thread)
{
    const struct rest *self = (const struct rest *)still;

    if (thread->account)
        return thread->account;

    struct account *account = calloc(1, sizeof *account);
    if (!account)
        return NULL;
    account->schedstat = open_of_thread(still->pid, thread->tid, self->accounts ? "schedstat" : "stat");
    account->stat = open_of_thread(still->pid, thread->tid, "stat");
    if (account->schedstat < 0 || account->stat < 0) {
        if (account->schedstat >= 0)
            close(account->schedstat);
        if (account->stat >= 0)
            close(account->stat);
        free(account);
        return NULL;
    }
    char process[16];
    snprintf(process, sizeof process, "%d", (int)still->pid);
    account->syscall = blocked_open(process, thread->tid);
    thread->account = account;
    return account;
}

static void forget(struct still *self, struct still_thread *thread)
{
    struct account *account = thread->account;

    (void)self;
    if (!account)
        return;
    close(account->schedstat);
    close(account->stat);
    if (account->syscall >= 0)
        close(account->syscall);
    free(account);
    thread->account = NULL;
}

/* The thread's state and CPU; false if it is gone. */
static bool read_stat(int fd, char *state, int *cpu)
{
    char line[STAT_MAX];
    ssize_t len = pread(fd, line, sizeof line - 1, 0);

    if (len <= 0)
        return false;
    line[len] = '\0';
    const char *at = strrchr(line, ')'); /* the second field, in parentheses, may hold anything */
    if (!at || strlen(at) < 3)
        return false;
    *state = at[2];
    for (int field = STATE; at && field <= PROCESSOR; field++)
        at = strchr(at + 1, ' ');
    *cpu = at ? atoi(at) : -1;
    return at != NULL;
}

static bool same(const struct booked *a, const struct booked *b)
{
    return a->cpu == b->cpu && a->turns == b->turns;
}

/* Whether the calling thread stands on that CPU, and can stand on no other. */
static bool stands_on(const struct rest *self, int cpu)
{
    return cpu >= 0 && cpu == self->cpu && sched_getcpu() == cpu;
}

static bool move_to(struct rest *self, int cpu)
{
    cpu_set_t set;

    if (cpu < 0 || cpu >= CPU_SETSIZE)
        return false;
    CPU_ZERO(&set);
    CPU_SET((unsigned)cpu, &set);
    bool moved = sched_setaffinity(0, sizeof set, &set) == 0;
    self->cpu = moved ? cpu : -1;
    return moved;
}

/* Finds or makes the thread not running: by an old proof, or by standing on its CPU.  False if it is gone. */
static bool stand_in_way(struct rest *self, struct account *account, struct booked *booked, struct still_claim *claim)
{
    claim->stands = false;
    for (int step = 0; step < STEPS && !claim->stands; step++) {
        char state;
        int cpu;
        if (!read_booked(account->schedstat, booked))
            return false;
        if (account->proven && same(booked, &account->proof)) {
            claim->stands = claim->asleep = true;
            return true;
        }
        if (!read_stat(account->stat, &state, &cpu))
            return false;
        claim->runs = state == 'R';
        claim->stands = stands_on(self, cpu);
        if (!claim->stands && !move_to(self, cpu))
            break;
    }
    return proc_has(self->space, self->ahead.runtime.address);
}

/* What is booked for a thread, which may run; without accounts, time that only tells samples apart. */
static bool look_at(const struct rest *self, struct account *account, struct booked *booked)
{
    char state;
    int cpu;

    if (self->accounts)
        return read_booked(account->schedstat, booked);
    *booked = (struct booked){.cpu = ++account->proof.cpu};
    return read_stat(account->stat, &state, &cpu);
}

static bool claim_rest(struct still *still, struct still_thread *thread, int try, struct still_claim *claim)
{
    struct rest *self = (struct rest *)still;
    struct account *account = account_of(still, thread);
    struct booked booked;

    (void)try;
    *claim = (struct still_claim){.thread = thread, .doubted = self->doubts};
    if (!account)
        return false;
    if (!(self->doubts ? look_at(self, account, &booked) : stand_in_way(self, account, &booked, claim)))
        return false;
    /* The account of a thread that may run is behind, by at least this. */
    claim->cpu = booked.cpu + !claim->stands;
    claim->turns = booked.turns;
    walk_gil_of(still->runtime, &thread->walk, &claim->gil);
    return true;
}

static void rest_will_walk(struct still *still, const struct still_claim *claim)
{
    struct account *account = claim->thread->account;

    if (claim->stands)
        ahead_start(&((struct rest *)still)->ahead, &account->read);
}

static bool rest_holds(const struct still *still, const struct still_claim *claim)
{
    struct rest *self = (struct rest *)still;
    struct account *account = claim->thread->account;
    const struct booked claimed = {claim->cpu, claim->turns};
    struct booked now;
    char state;
    int cpu;

    ahead_stop(&self->ahead, &account->read);
    if (claim->doubted)
        return true;
    if (!claim->stands)
        return false;
    if (!claim->runs && !claim->asleep && !(read_stat(account->stat, &state, &cpu) && stands_on(self, cpu)))
        return false;
    if (!read_booked(account->schedstat, &now) || !same(&now, &claimed))
        return false;
    account->proof = now;
    account->proven = true;
    return true;
}

static void rest_follow(struct still *still, struct still_thread *thread)
{
    struct rest *self = (struct rest *)still;
    struct account *account = account_of(still, thread);
    char state;
    int cpu;

    if (account && !self->doubts && read_stat(account->stat, &state, &cpu) && !stands_on(self, cpu))
        move_to(self, cpu);
}

static bool rest_cpu(struct still *still, struct still_thread *thread, uint64_t *cpu)
{
    const struct rest *self = (const struct rest *)still;
    struct account *account = account_of(still, thread);
    struct booked booked;

    if (!account || !look_at(self, account, &booked))
        return false;
    *cpu = booked.cpu;
    return true;
}

static pid_t rest_tid(struct still *still, const struct walk_thread *listed)
{
    struct rest *self = (struct rest *)still;

    return tasks_tid(&self->tasks, still->runtime, listed);
}

static bool rest_futex(struct still *still, struct still_thread *thread, uint64_t *address)
{
    const struct account *account = account_of(still, thread);

    return account && account->syscall >= 0 && blocked_futex(account->syscall, address);
}

static bool rest_over(struct still *still)
{
    const struct rest *self = (const struct rest *)still;

    return !proc_has(self->space, self->ahead.runtime.address);
}

static void rest_end(struct still *still)
{
    rest_free((struct rest *)still);
}

static const struct still_way rest_way = {
    .claim = claim_rest,
    .will_walk = rest_will_walk,
    .holds = rest_holds,
    .follow = rest_follow,
    .cpu = rest_cpu,
    .tid = rest_tid,
    .futex = rest_futex,
    .over = rest_over,
    .forget = forget,
    .end = rest_end,
};
