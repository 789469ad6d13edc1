/*
 * tap: what a unit test prints (Test Anything Protocol): "ok N - what" or "not ok N - what", the plan "1..N" at the
 * end
 *
 * For test programs of one file.  `return done_testing();` ends main: the exit status is 1 if a test failed or none
 * ran.
 */
#ifndef PYREC_TAP_H
#define PYREC_TAP_H

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>

static int tap_count;
static int tap_failed;

/* Reports one test, named as by printf; returns whether it passed. */
__attribute__((format(printf, 2, 3))) static inline bool ok(bool passed, const char *what, ...)
{
    va_list args;
    va_start(args, what);
    printf("%sok %d - ", passed ? "" : "not ", ++tap_count);
    vprintf(what, args);
    putchar('\n');
    fflush(stdout);
    va_end(args);
    tap_failed += !passed;
    return passed;
}

static inline int done_testing(void)
{
    printf("1..%d\n", tap_count);
    return tap_failed || !tap_count;
}

#endif
