#include "names.h"

#include "grow.h"

#include <string.h>

static char *copy(struct pyprof_text text)
{
    char *bytes = malloc(text.size + 1);

    if (!bytes)
        return NULL;
    memcpy(bytes, text.bytes, text.size);
    bytes[text.size] = '\0';
    return bytes;
}

uint32_t names_intern(struct names *names, struct pyprof_text text)
{
    uint64_t key = map_hash(text.bytes, text.size);
    uint32_t *id;
    char *bytes;

    if (!text.size)
        return 0;
    /* Texts whose hashes are equal take the keys that follow. */
    while ((id = map_at(&names->by_hash, key++)) && *id)
        if (text_equal(names->items[*id - 1], text))
            return *id;
    bytes = id ? copy(text) : NULL;
    if (!bytes || GROW(&names->items, &names->room, names->count + 1) < 0) {
        free(bytes);
        return UINT32_MAX;
    }
    names->items[names->count++] = (struct pyprof_text){bytes, text.size};
    *id = (uint32_t)names->count;
    return *id;
}

struct pyprof_text names_text(const struct names *names, uint32_t id)
{
    return id ? names->items[id - 1] : text_of("");
}

void names_free(struct names *names)
{
    for (size_t i = 0; i < names->count; i++)
        free((char *)names->items[i].bytes);
    free(names->items);
    map_free(&names->by_hash);
    *names = (struct names){0};
}

int texts_add(struct texts *set, struct pyprof_text text)
{
    uint32_t *have = map_at(&set->have, (uintptr_t)text.bytes);

    if (!have || GROW(&set->items, &set->room, set->count + 1) < 0)
        return -1;
    if (!*have) {
        set->items[set->count++] = text;
        *have = (uint32_t)set->count;
    }
    return 0;
}

static int compare_items(const void *a, const void *b)
{
    return text_compare(*(const struct pyprof_text *)a, *(const struct pyprof_text *)b);
}

void texts_sort(struct texts *set)
{
    if (set->count)
        qsort(set->items, set->count, sizeof *set->items, compare_items);
}

void texts_free(struct texts *set)
{
    free(set->items);
    map_free(&set->have);
    *set = (struct texts){0};
}

int text_compare(struct pyprof_text a, struct pyprof_text b)
{
    size_t size = a.size < b.size ? a.size : b.size;
    int order = size ? memcmp(a.bytes, b.bytes, size) : 0;

    return order ? order : (a.size > b.size) - (a.size < b.size);
}

struct pyprof_text text_of(const char *string)
{
    return (struct pyprof_text){string, strlen(string)};
}
