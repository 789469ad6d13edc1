/*
 * lines_test: line tables of every CPython found, as decoded here and as those interpreters decode them; and damaged
 * ones
 *
 * Run in the repository's root.
 */
#include "record/cpython/lines.h"

#include <stdlib.h>
#include <string.h>

#include "tap.h"
#include "target.h"

enum { RANGES = 65536 };

static struct lines_range ranges[RANGES];

/* What decoding promises whatever the table holds: ranges adjacent from 0, neighbours of different lines. */
static bool well_formed(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (ranges[i].start != (i ? ranges[i - 1].end : 0) || ranges[i].end <= ranges[i].start)
            return false;
        if (ranges[i].line < LINES_NONE || (i && ranges[i].line == ranges[i - 1].line))
            return false;
    }
    return true;
}

static size_t decode(int kind, const void *table, size_t len, int32_t firstline)
{
    return lines_decode((enum lines_kind)kind, table, len, firstline, ranges, RANGES);
}

/* The line of the range that covers an offset, LINES_NONE too. */
static int32_t exact(size_t n, uint32_t offset)
{
    for (size_t i = 0; i < n; i++)
        if (offset < ranges[i].end)
            return ranges[i].line;
    return -2;
}

/* Compares one code object's lines, up to "end", with the decoded ones; returns how many instructions differ. */
static size_t compare(FILE *dump, size_t n, int32_t firstline, size_t *instructions)
{
    char line[64];
    int32_t shown = firstline;
    size_t wrong = 0;
    while (fgets(line, sizeof line, dump) && strncmp(line, "line ", 5) == 0) {
        char *rest;
        uint32_t offset = (uint32_t)strtoul(line + 5, &rest, 10);
        int32_t expected = (int32_t)strtol(rest, NULL, 10);
        if (expected != LINES_NONE)
            shown = expected;
        wrong += exact(n, offset) != expected || lines_at(ranges, n, firstline, (int32_t)offset) != shown;
        (*instructions)++;
    }
    return wrong;
}

/* Truncated everywhere and with each byte replaced, a table must decode to something well formed. */
static bool survives_damage(int kind, char *table, size_t len, int32_t firstline)
{
    bool fine = true;
    for (size_t i = 0; i < len && fine; i++) {
        char *part = malloc(i + 1); /* exactly as long, for the sanitizer's sake */
        memcpy(part, table, i);
        fine &= well_formed(decode(kind, part, i, firstline));
        free(part);
        char kept = table[i];
        table[i] = (char)(kept ^ (0x80 >> i % 8));
        fine &= well_formed(decode(kind, table, len, firstline));
        table[i] = kept;
    }
    return fine;
}

static void check_python(const char *python)
{
    char command[2 * PATH_ROOM], *line = NULL;
    size_t room = 0, codes = 0, instructions = 0, wrong = 0, malformed = 0, damaged = 0;
    snprintf(command, sizeof command, "'%s' -B tests/unit/lines_dump.py", python);
    FILE *dump = popen(command, "r");
    while (dump && getline(&line, &room, dump) > 0) {
        char *save = NULL;
        strtok_r(line, " \n", &save);
        int kind = atoi(strtok_r(NULL, " \n", &save));
        int32_t firstline = (int32_t)strtol(strtok_r(NULL, " \n", &save), NULL, 10);
        char *table = strtok_r(NULL, " \n", &save) + 1;
        size_t len = unhex(table);
        size_t n = decode(kind, table, len, firstline);
        malformed += n > RANGES || !well_formed(n);
        wrong += compare(dump, n, firstline, &instructions);
        damaged += len < 300 && codes % 8 == 0 && !survives_damage(kind, table, len, firstline);
        codes++;
    }
    free(line);
    ok(dump && pclose(dump) == 0 && codes > 1000 && wrong == 0,
       "%s: %zu of %zu instructions in %zu code objects differ", python, wrong, instructions, codes);
    ok(malformed == 0, "%s: %zu tables malformed", python, malformed);
    ok(damaged == 0, "%s: %zu damaged tables malformed", python, damaged);
}

static void check_edges(void)
{
    ok(decode(LINES_RANGES, "", 0, 7) == 0 && lines_at(ranges, 0, 7, 4) == 7, "no table: the first line");
    const uint8_t pairs[] = {4, 0, 6, 0x80, 2, 3};
    size_t n = decode(LINES_RANGES, pairs, sizeof pairs, 10);
    ok(n == 3 && ranges[1].line == LINES_NONE && ranges[2].line == 13, "3.10: code without a line lies in between");
    ok(lines_at(ranges, n, 10, 6) == 10, "and shows the line before it");
    ok(lines_at(ranges, n, 9, -1) == 9, "a frame that has not begun is at the first line");
    ok(lines_at(ranges, n, 10, 5000) == 13, "code past the end shows the last line");
    const uint8_t first_none[] = {4, 0x80, 2, 3};
    n = decode(LINES_RANGES, first_none, sizeof first_none, 10);
    ok(lines_at(ranges, n, 10, 0) == 10, "no line before it: the first");
    ok(lines_decode(LINES_RANGES, pairs, sizeof pairs, 10, NULL, 0) == 3, "no room: counted");
    const uint8_t endless[] = {0xF0, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F, 0x7F};
    ok(decode(LINES_LOCATIONS, endless, sizeof endless, 1) == 0, "an endless number ends the table");
    const uint8_t up[] = {0xE8, 0x7E, 0x7F, 0x7F, 0x7F, 0x7F, 0x03, 0xE8, 0x7E, 0x7F, 0x7F, 0x7F, 0x7F, 0x03};
    n = decode(LINES_LOCATIONS, up, sizeof up, INT32_MAX);
    ok(well_formed(n), "lines beyond 32 bits are none");
    const uint8_t lnotab[] = {0, 1, 255, 0, 45, 127, 0, 13, 6, 0xFE};
    n = decode(LINES_LNOTAB, lnotab, sizeof lnotab, 1);
    ok(n == 3 && lines_at(ranges, n, 1, 299) == 2 && lines_at(ranges, n, 1, 300) == 142 &&
           lines_at(ranges, n, 1, 306) == 140,
       "3.8: steps larger than a byte, and back");
    n = decode(LINES_LNOTAB_UNSIGNED, lnotab, sizeof lnotab, 1);
    ok(n == 3 && lines_at(ranges, n, 1, 306) == 142 + 0xFE, "2.7: only onwards");
}

int main(void)
{
    static char pythons[PYTHONS_MAX][PATH_ROOM];
    size_t n = find_pythons(pythons);
    ok(n > 0, "%zu interpreters found", n);
    for (size_t i = 0; i < n; i++)
        check_python(pythons[i]);
    check_edges();
    return done_testing();
}
