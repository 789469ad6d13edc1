/*
 * elf: symbols of an executable or a shared object that is mapped in some process
 *
 * Works on the image in memory, not on the file: what a dynamic object exports is mapped with it (PT_DYNAMIC), so it
 * does not matter that the file was replaced, lies in another mount namespace or was stripped.
 *
 * The image is foreign.  Every address is checked to lie in it, every chain is cut, nothing is allocated; a damaged
 * image is one without symbols.
 *
 * Facts: elf(5); the GNU hash table as in glibc's elf/dl-lookup.c (do_lookup_x) and elf/dl-setup_hash.h.  glibc adds
 * the load address to the pointers of the dynamic section in memory, musl leaves them as they are in the file.
 */
#ifndef PYREC_REMOTE_ELF_H
#define PYREC_REMOTE_ELF_H

#include <stdbool.h>
#include <stdint.h>

#include "record/mem.h"

/* An opened image.  Belongs to the caller; nothing is to be released. */
struct elf {
    const struct mem *mem;
    uint64_t start, end; /* of the image in memory */
    uint64_t bias;       /* what to add to the file's addresses */
    uint64_t symbols, strings;
    uint64_t gnu_hash, hash; /* tables, or 0 */
};

/*
 * Opens the image whose ELF header is mapped at `base`; false if there is no dynamic 64-bit little-endian object of
 * at least one symbol table.  `mem` must live as long as the image is used.
 */
bool elf_open(struct elf *, const struct mem *mem, uint64_t base);

/* The address in memory of an exported symbol; false if the image does not define one of that name. */
bool elf_symbol(const struct elf *, const char *name, uint64_t *address);

#endif
