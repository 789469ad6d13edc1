/*
 * agent_dump: runs a program under the agent and prints what its rings hold, for the tests of the agent alone
 *
 *     agent_dump AGENT PERIOD OUTPUT command argument...
 *
 * Writes lines to OUTPUT, in the order of the rings; PID is the kernel's, of the process that the line is about:
 *
 *     hello PID ppid status forked "version" "reason" argument...
 *     round PID time late
 *     sample PID thread flags cpu name:line;name:line...      outermost frame first
 *     missed PID thread
 *     thread PID thread tid "name"
 *     ended PID thread
 *     sys PID value...
 *     end PID how overflows late rounds
 *
 * With AGENT_DUMP_SLEEPS in the environment the rings are read only at the end, however full they are.
 *
 * Ends with the command, once the rings of all processes that have ended are empty; exit status: the command's.
 */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "record/agent/hello.h"
#include "record/cpython/lines.h"
#include "record/ring.h"

enum { CODES = 1 << 16, THREADS = 1 << 14, PROCESSES = 4096 };

#define TOKEN "00112233445566778899aabbccddeeff"

struct code {
    char *text; /* name */
    char *file;
    uint8_t *lines;
    uint32_t lines_size, kind;
    int32_t firstline;
};

struct stack {
    struct ring_frame *frames;
    uint32_t depth;
};

struct process {
    pid_t pid;
    struct ring_reader reader;
    struct code *codes;
    struct stack *stacks;
    uint64_t rounds;
};

static struct process *processes[PROCESSES];
static size_t process_count;
static FILE *out;

static int listen_at(const char *name);
static pid_t start(char **argv, const char *agent, const char *name, const char *period);
static void accept_one(int listener);
static void drain(struct process *);
static void finish(struct process *);

int main(int argc, char **argv)
{
    char name[64];
    int status = 0;

    if (argc < 5 || !(out = fopen(argv[3], "we"))) {
        fprintf(stderr, "usage: agent_dump agent period output command ...\n");
        return 2;
    }
    snprintf(name, sizeof name, "agent_dump-%d", (int)getpid());
    int listener = listen_at(name);
    pid_t child = start(argv + 4, argv[1], name, argv[2]);
    pid_t ended = 0;
    while (ended == 0) {
        struct pollfd wait = {.fd = listener, .events = POLLIN};
        poll(&wait, 1, 20);
        ended = waitpid(child, &status, WNOHANG);
        accept_one(listener);
        for (size_t i = 0; i < process_count && !getenv("AGENT_DUMP_SLEEPS"); i++)
            drain(processes[i]);
    }
    for (size_t i = 0; i < process_count; i++)
        finish(processes[i]);
    fclose(out);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

static int listen_at(const char *name)
{
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    strcpy(at.sun_path + 1, name);
    if (fd < 0 ||
        bind(fd, (struct sockaddr *)&at, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(name))) ||
        listen(fd, SOMAXCONN)) {
        perror("agent_dump");
        exit(2);
    }
    return fd;
}

static pid_t start(char **argv, const char *agent, const char *name, const char *period)
{
    char *variable, *preload;
    const char *own = getenv("LD_PRELOAD");

    if (asprintf(&variable, "%s:%s:%s", name, TOKEN, period) < 0 ||
        asprintf(&preload, own ? "%s:%s" : "%s", agent, own) < 0)
        exit(2);
    pid_t pid = fork();
    if (pid == 0) {
        setenv(HELLO_VARIABLE, variable, 1);
        setenv("LD_PRELOAD", preload, 1);
        execvp(argv[0], argv);
        perror(argv[0]);
        _exit(127);
    }
    free(variable);
    free(preload);
    return pid;
}

/* Receives a hello and its ring; -1 in `ring` if none came along. */
static bool receive(int fd, struct hello *hello, int *ring)
{
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec bytes = {hello, sizeof *hello};
    struct msghdr message = {
        .msg_iov = &bytes, .msg_iovlen = 1, .msg_control = &control, .msg_controllen = sizeof control};

    *ring = -1;
    if (recvmsg(fd, &message, MSG_CMSG_CLOEXEC) != (ssize_t)sizeof *hello)
        return false;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights)
        memcpy(ring, CMSG_DATA(rights), sizeof *ring);
    return hello->magic == HELLO_MAGIC && hello->abi == HELLO_ABI;
}

static void open_ring(pid_t pid, int fd)
{
    struct process *p = calloc(1, sizeof *p);
    struct stat about;

    fstat(fd, &about);
    void *mapping = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (!(fcntl(fd, F_GET_SEALS) & F_SEAL_SHRINK) || mapping == MAP_FAILED ||
        !ring_reader_init(&p->reader, mapping, (size_t)about.st_size) || process_count == PROCESSES) {
        fprintf(stderr, "agent_dump: no ring\n");
        exit(2);
    }
    p->pid = pid;
    p->codes = calloc(CODES, sizeof *p->codes);
    p->stacks = calloc(THREADS, sizeof *p->stacks);
    processes[process_count++] = p;
}

static void accept_one(int listener)
{
    struct hello hello;
    struct ucred who;
    socklen_t size = sizeof who;
    int fd, ring;

    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &size);
        struct pollfd wait = {.fd = fd, .events = POLLIN};
        poll(&wait, 1, 1000);
        if (receive(fd, &hello, &ring)) {
            fprintf(out, "hello %d %d %u %u \"%.10s\" \"%s\"", who.pid, hello.ppid, hello.status, hello.forked,
                    hello.version, hello.reason);
            for (uint32_t at = 0; at < hello.argv_size; at += (uint32_t)strlen(hello.argv + at) + 1)
                fprintf(out, " %s", hello.argv + at);
            fprintf(out, "\n");
        }
        if (ring >= 0) {
            open_ring(who.pid, ring);
            close(ring);
        }
        close(fd);
    }
}

static void take_code(struct process *p, const struct ring_code *body)
{
    const char *bytes = (const char *)body->bytes;

    if (body->id >= CODES)
        return;
    struct code *code = &p->codes[body->id];
    code->file = strndup(bytes, body->file_size);
    code->text = strndup(bytes + body->file_size, body->name_size);
    code->lines = malloc(body->lines_size + 1);
    memcpy(code->lines, bytes + body->file_size + body->name_size, body->lines_size);
    code->lines_size = body->lines_size;
    code->kind = body->lines_kind;
    code->firstline = body->firstline;
}

static int32_t line_of(const struct code *code, int32_t instr)
{
    static struct lines_range ranges[65536];
    size_t n =
        lines_decode((enum lines_kind)code->kind, code->lines, code->lines_size, code->firstline, ranges, 65536);

    return lines_at(ranges, n < 65536 ? n : 65536, code->firstline, instr);
}

static void take_sample(struct process *p, const struct ring_sample *body)
{
    struct stack *stack = &p->stacks[body->thread % THREADS];

    if (!stack->frames)
        stack->frames = calloc(RING_FRAMES_MAX, sizeof *stack->frames);
    if (body->keep > stack->depth || body->keep + body->fresh > RING_FRAMES_MAX) {
        fprintf(out, "nonsense %d\n", p->pid);
        return;
    }
    memcpy(stack->frames + body->keep, body->frames, body->fresh * sizeof *body->frames);
    stack->depth = body->keep + body->fresh;
    fprintf(out, "sample %d %u %u %lu ", p->pid, body->thread, body->flags, (unsigned long)body->cpu);
    for (uint32_t i = 0; i < stack->depth; i++) {
        const struct code *code = &p->codes[stack->frames[i].code % CODES];
        fprintf(out, "%s%s:%d", i ? ";" : "", code->text ? code->text : "?",
                code->text ? line_of(code, stack->frames[i].instr) : -2);
    }
    fprintf(out, "\n");
}

static void take_sys(const struct process *p, const struct ring_sys *body)
{
    const uint8_t *at = body->bytes;

    fprintf(out, "sys %d", p->pid);
    for (uint32_t i = 0; i < body->prefixes + body->paths; i++) {
        uint32_t len;
        memcpy(&len, at, sizeof len);
        fprintf(out, " %.*s", (int)len, at + sizeof len);
        at += sizeof len + len;
    }
    fprintf(out, "\n");
}

static void take_thread(const struct process *p, const struct ring_thread *body)
{
    fprintf(out, "thread %d %u %d \"%.*s\"\n", p->pid, body->thread, body->tid, (int)body->name_size, body->name);
}

static void drain(struct process *p)
{
    static uint64_t record[RING_RECORD_MAX / 8];
    const void *body = record + 1;
    struct timespec now;

    while (ring_next(&p->reader, record) == 1) {
        struct ring_record header;
        memcpy(&header, record, sizeof header);
        switch (header.type) {
        case RING_ROUND:
            fprintf(out, "round %d %lu %lu\n", p->pid, (unsigned long)((const struct ring_round *)body)->time,
                    (unsigned long)((const struct ring_round *)body)->late);
            p->rounds++;
            break;
        case RING_SAMPLE:
            take_sample(p, body);
            break;
        case RING_MISSED:
            fprintf(out, "missed %d %u\n", p->pid, ((const struct ring_missed *)body)->thread);
            break;
        case RING_CODE:
            take_code(p, body);
            break;
        case RING_THREAD:
            take_thread(p, body);
            break;
        case RING_THREAD_END:
            fprintf(out, "ended %d %u\n", p->pid, ((const struct ring_thread_end *)body)->thread);
            break;
        case RING_SYS:
            take_sys(p, body);
            break;
        }
        ring_release(&p->reader);
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    atomic_store(&p->reader.shared->heartbeat, (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec);
}

static void finish(struct process *p)
{
    const struct ring_shared *ring = p->reader.shared;

    drain(p);
    fprintf(out, "end %d %u %lu %lu %lu\n", p->pid, atomic_load(&ring->end),
            (unsigned long)atomic_load(&ring->overflows), (unsigned long)atomic_load(&ring->late),
            (unsigned long)p->rounds);
}
