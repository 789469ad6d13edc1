/*
 * options: pyrec's command line
 *
 * What the user asked for, checked: what cannot be, or makes no sense together, is refused here and nowhere else.
 */
#ifndef PYREC_OPTIONS_H
#define PYREC_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum options_run {
    OPTIONS_SCRIPT,
    OPTIONS_MODULE,
    OPTIONS_CODE,
    OPTIONS_COMMAND,
    OPTIONS_ATTACH, /* to the pids */
    OPTIONS_DUMP,
};

enum { OPTIONS_PIDS_MAX = 256 };

/* Texts are those of the command line. */
struct options {
    enum options_run run;
    const char *what; /* module or code */
    char **rest;      /* of the command line, NULL at its end */
    pid_t pids[OPTIONS_PIDS_MAX];
    size_t npids;
    const char *output; /* NULL: not said */
    const char *python; /* NULL: not said */
    uint64_t period;    /* ns */
    uint64_t delay;     /* ns till sampling begins; UINT64_MAX: till a signal says so */
    uint64_t duration;  /* ns; 0: none */
    uint64_t keep;      /* ns: keep the last so much; 0: everything */
    uint32_t states;    /* enum pyprof_flags: keep samples with one of them; 0: keep all */
    bool wait, children, locals, quiet;
};

/* Takes a message without the tool's name. */
typedef void options_say_fn(const char *format, ...) __attribute__((format(printf, 1, 2)));

enum options_result {
    OPTIONS_GOOD,
    OPTIONS_BAD,   /* wrong usage, as `say` was told */
    OPTIONS_USAGE, /* the same, and the synopsis would help */
    OPTIONS_HELP,  /* asked for, as is the next */
    OPTIONS_VERSION,
};

/* Reads the command line.  `say` gets one message about what is wrong; getopt(3) writes its own to stderr. */
enum options_result options_parse(struct options *, int argc, char **argv, options_say_fn *say);

#endif
