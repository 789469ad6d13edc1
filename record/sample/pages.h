/*
 * pages: the sampler's own memory
 *
 * Zeroed pages straight from the kernel, never from malloc, whose locks and statistics are the program's.  A fork
 * does not get them (MADV_DONTFORK, madvise(2)): its sampler begins anew.  Pages that are not written cost only
 * addresses.
 */
#ifndef PYREC_SAMPLE_PAGES_H
#define PYREC_SAMPLE_PAGES_H

#include <stddef.h>

/* `size` bytes, or NULL. */
void *pages_new(size_t size);

/* Gives them back; NULL is allowed. */
void pages_free(void *pages, size_t size);

#endif
