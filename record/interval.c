#include "interval.h"

#include <stdlib.h>
#include <string.h>

static const double YEAR = 366 * 86400e9;

/* strtod(3) without what only it takes for a number: spaces, signs, infinities and hexadecimal. */
static bool parse_number(const char *text, double *value, const char **end)
{
    size_t digits = strspn(text, "0123456789.");
    char *after;

    if (digits == 0 || text[digits] == 'x' || text[digits] == 'X')
        return false;
    *value = strtod(text, &after);
    *end = after;
    return after != text;
}

static bool round_ns(double ns, uint64_t *result)
{
    if (!(ns <= YEAR))
        return false;
    *result = (uint64_t)(ns + 0.5);
    return true;
}

bool interval_parse(const char *text, uint64_t *ns)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"", 1e9}, {"s", 1e9}, {"ms", 1e6}, {"us", 1e3}};
    double value;
    const char *unit;

    if (!parse_number(text, &value, &unit))
        return false;
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (strcmp(unit, units[i].name) == 0)
            return round_ns(value * units[i].ns, ns);
    }
    return false;
}

bool interval_parse_rate(const char *text, uint64_t *ns)
{
    double hertz;
    const char *end;

    return parse_number(text, &hertz, &end) && *end == '\0' && hertz > 0 && round_ns(1e9 / hertz, ns);
}
