#include "limit.h"

#include "diff_shape.h"
#include "escape.h"
#include "summary.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_COLUMNS = 200 };

#define LIMIT_PREFIX "pyrender: "

static bool ends_with(const char *text, size_t size, const char *end)
{
    return size >= strlen(end) && memcmp(text + size - strlen(end), end, strlen(end)) == 0;
}

/* The measure that ends `size` bytes of the text: the rest is the pattern. */
static bool parse_measure(struct limit *limit, const char *text, size_t size)
{
    limit->total = ends_with(text, size, ":total");
    if (!limit->total && !ends_with(text, size, ":self"))
        return false;
    limit->pattern = size - strlen(limit->total ? ":total" : ":self");
    return true;
}

/* ns of a unit; 0 if it is none. */
static double unit_of(const char *unit)
{
    static const struct {
        const char *name;
        double ns;
    } units[] = {{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}};

    for (size_t i = 0; i < sizeof units / sizeof *units; i++)
        if (strcmp(units[i].name, unit) == 0)
            return units[i].ns;
    return 0;
}

/* What follows the `>`. */
static const char *parse_amount(struct limit *limit, const char *amount)
{
    char *unit;
    double number, ns;

    limit->change = *amount == '+';
    if (limit->change)
        amount++;
    /* strtod takes blanks, signs, hexadecimal numbers and names of numbers too. */
    if (strspn(amount, "0123456789.") == 0)
        return "an amount, such as '+10%' or '0.5s', is wanted after '>'";
    number = strtod(amount, &unit);
    if (unit == amount)
        return "not a number after '>'";
    if (strcmp(unit, "%") == 0 && !limit->change)
        return "a change in percent needs a sign, as in '+10%'";
    limit->percent = strcmp(unit, "%") == 0 ? number : -1;
    ns = unit_of(unit);
    if (limit->percent < 0 && ns == 0)
        return limit->change ? "the unit is one of '%', 's', 'ms', 'us'" : "the unit is one of 's', 'ms', 'us'";
    if (!(number * (ns > 0 ? ns : 1) < 9e18))
        return "too great a number";
    limit->time = (int64_t)llround(number * ns);
    return NULL;
}

/* A function's name may have a `>` of its own. */
const char *limit_parse(struct limit *limit, const char *text)
{
    const char *greater = strrchr(text, '>');

    *limit = (struct limit){.text = text};
    if (!greater)
        return "no '>': a limit is PATTERN:total>+10%, PATTERN:self>0.5s or the like";
    if (!parse_measure(limit, text, (size_t)(greater - text)))
        return "':total' or ':self' is wanted before '>'";
    if (!limit->pattern)
        return "no pattern before the measure";
    return parse_amount(limit, greater + 1);
}

/* Whether `pattern` matches the function, with its path or the last part of it in front of the name. */
static bool matches_place(const char *pattern, const struct diff_function *function, bool last_part)
{
    const char *slash = last_part ? memrchr(function->path.bytes, '/', function->path.size) : NULL;
    const char *path = slash ? slash + 1 : function->path.bytes;
    char *place = NULL;
    bool matched;

    if (asprintf(&place, "%s:%s", path, function->name.bytes) < 0)
        return false;
    matched = fnmatch(pattern, place, 0) == 0;
    free(place);
    return matched;
}

static bool matches(const char *pattern, const struct diff_function *function)
{
    if (fnmatch(pattern, function->name.bytes, 0) == 0)
        return true;
    return strchr(pattern, ':') &&
           (matches_place(pattern, function, false) || matches_place(pattern, function, true));
}

static const struct diff_measure *measure_of(const struct limit *limit, const struct diff *diff, uint32_t function)
{
    return limit->total ? &diff->functions[function].total : &diff->functions[function].self;
}

static bool is_over(const struct limit *limit, struct diff_change change)
{
    if (!limit->change)
        return change.new > limit->time;
    if (change.change <= 0 || !diff_is_sure(change))
        return false;
    return limit->percent < 0 ? change.change > limit->time : diff_percent(change) > limit->percent;
}

uint32_t *limit_check(const struct limit *limit, struct diff *diff, bool *matched, size_t *n)
{
    char *pattern = strndup(limit->text, limit->pattern);
    size_t functions, over = 0;
    uint32_t *found = pattern ? diff_functions(diff, true, &functions) : NULL;

    *matched = false;
    for (size_t i = 0; found && i < functions; i++) {
        if (!matches(pattern, &diff->functions[found[i]]))
            continue;
        *matched = true;
        if (is_over(limit, diff_change(diff, measure_of(limit, diff, found[i]))))
            found[over++] = found[i];
    }
    free(pattern);
    *n = over;
    return found;
}

static void write_place(FILE *out, const struct diff_function *function)
{
    escape_text(out, function->name.size ? function->name : text_of("[lost]"), 0, NAME_COLUMNS);
    if (!function->path.size)
        return;
    fputs(" (", out);
    escape_text(out, function->path, 0, NAME_COLUMNS);
    fprintf(out, ":%" PRIu32 ")", function->firstline);
}

void limit_write_row(FILE *out, const struct limit *limit, const struct diff *diff, uint32_t function,
                     unsigned decimals)
{
    struct diff_change change = diff_change(diff, measure_of(limit, diff, function));

    write_place(out, &diff->functions[function]);
    fputs(limit->total ? ": total " : ": self ", out);
    if (diff->runs[DIFF_OLD]) {
        summary_seconds(out, change.old, decimals);
        fputs(" s -> ", out);
    }
    summary_seconds(out, change.new, decimals);
    fputs(" s", out);
    if (!diff->runs[DIFF_OLD])
        return;
    fputs(change.change < 0 ? ", " : ", +", out);
    summary_seconds(out, change.change, decimals);
    fputs(" s", out);
    if (change.old)
        fprintf(out, " (%+.1f %%)", diff_percent(change));
    fputs(", spread ", out);
    summary_seconds(out, change.spread, decimals);
    fputs(" s", out);
}

/* Writes the rows over one limit and returns how many there are; -1 if there is no memory. */
static int check_one(const struct limit *limit, struct diff *diff, unsigned decimals, FILE *chat)
{
    bool matched;
    size_t n;
    uint32_t *over = limit_check(limit, diff, &matched, &n);

    if (!over)
        return -1;
    if (!matched)
        fprintf(chat, LIMIT_PREFIX "'%s': no function matches, so that nothing was checked\n", limit->text);
    for (size_t i = 0; i < n; i++) {
        fprintf(chat, LIMIT_PREFIX "'%s': ", limit->text);
        limit_write_row(chat, limit, diff, over[i], decimals);
        fputc('\n', chat);
    }
    free(over);
    return n > 0;
}

int limits_check(const struct limit *limits, size_t n, struct diff *diff, unsigned decimals, FILE *chat)
{
    int over = 0;

    for (size_t i = 0; i < n; i++) {
        int one = check_one(&limits[i], diff, decimals, chat);

        if (one < 0)
            return -1;
        over |= one;
    }
    return over;
}
