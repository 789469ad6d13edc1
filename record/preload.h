/*
 * preload: getting the agent into the program
 *
 * The dynamic loader (ld.so(8)) loads what LD_PRELOAD names, a list split at spaces and colons with no way to quote
 * them and with '$' for tokens of its own.  A path that it could not carry is stood in for by a symbolic link in a
 * folder of this recording's, which goes when the recording is freed.
 */
#ifndef PYREC_PRELOAD_H
#define PYREC_PRELOAD_H

struct preload;

/*
 * Finds the agent: beside this executable, or, once installed, in ../lib/pyrec from there.  NULL with errno set if it
 * is in neither place (ENOENT) or no link could be made.
 */
struct preload *preload_new(void);
void preload_free(struct preload *);

/*
 * This process's environment with the agent in it and HELLO_VARIABLE set to `hello` (agent/hello.h); NULL without
 * memory.  Made once; valid until the preload is freed or environ(7) changes.
 */
char **preload_env(struct preload *, const char *hello);

#endif
