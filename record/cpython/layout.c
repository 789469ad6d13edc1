#include "layout.h"

#include <stdio.h>
#include <string.h>

static const struct layout *const layouts[] = {
    &layout_2_07, &layout_3_06, &layout_3_07, &layout_3_08, &layout_3_09, &layout_3_10,
    &layout_3_11, &layout_3_12, &layout_3_13, &layout_3_14, &layout_3_15,
};

enum { LAYOUTS = sizeof layouts / sizeof layouts[0] };

/* Reads decimal digits at *text and steps over them; -1 if there are none or too many. */
static int digits(const char **text)
{
    int value = 0, n = 0;
    for (; **text >= '0' && **text <= '9' && n < 4; ++*text, n++)
        value = value * 10 + (**text - '0');
    return n ? value : -1;
}

const struct layout *layout_for(const char *version, char *why, size_t room)
{
    const char *rest = version;
    int major = digits(&rest);
    int minor = *rest == '.' ? (rest++, digits(&rest)) : -1;
    if (room)
        why[0] = '\0';
    if (major < 0 || minor < 0) {
        snprintf(why, room, "'%.40s': not a CPython version", version);
        return NULL;
    }
    if (strstr(version, "free-threading")) {
        snprintf(why, room, "CPython %d.%d: free-threaded builds are not known", major, minor);
        return NULL;
    }
    for (size_t i = 0; i < LAYOUTS; i++)
        if (layouts[i]->major == major && layouts[i]->minor == minor)
            return layouts[i];
    snprintf(why, room, "CPython %d.%d: known are 2.7 and 3.%d to 3.%d", major, minor, layouts[1]->minor,
             layouts[LAYOUTS - 1]->minor);
    return NULL;
}
