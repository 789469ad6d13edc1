/*
 * recording: what is the same for all processes of one recording
 *
 * Filled once, before the program starts, then constant; every section of the stream repeats it (pyprof(5)).
 */
#ifndef PYREC_RECORDING_H
#define PYREC_RECORDING_H

#include <stdbool.h>
#include <stdint.h>

struct recording {
    uint8_t id[16];   /* random */
    uint8_t boot[16]; /* of the host's boot; zeros where the kernel does not say */
    char host[256];
    uint64_t wall;      /* start, ns since 1970 */
    uint64_t monotonic; /* the same moment, ns of CLOCK_MONOTONIC */
    uint64_t period;    /* ns between rounds */
    bool keeps;         /* the stream goes to a keeper of its last part (keep.h) */
    uint32_t states;    /* enum pyprof_flags: only samples with one of them are kept; 0: all */
};

/* Begins a recording now. */
void recording_init(struct recording *, uint64_t period);

/* CLOCK_MONOTONIC in ns, the clock of all that pyrec measures. */
uint64_t recording_clock(void);

#endif
