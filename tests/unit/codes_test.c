/* codes: a code object has one id as long as the table holds it, and no id is given twice. */
#include <stdlib.h>
#include <string.h>

#include "record/sample/codes.c"
#include "record/sample/pages.c"
#include "tests/unit/tap.h"

static void test_identity(void);
static void test_many(void);

int main(void)
{
    test_identity();
    test_many();
    return done_testing();
}

static void test_identity(void)
{
    struct codes codes = {0};
    const struct walk_code code = {.address = 64, .qualname = 128, .linetable = 192, .firstline = 5, .size = 7};
    struct walk_code others[5];

    ok(codes_find(&codes, &code) == 0, "an empty table finds nothing");
    ok(codes_add(&codes, &code) == 1 && codes_find(&codes, &code) == 1, "what was added is found");
    for (size_t i = 0; i < 5; i++)
        others[i] = code;
    others[0].address++;
    others[1].qualname++;
    others[2].linetable++;
    others[3].firstline++;
    others[4].size++;
    bool apart = true;
    for (uint32_t i = 0; i < 5; i++)
        apart = apart && codes_find(&codes, &others[i]) == 0 && codes_add(&codes, &others[i]) == i + 2;
    ok(apart, "code that differs in any field is other code");
    ok(codes_find(&codes, &code) == 1 && codes_find(&codes, &others[4]) == 6, "and they stay apart");
    pages_free(codes.slots, codes.room * sizeof *codes.slots);
}

static struct walk_code numbered(uint32_t n)
{
    return (struct walk_code){.address = 0x7f0000000000 + 176 * (uint64_t)n, .linetable = n, .size = 3};
}

static void test_many(void)
{
    struct codes codes = {0};
    bool ascending = true, found = true;

    for (uint32_t i = 0; i < CODES_MAX; i++) {
        struct walk_code code = numbered(i);
        ascending = ascending && codes_add(&codes, &code) == i + 1;
    }
    for (uint32_t i = 0; i < CODES_MAX; i++) {
        struct walk_code code = numbered(i);
        found = found && codes_find(&codes, &code) == i + 1;
    }
    ok(ascending && found, "a table grows to its limit and forgets nothing");
    struct walk_code last = numbered(CODES_MAX), first = numbered(0);
    ok(codes_add(&codes, &last) == CODES_MAX + 1 && codes_find(&codes, &last) == CODES_MAX + 1,
       "beyond it, ids go on");
    ok(codes_find(&codes, &first) == 0 && codes_add(&codes, &first) == CODES_MAX + 2,
       "and what was forgotten gets a new one");
    pages_free(codes.slots, codes.room * sizeof *codes.slots);
}
