#include "near.h"

#include <link.h>
#include <string.h>
#include <unistd.h>

/* Constant once near_open has returned. */
static struct {
    size_t (*far_readv)(const struct mem *, const struct mem_piece *, size_t);
    uint64_t start, end; /* of the segment */
} near;

static bool is_near(const struct mem_piece *piece)
{
    return piece->addr >= near.start && piece->addr < near.end && piece->len <= near.end - piece->addr;
}

static size_t near_readv(const struct mem *mem, const struct mem_piece *pieces, size_t n)
{
    size_t done = 0;

    while (done < n) {
        size_t run = done;
        while (run < n && !is_near(&pieces[run]))
            run++;
        if (run > done) {
            size_t got = near.far_readv(mem, pieces + done, run - done);
            done += got;
            if (done < run)
                break;
        } else {
            memcpy(pieces[done].into, (const void *)pieces[done].addr, pieces[done].len);
            done++;
        }
    }
    return done;
}

/* For dl_iterate_phdr(3): keeps the writable segment that holds the address at `wanted`, and ends the search. */
static int keep_segment(struct dl_phdr_info *object, size_t size, void *wanted)
{
    uint64_t address = *(const uint64_t *)wanted;

    (void)size;
    for (int i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uint64_t start = object->dlpi_addr + segment->p_vaddr;
        if (segment->p_type != PT_LOAD || !(segment->p_flags & PF_W))
            continue;
        if (address < start || address - start >= segment->p_memsz)
            continue;
        near.start = start;
        near.end = start + segment->p_memsz;
        return 1;
    }
    return 0;
}

int near_open(struct mem *mem, uint64_t runtime)
{
    if (mem_open(mem, getpid()) != 0)
        return -1;
    dl_iterate_phdr(keep_segment, &runtime);
    near.far_readv = mem->readv;
    mem->readv = near_readv;
    return 0;
}
