/*
 * oldest: the agent asks for the oldest version of libc's functions, so that it can be loaded by an older glibc
 *
 * Included before everything else by each file of the agent (Makefile).  glibc 2.32 to 2.34 gave these functions new
 * versions as it moved them from libpthread and libdl to libc; the old ones are the same, and are where they were.
 * Nothing else may be younger than 2.28 (tests/pyrec_builds.bats).
 */
#ifndef PYREC_AGENT_OLDEST_H
#define PYREC_AGENT_OLDEST_H

#include <features.h>

#if defined(__GLIBC__) && defined(__x86_64__)
#define OLDEST(name) __asm__(".symver " #name ", " #name "@GLIBC_2.2.5")
#elif defined(__GLIBC__) && defined(__aarch64__)
#define OLDEST(name) __asm__(".symver " #name ", " #name "@GLIBC_2.17")
#else
#define OLDEST(name) _Static_assert(1, "")
#endif

OLDEST(dladdr);
OLDEST(dlclose);
OLDEST(dlopen);
OLDEST(dlsym);
OLDEST(pthread_attr_setstacksize);
OLDEST(pthread_create);
OLDEST(pthread_sigmask);
OLDEST(__pthread_key_create);

#undef OLDEST

#endif
