/*
 * near: a struct mem of the own process that reads the interpreter's static data without a system call
 *
 * process_vm_readv costs a microsecond or more, which a tick would pay a dozen times over.  The data segment that
 * holds _PyRuntime is mapped as long as the process lives, so it may be read as it is; from 3.11 on the main
 * interpreter, its GIL and the main thread's state lie in it too.  Everything else is read by mem_open's reader.
 */
#ifndef PYREC_SAMPLE_NEAR_H
#define PYREC_SAMPLE_NEAR_H

#include "record/mem.h"

/*
 * Opens the memory of the calling process; `runtime` is walk_runtime.address.  Returns 0, or -1 as mem_open.
 * There is one segment for the whole process: opening again, as in a fork, finds the same.
 */
int near_open(struct mem *, uint64_t runtime);

#endif
