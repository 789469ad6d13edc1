#include "origin.h"

#include <fnmatch.h>
#include <string.h>

static bool begins_with(struct pyprof_text text, const char *start)
{
    return text.size >= strlen(start) && memcmp(text.bytes, start, strlen(start)) == 0;
}

static bool contains(struct pyprof_text text, const char *part)
{
    return text.size && memmem(text.bytes, text.size, part, strlen(part));
}

/* Bytes of `file` that are the folder and the slash behind it; 0 if `file` is not below `folder`. */
static size_t below(struct pyprof_text file, struct pyprof_text folder)
{
    while (folder.size && folder.bytes[folder.size - 1] == '/')
        folder.size--;
    if (!folder.size || file.size <= folder.size || file.bytes[folder.size] != '/')
        return 0;
    return memcmp(file.bytes, folder.bytes, folder.size) == 0 ? folder.size + 1 : 0;
}

/* The most bytes that an entry takes off the front of `file`. */
static size_t nearest(struct pyprof_text file, const struct texts *folders)
{
    size_t most = 0;

    for (size_t i = 0; i < folders->count; i++) {
        size_t taken = below(file, folders->items[i]);

        if (taken > most)
            most = taken;
    }
    return most;
}

/* Typed in rather than installed: exec and eval, -c, the prompts of each Python, doctest, IPython and its kernels. */
static bool typed_in(struct pyprof_text file)
{
    return !file.size || text_equal(file, text_of("<string>")) || text_equal(file, text_of("<stdin>")) ||
           text_equal(file, text_of("<console>")) || begins_with(file, "<python-input-") ||
           begins_with(file, "<ipython-input-") || begins_with(file, "<doctest ") || contains(file, "/ipykernel_");
}

static enum model_origin origin_of(struct pyprof_text file, const struct texts *prefixes)
{
    if (typed_in(file))
        return ORIGIN_CALLER;
    if (begins_with(file, "<") || nearest(file, prefixes) || contains(file, "/site-packages/") ||
        contains(file, "/dist-packages/"))
        return ORIGIN_LIBRARY;
    return ORIGIN_APPLICATION;
}

static bool matches(struct pyprof_text file, const char *const *patterns, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (fnmatch(patterns[i], file.bytes, 0) == 0)
            return true;
    return false;
}

void origin_mark(struct model_function *function, const struct texts *prefixes, const struct texts *paths,
                 const struct model_patterns *patterns)
{
    size_t folder = nearest(function->file, paths);

    function->path = (struct pyprof_text){function->file.bytes + folder, function->file.size - folder};
    function->origin = origin_of(function->file, prefixes);
    function->folding = FOLD_BY_ORIGIN;
    if (matches(function->file, patterns->hide, patterns->nhide))
        function->folding = FOLD_ALWAYS;
    if (matches(function->file, patterns->show, patterns->nshow))
        function->folding = FOLD_NEVER;
}
