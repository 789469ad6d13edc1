#include "elf.h"

#include <elf.h>
#include <string.h>

enum {
    SEGMENTS_MAX = 128,
    DYNAMIC_MAX = 256,     /* entries looked at */
    CHAIN_MAX = 64 * 1024, /* symbols of one hash chain; usual are one to three */
    NAME_MAX_SIZE = 64,    /* names looked up are shorter */
};

/* Reads what lies whole in the image. */
static bool read_at(const struct elf *self, uint64_t address, void *into, size_t size)
{
    return address >= self->start && address < self->end && size <= self->end - address &&
           mem_read(self->mem, address, into, size);
}

static bool is_known(const Elf64_Ehdr *header)
{
    return memcmp(header->e_ident, ELFMAG, SELFMAG) == 0 && header->e_ident[EI_CLASS] == ELFCLASS64 &&
           header->e_ident[EI_DATA] == ELFDATA2LSB && (header->e_type == ET_DYN || header->e_type == ET_EXEC) &&
           header->e_phentsize == sizeof(Elf64_Phdr) && header->e_phnum > 0 && header->e_phnum <= SEGMENTS_MAX;
}

/* Sets the image's bounds and bias from its segments and finds the dynamic one; false if they make no sense. */
static bool take_segments(struct elf *self, uint64_t base, const Elf64_Phdr *segments, size_t n, uint64_t *dynamic)
{
    const Elf64_Phdr *found = NULL;
    bool loaded = false;

    for (size_t i = 0; i < n; i++) {
        const Elf64_Phdr *segment = &segments[i];
        if (segment->p_type == PT_DYNAMIC)
            found = segment;
        if (segment->p_type != PT_LOAD)
            continue;
        if (!loaded) /* the first one begins with the file */
            self->bias = base - (segment->p_vaddr - segment->p_offset);
        loaded = true;
        uint64_t start = self->bias + segment->p_vaddr, end = start + segment->p_memsz;
        if (start < base || end < start)
            return false;
        if (end > self->end)
            self->end = end;
    }
    if (!loaded || !found)
        return false;
    *dynamic = self->bias + found->p_vaddr;
    return true;
}

/* An address of the dynamic section, which has the bias added or not; 0 if it is none in the image. */
static uint64_t pointer(const struct elf *self, uint64_t value)
{
    uint64_t moved = value + self->bias;

    if (value >= self->start && value < self->end)
        return value;
    return moved >= self->start && moved < self->end ? moved : 0;
}

static bool take_dynamic(struct elf *self, uint64_t dynamic)
{
    Elf64_Dyn entry;

    for (int i = 0; i < DYNAMIC_MAX; i++) {
        if (!read_at(self, dynamic + (uint64_t)i * sizeof entry, &entry, sizeof entry) || entry.d_tag == DT_NULL)
            break;
        if (entry.d_tag == DT_SYMTAB)
            self->symbols = pointer(self, entry.d_un.d_ptr);
        else if (entry.d_tag == DT_STRTAB)
            self->strings = pointer(self, entry.d_un.d_ptr);
        else if (entry.d_tag == DT_GNU_HASH)
            self->gnu_hash = pointer(self, entry.d_un.d_ptr);
        else if (entry.d_tag == DT_HASH)
            self->hash = pointer(self, entry.d_un.d_ptr);
    }
    return self->symbols && self->strings && (self->gnu_hash || self->hash);
}

bool elf_open(struct elf *self, const struct mem *mem, uint64_t base)
{
    Elf64_Ehdr header;
    Elf64_Phdr segments[SEGMENTS_MAX];
    uint64_t dynamic;

    *self = (struct elf){.mem = mem, .start = base};
    if (!mem_read(mem, base, &header, sizeof header) || !is_known(&header))
        return false;
    if (!mem_read(mem, base + header.e_phoff, segments, header.e_phnum * sizeof *segments))
        return false;
    return take_segments(self, base, segments, header.e_phnum, &dynamic) && take_dynamic(self, dynamic);
}

/* Whether symbol `index` is a defined one of that name; its address then. */
static bool is_symbol(const struct elf *self, uint32_t index, const char *name, uint64_t *address)
{
    Elf64_Sym symbol;
    char found[NAME_MAX_SIZE];
    size_t size = strlen(name) + 1;

    if (size > sizeof found ||
        !read_at(self, self->symbols + (uint64_t)index * sizeof symbol, &symbol, sizeof symbol))
        return false;
    if (symbol.st_shndx == SHN_UNDEF || !read_at(self, self->strings + symbol.st_name, found, size))
        return false;
    if (memcmp(found, name, size) != 0)
        return false;
    *address = self->bias + symbol.st_value;
    return *address >= self->start && *address < self->end;
}

static bool by_gnu_hash(const struct elf *self, const char *name, uint64_t *address)
{
    struct {
        uint32_t buckets, first, bloom_words, shift;
    } head = {0};
    uint32_t hash = 5381, index, stored;

    for (const char *at = name; *at; at++)
        hash = hash * 33 + (unsigned char)*at;
    if (!read_at(self, self->gnu_hash, &head, sizeof head) || head.buckets == 0)
        return false;

    uint64_t buckets = self->gnu_hash + sizeof head + (uint64_t)head.bloom_words * sizeof(uint64_t);
    uint64_t chains = buckets + (uint64_t)head.buckets * sizeof index;
    if (!read_at(self, buckets + hash % head.buckets * sizeof index, &index, sizeof index) || index < head.first)
        return false;
    for (int i = 0; i < CHAIN_MAX; i++, index++) {
        if (!read_at(self, chains + (uint64_t)(index - head.first) * sizeof stored, &stored, sizeof stored))
            return false;
        if ((stored | 1) == (hash | 1) && is_symbol(self, index, name, address))
            return true;
        if (stored & 1) /* the chain's last */
            return false;
    }
    return false;
}

static bool by_hash(const struct elf *self, const char *name, uint64_t *address)
{
    struct {
        uint32_t buckets, chains;
    } head = {0};
    uint32_t hash = 0, index;

    for (const char *at = name; *at; at++) {
        hash = (hash << 4) + (unsigned char)*at;
        hash = (hash ^ (hash >> 24 & 0xf0)) & 0x0fffffff;
    }
    if (!read_at(self, self->hash, &head, sizeof head) || head.buckets == 0)
        return false;

    uint64_t table = self->hash + sizeof head, next = hash % head.buckets;
    for (int i = 0; i < CHAIN_MAX; i++) {
        if (!read_at(self, table + next * sizeof index, &index, sizeof index) || index == 0 || index >= head.chains)
            return false;
        if (is_symbol(self, index, name, address))
            return true;
        next = (uint64_t)head.buckets + index;
    }
    return false;
}

bool elf_symbol(const struct elf *self, const char *name, uint64_t *address)
{
    return (self->gnu_hash && by_gnu_hash(self, name, address)) || (self->hash && by_hash(self, name, address));
}
