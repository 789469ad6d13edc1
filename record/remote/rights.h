/*
 * rights: why the memory of another process may not be read, and what would give the right
 *
 * Facts: ptrace(2), "Ptrace access mode checking"; Yama, Documentation/admin-guide/LSM/Yama.rst; capabilities(7);
 * proc(5) on who owns the files of a process that is not dumpable.
 */
#ifndef PYREC_REMOTE_RIGHTS_H
#define PYREC_REMOTE_RIGHTS_H

#include <stddef.h>
#include <sys/types.h>

/* Writes to `why` what is most likely missing, and what would give it. */
void rights_explain(pid_t pid, char *why, size_t room);

#endif
