/*
 * hello: how the agent reaches pyrec, and the one message it sends
 *
 * pyrec listens on a SOCK_SEQPACKET socket in the abstract namespace (unix(7)), with a backlog of SOMAXCONN, and
 * starts the program with two variables in its environment:
 *
 *     LD_PRELOAD=AGENT[:REST]             AGENT: absolute path of the agent, without spaces and colons; REST: what
 * the user had in LD_PRELOAD; no colon if the user had no such variable PYREC_AGENT=ADDRESS:TOKEN:PERIOD    ADDRESS:
 * abstract name without its NUL and without colons, at most 100 bytes; TOKEN: 32 hexadecimal digits, this recording's
 * secret; PERIOD: ns, decimal
 *
 * The agent takes both out of the environment before main, so the program sees the user's own, and puts them back
 * into whatever the program executes (exec.h).  Each process that runs Python, be it new, forked or just become
 * another program, connects, sends one struct hello with the descriptor of its ring (ring.h) as SCM_RIGHTS, and
 * closes both. It never waits: where pyrec is gone or its backlog is full, the process runs unprofiled.  Nothing is
 * ever sent back.
 *
 * The message may be read after its sender has died.  pyrec trusts the kernel for who sent it (SO_PEERCRED), compares
 * the token, and treats the rest as foreign.  Both ends come from one build and run on one machine: native byte
 * order.
 */
#ifndef PYREC_AGENT_HELLO_H
#define PYREC_AGENT_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#define HELLO_VARIABLE "PYREC_AGENT"
#define HELLO_MAGIC 0x316f6c6c65687970u /* "pyhello1" */

enum {
    HELLO_ABI = 3, /* of this struct and of ring.h; the two ends must agree */
    HELLO_ADDRESS_MAX = 100,
    HELLO_TOKEN_SIZE = 16,
    HELLO_ARGV_MAX = 4096,
};

/* What the agent makes of the process. */
enum hello_status {
    HELLO_PROFILED = 1, /* a ring comes along */
    HELLO_UNKNOWN = 2,  /* Python, but none whose memory the agent can read: no ring, `reason` says why */
    HELLO_FAILED = 3,   /* a known Python, but no sampler could be started: no ring, `reason` says why */
};

/* Texts end in NUL and are cut to fit. */
struct hello {
    uint64_t magic;
    uint32_t abi;
    uint32_t status;
    uint8_t token[HELLO_TOKEN_SIZE];
    int32_t pid; /* in the sender's own pid namespace, as is ppid */
    int32_t ppid;
    uint64_t start;            /* CLOCK_MONOTONIC in ns: when the agent was loaded, or the process forked */
    uint32_t forked;           /* 1: a fork of a process that said hello before; 0: a program just executed */
    uint32_t argv_size;        /* bytes of argv */
    char version[128];         /* Py_GetVersion's */
    char reason[128];          /* why it is not profiled; empty if it is */
    char argv[HELLO_ARGV_MAX]; /* as /proc/self/cmdline: each argument ends in NUL; cut to fit */
};

/*
 * The agent's end.  Both are quick, take no lock and no memory, and leave no descriptor open but hello_connect's.
 */

/* Fills `argv` and `argv_size` for the calling process. */
void hello_describe(struct hello *);

/* Connects to the socket of that abstract name; -1 if that cannot be done at once. */
int hello_connect(const char *address);

/* Sends the message, with the ring's descriptor if `ring` is not -1; false if nobody takes it. */
bool hello_send(int connection, const struct hello *, int ring);

#endif
