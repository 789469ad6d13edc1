/* escape: what is shown of foreign bytes. */
#include "render/escape.h"
#include "render/names.h"
#include "tests/unit/tap.h"

#include <locale.h>
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
    check("what does not is cut", TEXT("abcéé"), 0, 4, "abc…");
    check("in ASCII by dots", TEXT("abcdef"), ESCAPE_ASCII, 5, "ab...");
    check("by as many as there is room for", TEXT("abcdef"), ESCAPE_ASCII, 2, "..");
    check("an escape is not split", TEXT("abc\033d"), 0, 6, "abc…");
    check("a wide character takes two columns", TEXT("中文字"), 0, 6, "中文字");
    check("and is not split", TEXT("中文字"), 0, 4, "中…");
    check("a combining one takes none", TEXT("e\314\201e\314\201"), 0, 2, "e\314\201e\314\201");
    check("unless they pile up", TEXT("e\314\201\314\201\314\201\314\201\314\201\314\201\314\201"), 0, 3,
          "e\314\201\314\201\314\201\314\201\314\201…");
    check("in JSON a character is one", TEXT("中文字"), ESCAPE_JSON, 3, "中文字");
}

static void check_end(const char *what, struct pyprof_text text, unsigned style, size_t columns, const char *wanted)
{
    char got[100] = "";
    FILE *out = fmemopen(got, sizeof got, "w");
    size_t used = escape_end(out, text, style, columns);

    fclose(out);
    if (!ok(strcmp(got, wanted) == 0 && used == escape_columns(text_of(wanted), style, 0), "%s", what))
        printf("# wanted %s\n# got    %s in %zu\n", wanted, got, used);
}

static void test_end(void)
{
    check_end("what fits is whole from its end too", TEXT("a/b.py"), 0, 6, "a/b.py");
    check_end("an end of what does not", TEXT("some/b.py"), 0, 6, "…/b.py");
    check_end("an end in ASCII", TEXT("some/b.py"), ESCAPE_ASCII, 7, "...b.py");
    check_end("an end does not split wide characters", TEXT("中文字"), 0, 4, "…字");
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    test_terminal();
    test_invalid();
    test_styles();
    test_columns();
    test_end();
    return done_testing();
}
