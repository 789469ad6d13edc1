#include "proc.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX = 4096,
    START_TIME = 22, /* field of stat */
};

ssize_t proc_read(pid_t pid, const char *name, char *into, size_t room)
{
    char path[96];
    size_t len = 0;
    ssize_t got;

    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return -1;
    while ((got = read(fd, into + len, room - 1 - len)) > 0)
        len += (size_t)got;
    into[len] = '\0';
    int error = errno;
    close(fd);
    errno = error;
    return got < 0 ? -1 : (ssize_t)len;
}

bool proc_field(pid_t pid, const char *name, const char *key, char *value, size_t room)
{
    char text[FILE_MAX];
    size_t key_len = strlen(key);

    if (proc_read(pid, name, text, sizeof text) < 0)
        return false;
    for (char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, key, key_len) != 0 || line[key_len] != ':')
            continue;
        const char *from = line + key_len + 1;
        from += strspn(from, " \t");
        snprintf(value, room, "%.*s", (int)strcspn(from, "\n"), from);
        return true;
    }
    return false;
}

unsigned long proc_number(pid_t pid, const char *name, const char *key, int base, unsigned long missing)
{
    char value[256], *end;

    if (!proc_field(pid, name, key, value, sizeof value))
        return missing;
    unsigned long number = strtoul(value, &end, base);
    return end == value ? missing : number;
}

uint64_t proc_start(pid_t pid)
{
    char text[FILE_MAX];

    if (proc_read(pid, "stat", text, sizeof text) <= 0)
        return 0;
    const char *at = strrchr(text, ')'); /* the second field, in parentheses, may hold anything */
    if (at && (strncmp(at, ") Z", 3) == 0 || strncmp(at, ") X", 3) == 0))
        return 0;
    for (int field = 3; at && field <= START_TIME; field++)
        at = strchr(at + 1, ' ');
    return at ? strtoull(at, NULL, 10) : 0;
}

int proc_open_space(pid_t pid)
{
    char path[32];

    snprintf(path, sizeof path, "/proc/%d/mem", (int)pid);
    return open(path, O_RDONLY | O_CLOEXEC);
}

bool proc_has(int space, uint64_t address)
{
    char byte;

    return pread(space, &byte, 1, (off_t)address) == 1;
}

bool proc_images(pid_t pid, bool (*each)(void *, const struct proc_image *), void *context)
{
    char path[64], *line = NULL;
    size_t room = 0;
    bool found = false;

    snprintf(path, sizeof path, "/proc/%d/maps", (int)pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        return false;
    while (!found && getline(&line, &room, maps) > 0) {
        uint64_t start, offset;
        int name = 0;
        if (sscanf(line, "%" SCNx64 "-%*x %*s %" SCNx64 " %*s %*s %n", &start, &offset, &name) < 2 || name == 0)
            continue;
        line[strcspn(line, "\n")] = '\0';
        if (offset == 0 && line[name] == '/')
            found = each(context, &(struct proc_image){.base = start, .path = line + name});
    }
    free(line);
    fclose(maps);
    return found;
}

void proc_threads(pid_t pid, void (*each)(void *, pid_t), void *context)
{
    char path[64];
    struct dirent *entry;

    snprintf(path, sizeof path, "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    if (!folder)
        return;
    while ((entry = readdir(folder))) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid > 0)
            each(context, tid);
    }
    closedir(folder);
}

/* The children of one thread: a line of numbers. */
static void children_of(pid_t pid, pid_t tid, void (*each)(void *, pid_t), void *context)
{
    char path[64];
    int child;

    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)pid, (int)tid);
    FILE *file = fopen(path, "re");
    if (!file)
        return;
    while (fscanf(file, "%d", &child) == 1)
        each(context, child);
    fclose(file);
}

struct walk_children {
    pid_t pid;
    void (*each)(void *, pid_t);
    void *context;
};

static void visit_thread(void *context, pid_t tid)
{
    const struct walk_children *walk = context;

    children_of(walk->pid, tid, walk->each, walk->context);
}

void proc_children(pid_t pid, void (*each)(void *, pid_t), void *context)
{
    proc_threads(pid, visit_thread, &(struct walk_children){pid, each, context});
}
