#include "blocked.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <unistd.h>

int blocked_open(const char *process, pid_t tid)
{
    char path[64];

    snprintf(path, sizeof path, "/proc/%s/task/%d/syscall", process, (int)tid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool blocked_futex(int fd, uint64_t *address)
{
    char line[256];
    long number;
    ssize_t len = pread(fd, line, sizeof line - 1, 0);

    if (len <= 0)
        return false;
    line[len] = '\0';
    if (sscanf(line, "%ld %" SCNx64, &number, address) != 2 || number != SYS_futex)
        *address = 0;
    return true;
}
