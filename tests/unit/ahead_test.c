/*
 * ahead_test: what is read ahead, out of this process's memory, and what is not
 */
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "record/remote/ahead.h"
#include "tap.h"

enum { PAGE = 4096, PAGES = 4 };

static struct ahead ahead;
static struct ahead_list list;
static unsigned char *memory;

static bool read_at(size_t offset, void *into, size_t len)
{
    return mem_read(&ahead.runtime.mem, (uint64_t)(uintptr_t)(memory + offset), into, len);
}

/* Reads as a walk would, under a claim; what it sees of two places. */
static bool walk(unsigned char seen[2])
{
    return read_at(100, &seen[0], 1) && read_at(2 * PAGE + 7, &seen[1], 1);
}

static void test_freshness(void)
{
    unsigned char seen[2];

    memory[100] = 1, memory[2 * PAGE + 7] = 2;
    ahead_start(&ahead, &list);
    ok(walk(seen) && seen[0] == 1 && seen[1] == 2, "without a list, all is read when it is asked for");
    ahead_stop(&ahead, &list);
    ok(list.n == 2, "what was read is on the list");

    memory[100] = 3;
    ahead_start(&ahead, &list);
    memory[100] = 4;
    ok(walk(seen) && seen[0] == 3 && seen[1] == 2, "with it, as it was at the start");
    ahead_stop(&ahead, &list);
    ok(walk(seen) && seen[0] == 4, "after the end, as it is");
    memory[100] = 5;
    ahead_start(&ahead, &list);
    ok(walk(seen) && seen[0] == 5, "from one start to the next nothing stays");
    ahead_stop(&ahead, &list);
}

static void test_gaps(void)
{
    unsigned char seen[2], bytes[PAGE];
    struct mem_piece pieces[3] = {
        {(uint64_t)(uintptr_t)memory + 100, &seen[0], 1},
        {(uint64_t)(uintptr_t)memory + PAGE + 1, bytes, 600},
        {(uint64_t)(uintptr_t)memory + 2 * PAGE + 7, &seen[1], 1},
    };

    memset(memory + PAGE, 7, PAGE);
    ahead_start(&ahead, &list);
    ok(ahead.runtime.mem.readv(&ahead.runtime.mem, pieces, 3) == 3 && bytes[0] == 7 && bytes[599] == 7 &&
           seen[1] == 2,
       "pieces on the list and off it come together");
    ahead_stop(&ahead, &list);
    ok(list.n == 2 + 3, "and are on the next one");

    mprotect(memory + PAGE, PAGE, PROT_NONE);
    ahead_start(&ahead, &list);
    ok(ahead.runtime.mem.readv(&ahead.runtime.mem, pieces, 3) == 1, "what has gone is not there");
    ok(walk(seen) && seen[1] == 2, "what lies behind it still is");
    ahead_stop(&ahead, &list);
    mprotect(memory + PAGE, PAGE, PROT_READ | PROT_WRITE);
}

/* More than a list holds, in an order that it does not like. */
static void test_many(void)
{
    bool right = true;

    for (size_t i = 0; i < (size_t)PAGE * PAGES; i++)
        memory[i] = (unsigned char)(i / 97);
    srandom(2);
    for (int round = 0; round < 200; round++) {
        ahead_start(&ahead, &list);
        for (int i = 0; i < 100; i++) {
            unsigned char bytes[900];
            size_t len = (size_t)random() % sizeof bytes, at = (size_t)random() % (PAGE * PAGES - len);
            right = right && read_at(at, bytes, len) && memcmp(bytes, memory + at, len) == 0;
        }
        ahead_stop(&ahead, &list);
        right = right && list.n <= AHEAD_LINES;
    }
    ok(right, "20,000 pieces read right, whatever was on the list");
}

int main(void)
{
    struct walk_runtime runtime = {0};

    memory = mmap(NULL, (size_t)PAGE * PAGES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (!ok(memory != MAP_FAILED && mem_open(&runtime.mem, getpid()) == 0, "memory to read"))
        return done_testing();
    ahead_open(&ahead, &runtime);
    test_freshness();
    test_gaps();
    test_many();
    ahead_close(&ahead);
    return done_testing();
}
