#include "layout.h"

#include <stdio.h>
#include <string.h>

static const struct layout *const layouts[] = {
    &layout_2_07, &layout_3_06, &layout_3_07, &layout_3_08, &layout_3_09, &layout_3_10,
    &layout_3_11, &layout_3_12, &layout_3_13, &layout_3_14, &layout_3_15,
};
static const struct layout *const traced_layouts[] = {&layout_2_07d, &layout_3_06d, &layout_3_07d};
static const struct layout *const free_threaded_layouts[] = {&layout_3_13t, &layout_3_14t, &layout_3_15t};

#define LENGTH(table) (sizeof(table) / sizeof(table)[0])

/* Reads decimal digits at *text and steps over them; -1 if there are none or too many. */
static int digits(const char **text)
{
    int value = 0, n = 0;
    for (; **text >= '0' && **text <= '9' && n < 4; ++*text, n++)
        value = value * 10 + (**text - '0');
    return n ? value : -1;
}

static const struct layout *find(const struct layout *const *table, size_t n, int major, int minor)
{
    for (size_t i = 0; i < n; i++)
        if (table[i]->major == major && table[i]->minor == minor)
            return table[i];
    return NULL;
}

const struct layout *layout_for(const char *version, bool traced, char *why, size_t room)
{
    const struct layout *found;
    const char *rest = version, *known = "2.7 and 3.6 to 3.15";
    int major = digits(&rest);
    int minor = *rest == '.' ? (rest++, digits(&rest)) : -1;
    if (room)
        why[0] = '\0';
    if (major < 0 || minor < 0) {
        snprintf(why, room, "'%.40s': not a CPython version", version);
        return NULL;
    }
    if (strstr(version, "free-threading")) {
        found = find(free_threaded_layouts, LENGTH(free_threaded_layouts), major, minor);
        known = "free-threaded 3.13 to 3.15";
    } else if (traced) {
        found = find(traced_layouts, LENGTH(traced_layouts), major, minor);
        known = "with traced references 2.7, 3.6 and 3.7";
    } else {
        found = find(layouts, LENGTH(layouts), major, minor);
    }
    if (!found)
        snprintf(why, room, "CPython %d.%d: known are %s", major, minor, known);
    return found;
}
