/* intern_test: equal bytes get equal ids, others others, through every growth of the table */
#include "format/intern.h"
#include "tap.h"

#include <string.h>

enum { MANY = 100000 };

static void test_many(void)
{
    struct intern intern = {0};
    bool dense = true, again = true, kept = true;
    char name[32];

    for (int i = 0; i < MANY; i++) {
        snprintf(name, sizeof name, "function number %d", i);
        dense &= intern_id(&intern, name, (uint32_t)strlen(name)) == (uint32_t)i + 1;
    }
    for (int i = MANY - 1; i >= 0; i--) {
        uint32_t size;
        const uint8_t *bytes;

        snprintf(name, sizeof name, "function number %d", i);
        again &= intern_id(&intern, name, (uint32_t)strlen(name)) == (uint32_t)i + 1;
        bytes = intern_bytes(&intern, (uint32_t)i + 1, &size);
        kept &= size == strlen(name) && memcmp(bytes, name, size) == 0;
    }
    ok(dense, "ids are dense, from 1");
    ok(again && intern.count == MANY, "the same bytes get the same id");
    ok(kept, "an id gives its bytes back");
    intern_free(&intern);
}

static void test_sizes(void)
{
    struct intern intern = {0};
    uint8_t zeros[40] = {0};
    bool all = true;

    for (uint32_t size = 0; size < sizeof zeros; size++)
        all &= intern_id(&intern, zeros, size) == size + 1;
    for (uint32_t size = 0; size < sizeof zeros; size++)
        all &= intern_id(&intern, zeros, size) == size + 1;
    ok(all, "zeros of different length are different, and nothing is a value too");
    intern_free(&intern);
}

int main(void)
{
    test_many();
    test_sizes();
    return done_testing();
}
