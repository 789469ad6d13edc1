/*
 * elf_test: symbols of real images in this process's memory, checked against dlsym(3), and of damaged copies
 *
 * Damaged images may have any symbols or none; what is tested is that looking ends, and stays in the image.  Under
 * AddressSanitizer the copies' bounds are watched as well.
 */
#include <dlfcn.h>
#include <link.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "record/remote/elf.h"
#include "tap.h"

enum { FLIPS = 4000, IMAGE_MAX = 32 << 20 };

/* An image found among those of this process. */
struct found {
    const char *wanted; /* a part of its name */
    uint64_t base, size;
};

static int find_image(struct dl_phdr_info *info, size_t size, void *context)
{
    struct found *found = context;

    (void)size;
    if (!strstr(info->dlpi_name, found->wanted))
        return 0;
    found->base = info->dlpi_addr;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &info->dlpi_phdr[i];
        if (segment->p_type == PT_LOAD && segment->p_vaddr + segment->p_memsz > found->size)
            found->size = segment->p_vaddr + segment->p_memsz;
    }
    return 1;
}

/* Memory that ends: a copy of an image, at the image's own addresses, as its pointers have been relocated. */
struct copy {
    struct mem mem;
    unsigned char *bytes;
    uint64_t base, size;
    uint64_t reads, strays; /* and how many of them left the image */
};

static size_t read_copy(const struct mem *mem, const struct mem_piece *pieces, size_t n)
{
    struct copy *copy = (struct copy *)mem;

    for (size_t i = 0; i < n; i++) {
        uint64_t at = pieces[i].addr - copy->base;
        copy->reads++;
        if (at >= copy->size || pieces[i].len > copy->size - at) {
            copy->strays++;
            return i;
        }
        memcpy(pieces[i].into, copy->bytes + at, pieces[i].len);
    }
    return n;
}

static void test_real(const struct mem *mem, const struct found *image, const char *name)
{
    struct elf elf;
    uint64_t address = 0;

    ok(elf_open(&elf, mem, image->base), "%s is opened in memory", image->wanted);
    ok(elf_symbol(&elf, name, &address) && address == (uint64_t)dlsym(RTLD_DEFAULT, name),
       "%s is where dlsym finds it", name);
    ok(!elf_symbol(&elf, "no_such_symbol_in_it", &address), "what is not exported is not found");
    ok(!elf_symbol(&elf, "", &address), "nor a symbol without a name");
    ok(!elf_open(&elf, mem, image->base + 4096), "no image begins inside of another");
}

/* Copies what can be read of the image, with gaps as zeros. */
static bool copy_image(struct copy *copy, const struct mem *mem, const struct found *image)
{
    *copy = (struct copy){.mem = {.readv = read_copy, .fd = -1}, .base = image->base, .size = image->size};
    copy->bytes = image->size <= IMAGE_MAX ? calloc(1, image->size) : NULL;
    for (uint64_t at = 0; copy->bytes && at < image->size; at += 4096)
        mem_read(mem, image->base + at, copy->bytes + at, image->size - at < 4096 ? image->size - at : 4096);
    return copy->bytes;
}

/* Flips bytes of the headers and of the tables that lead to the symbols. */
static void test_damaged(struct copy *copy, const char *name)
{
    uint64_t found = 0, most = 0, address;
    struct elf elf;

    srandom(1);
    for (int i = 0; i < FLIPS; i++) {
        unsigned char before[4];
        uint64_t at[4];
        for (int j = 0; j < 4; j++) {
            at[j] = (uint64_t)random() % (i % 2 ? 1024 : copy->size / 4);
            before[j] = copy->bytes[at[j]];
            copy->bytes[at[j]] = (unsigned char)random();
        }
        copy->reads = 0;
        if (elf_open(&elf, &copy->mem, copy->base))
            found += elf_symbol(&elf, name, &address);
        most = copy->reads > most ? copy->reads : most;
        for (int j = 3; j >= 0; j--)
            copy->bytes[at[j]] = before[j];
    }
    ok(most < 400000, "damaged images end: at most %llu reads", (unsigned long long)most);
    ok(found > 0 && found < FLIPS, "some damage is met, some is not");
}

static void test_cut(struct copy *copy)
{
    uint64_t whole = copy->size, opened = 0;
    struct elf elf;

    for (copy->size = 0; copy->size < 2048; copy->size++)
        opened += elf_open(&elf, &copy->mem, copy->base);
    ok(opened == 0, "an image without its dynamic section is none");
    copy->size = whole;
}

int main(void)
{
    struct found libc = {.wanted = "libc."}, libz = {.wanted = "libz."};
    struct mem mem;
    struct copy copy;

    ok(dlopen("libz.so.1", RTLD_NOW | RTLD_GLOBAL), "libz is loaded");
    dl_iterate_phdr(find_image, &libc);
    dl_iterate_phdr(find_image, &libz);
    ok(mem_open(&mem, getpid()) == 0 && libc.base && libz.base, "libc and libz are there");
    test_real(&mem, &libc, "getppid");
    test_real(&mem, &libz, "inflateInit2_");
    if (ok(copy_image(&copy, &mem, &libz), "libz is copied")) {
        test_damaged(&copy, "inflateInit2_");
        test_cut(&copy);
    }
    free(copy.bytes);
    mem_close(&mem);
    return done_testing();
}
