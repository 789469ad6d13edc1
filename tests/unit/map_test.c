/* map, names: numbers for keys and for bytes. */
#include "render/names.h"
#include "tests/unit/tap.h"

#include <string.h>

static void test_map(void)
{
    struct map map = {0};
    bool fresh = true, kept = true;

    ok(map_get(&map, 1) == 0, "an empty map has nothing");
    for (uint32_t i = 1; i <= 10000; i++) {
        uint32_t *value = map_at(&map, (uint64_t)i << 32);

        fresh = fresh && value && *value == 0;
        *value = i;
    }
    ok(fresh, "a new key has no value");
    for (uint32_t i = 1; i <= 10000; i++)
        kept = kept && map_get(&map, (uint64_t)i << 32) == i && *map_at(&map, (uint64_t)i << 32) == i;
    ok(kept && map.used == 10000, "every key keeps its value");
    ok(map_get(&map, 7) == 0 && map.used == 10000, "asking adds nothing");
    map_free(&map);
    ok(map_get(&map, 1) == 0, "a map that was freed is empty");
}

static void test_names(void)
{
    struct names names = {0};
    uint32_t a = names_intern(&names, text_of("a")), nul = names_intern(&names, (struct pyprof_text){"a\0b", 3});
    bool kept = true;

    ok(names_intern(&names, text_of("")) == 0 && names_text(&names, 0).size == 0, "the empty text is 0");
    ok(a && nul && a != nul && names_intern(&names, text_of("a")) == a, "equal bytes have one id");
    ok(names_text(&names, nul).size == 3 && names_text(&names, nul).bytes[3] == '\0',
       "a NUL may be inside, one is behind");
    for (int round = 0; round < 2; round++)
        for (int i = 0; i < 5000; i++) {
            char text[20];

            snprintf(text, sizeof text, "name %d", i);
            kept = kept && names_intern(&names, text_of(text)) == (uint32_t)i + 3;
        }
    ok(kept, "ids are in order of arrival");
    names_free(&names);
}

static void test_sets(void)
{
    struct names names = {0};
    struct texts set = {0};
    static const char *const words[] = {"b", "a", "b", "ab"};

    for (size_t i = 0; i < 4; i++)
        texts_add(&set, names_text(&names, names_intern(&names, text_of(words[i]))));
    texts_sort(&set);
    ok(set.count == 3 && text_equal(set.items[0], text_of("a")) && text_equal(set.items[1], text_of("ab")) &&
           text_equal(set.items[2], text_of("b")),
       "a set has each text once, sorted");
    texts_free(&set);
    names_free(&names);
}

int main(void)
{
    test_map();
    test_names();
    test_sets();
    return done_testing();
}
