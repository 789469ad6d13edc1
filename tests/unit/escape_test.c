/* escape: what is shown of foreign bytes. */
#include "render/escape.h"
#include "render/names.h"
#include "tests/unit/tap.h"

#include <stdlib.h>
#include <string.h>

static void check(const char *what, struct pyprof_text text, unsigned style, size_t columns, const char *wanted)
{
    char *got = NULL;
    size_t size;
    FILE *out = open_memstream(&got, &size);

    escape_text(out, text, style, columns);
    fclose(out);
    if (!ok(size == strlen(wanted) && memcmp(got, wanted, size) == 0, "%s", what))
        printf("# wanted %s\n# got    %s\n", wanted, got);
    free(got);
}

#define TEXT(literal) ((struct pyprof_text){literal, sizeof(literal) - 1})

static void test_terminal(void)
{
    check("plain text stays", TEXT("Class.method <lambda> \\ é 中 😀"), 0, 0, "Class.method <lambda> \\ é 中 😀");
    check("controls are shown", TEXT("a\033[2J\a\r\n\tb\177"), 0, 0, "a\\x1b[2J\\x07\\x0d\\n\\tb\\x7f");
    check("a NUL is shown", TEXT("a\0b"), 0, 0, "a\\x00b");
    check("C1 controls are shown",
          TEXT("\302\233"
               "31m"),
          0, 0, "\\x9b31m");
    check("overrides of direction are shown", TEXT("a\342\200\256b\342\201\246c\342\200\217"), 0, 0,
          "a\\u202eb\\u2066c\\u200f");
    check("separators of lines are shown", TEXT("\342\200\250\342\200\251\302\205"), 0, 0, "\\u2028\\u2029\\x85");
    check("tags are shown", TEXT("\363\240\200\201"), 0, 0, "\\U000e0001");
}

static void test_invalid(void)
{
    check("bytes that begin nothing are shown", TEXT("\377\300\200x"), 0, 0, "\\xff\\xc0\\x80x");
    check("overlong forms are invalid", TEXT("\340\200\257"), 0, 0, "\\xe0\\x80\\xaf");
    check("surrogates are invalid", TEXT("\355\240\200"), 0, 0, "\\xed\\xa0\\x80");
    check("beyond Unicode is invalid", TEXT("\364\220\200\200"), 0, 0, "\\xf4\\x90\\x80\\x80");
    check("a character that is cut is invalid", TEXT("a\342\202"), 0, 0, "a\\xe2\\x82");
}

static void test_styles(void)
{
    check("ASCII has nothing else", TEXT("é😀"), ESCAPE_ASCII, 0, "\\u00e9\\U0001f600");
    check("a frame of a collapsed stack holds no semicolon", TEXT("a;b\nc"), ESCAPE_SEMICOLON, 0, "a\\x3bb\\nc");
    check("JSON", TEXT("\"\\</script>&'\n\033"), ESCAPE_JSON, 0,
          "\\u0022\\u005c\\u003c/script\\u003e\\u0026\\u0027\\\\n\\\\x1b");
    check("JSON of a separator", TEXT("\342\200\250"), ESCAPE_JSON, 0, "\\\\u2028");
}

static void test_columns(void)
{
    check("what fits is whole", TEXT("abcé"), 0, 4, "abcé");
    check("what does not is cut", TEXT("abcéé"), 0, 4, "abcé…");
    check("in ASCII by dots", TEXT("abcdef"), ESCAPE_ASCII, 3, "abc...");
    check("an escape is not split", TEXT("abc\033d"), 0, 5, "abc…");
}

int main(void)
{
    test_terminal();
    test_invalid();
    test_styles();
    test_columns();
    return done_testing();
}
