/*
 * error: what went wrong in a stream, in the caller's hands
 *
 * Functions of format/ that can fail return -1 (or NULL) and fill the struct pyprof_error they were given; they never
 * print and never exit.  The message is lower case, without a full stop and without the stream's name, which only the
 * tool knows.
 */
#ifndef PYPROF_ERROR_H
#define PYPROF_ERROR_H

#include <stdint.h>

enum pyprof_error_code {
    PYPROF_OK = 0,
    PYPROF_SYSTEM,      /* a system call failed: see `system` */
    PYPROF_MEMORY,      /* an allocation failed, or would have gone over the limit */
    PYPROF_DAMAGED,     /* bytes that are not what the format says */
    PYPROF_UNSUPPORTED, /* a major version or a critical block that is newer than this code */
    PYPROF_LIMIT,       /* a value over one of the format's limits */
};

struct pyprof_error {
    enum pyprof_error_code code;
    int system;      /* errno where code is PYPROF_SYSTEM, else 0 */
    uint64_t offset; /* byte of the stream it was noticed at */
    char message[160];
};

/* Fills `error` (which may be NULL) as printf does; returns -1, so that a failing function can return its result. */
int pyprof_fail(struct pyprof_error *error, enum pyprof_error_code code, uint64_t offset, const char *message, ...)
    __attribute__((format(printf, 4, 5)));

#endif
