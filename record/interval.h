/*
 * interval: times and rates as people type them
 *
 * Pure functions of a text; a value that is none leaves the result alone.
 */
#ifndef PYREC_INTERVAL_H
#define PYREC_INTERVAL_H

#include <stdbool.h>
#include <stdint.h>

/* What pyrec can be asked for, in ns: 20 kHz to 0.1 Hz. */
#define INTERVAL_MIN UINT64_C(50000)
#define INTERVAL_MAX UINT64_C(10000000000)

/*
 * A decimal number and a unit, "us", "ms" or "s", without space between; a number alone means seconds.  True and the
 * time in ns, rounded, if it is one of at most a year.
 */
bool interval_parse(const char *text, uint64_t *ns);

/* A decimal number of hertz over 0; true and the interval in ns, rounded. */
bool interval_parse_rate(const char *text, uint64_t *ns);

#endif
