#include "interpreter.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "elf.h"
#include "proc.h"
#include "rights.h"

/* Functions that a version exports for the first time, the newest version first; of 2.7, what 3 has no more. */
static const struct {
    const char *symbol;
    const char *version;
} added[] = {
    {"PyIter_Send", "3.10"},        {"PyFrame_GetCode", "3.9"}, {"PyCode_NewWithPosOnlyArgs", "3.8"},
    {"PyThread_tss_create", "3.7"}, {"PyOS_FSPath", "3.6"},     {"PyString_FromString", "2.7"},
};

struct search {
    struct interpreter *found;
    struct elf elf; /* the image with the runtime in it */
};

/* For proc_images. */
static bool has_runtime(void *context, const struct proc_image *image)
{
    struct search *search = context;

    uint64_t *address = &search->found->runtime.address;

    return elf_open(&search->elf, &search->found->runtime.mem, image->base) &&
           (elf_symbol(&search->elf, "_PyRuntime", address) ||
            elf_symbol(&search->elf, "_PyThreadState_Current", address));
}

/* Writes the version as Py_GetVersion would begin; an empty one if it is none that is known here. */
static void read_version(const struct search *search, char *version, size_t room)
{
    uint64_t address, hex;

    version[0] = '\0';
    if (elf_symbol(&search->elf, "Py_Version", &address) && mem_read(search->elf.mem, address, &hex, sizeof hex)) {
        bool threaded = elf_symbol(&search->elf, "_Py_MergeZeroLocalRefcount", &address);
        snprintf(version, room, "%u.%u.%u%s", (unsigned)(hex >> 24 & 0xff), (unsigned)(hex >> 16 & 0xff),
                 (unsigned)(hex >> 8 & 0xff), threaded ? " free-threading build" : "");
        return;
    }
    for (size_t i = 0; i < sizeof added / sizeof *added && !version[0]; i++) {
        if (elf_symbol(&search->elf, added[i].symbol, &address))
            snprintf(version, room, "%s", added[i].version);
    }
}

static enum interpreter_result look(struct interpreter *self, pid_t pid, char *why)
{
    struct search search = {.found = self};
    uint64_t ignored;

    if (!proc_images(pid, has_runtime, &search)) {
        snprintf(why, INTERPRETER_WHY_MAX, "no CPython in it");
        return INTERPRETER_NONE;
    }
    read_version(&search, self->version, sizeof self->version);
    if (!self->version[0]) {
        snprintf(why, INTERPRETER_WHY_MAX, "a CPython from before 3.6 other than 2.7");
        return INTERPRETER_UNKNOWN;
    }
    bool traced = elf_symbol(&search.elf, LAYOUT_TRACED_SYMBOL, &ignored);
    self->runtime.layout = layout_for(self->version, traced, why, INTERPRETER_WHY_MAX);
    return self->runtime.layout ? INTERPRETER_FOUND : INTERPRETER_UNKNOWN;
}

enum interpreter_result interpreter_find(struct interpreter *self, pid_t pid, char *why)
{
    *self = (struct interpreter){.runtime.mem.fd = -1};
    if (proc_start(pid) == 0)
        return INTERPRETER_GONE;
    if (mem_open(&self->runtime.mem, pid) != 0) {
        if (errno == ESRCH || errno == ENOENT)
            return INTERPRETER_GONE;
        rights_explain(pid, why, INTERPRETER_WHY_MAX);
        return INTERPRETER_DENIED;
    }
    enum interpreter_result result = look(self, pid, why);
    if (result != INTERPRETER_FOUND)
        interpreter_close(self);
    return result;
}

void interpreter_close(struct interpreter *self)
{
    mem_close(&self->runtime.mem);
}
