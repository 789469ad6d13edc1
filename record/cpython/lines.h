/*
 * lines: CPython's line tables, from offset in the byte code to line in the source
 *
 * Pure functions over bytes: no allocation, no globals, any thread.  The bytes are foreign: whatever they hold,
 * decoding ends after reading each of them once and writes only into the caller's room; the same bytes give the same
 * ranges.
 *
 * Facts: Objects/lnotab_notes.txt (up to 3.10), Objects/locations.md (3.11, 3.12), InternalDocs/code_objects.md
 * (3.13) and the readers in Objects/codeobject.c.
 */
#ifndef PYREC_CPYTHON_LINES_H
#define PYREC_CPYTHON_LINES_H

#include <stddef.h>
#include <stdint.h>

/* How a version writes its tables. */
enum lines_kind {
    LINES_LNOTAB_UNSIGNED, /* co_lnotab, 2.7: pairs of address step and line step */
    LINES_LNOTAB,          /* co_lnotab, 3.6 to 3.9: the line step is signed */
    LINES_RANGES,    /* co_linetable, 3.10 (PEP 626): pairs of range length and signed line step, -128 for no line */
    LINES_LOCATIONS, /* co_linetable, 3.11 on (PEP 657): entries of variable length with columns */
};

enum { LINES_NONE = -1 }; /* the line of instructions that belong to no line */

/* Byte code from `start` up to, not including, `end` (in bytes) belongs to `line`. */
struct lines_range {
    uint32_t start;
    uint32_t end;
    int32_t line;
};

/*
 * Decodes a table of a code object whose first line is `firstline` into ranges, ascending, adjacent and without gaps
 * from offset 0; neighbours of the same line are one range.  The last range of an lnotab ends at UINT32_MAX, as that
 * table does not know the byte code's length.  Returns how many ranges there are; at most `room` of them are written,
 * so a call with no room counts.  What a damaged table holds after its damage is dropped.
 */
size_t lines_decode(enum lines_kind, const uint8_t *table, size_t len, int32_t firstline, struct lines_range *out,
                    size_t room);

/*
 * The line of the instruction at `offset` (walk_frame.instr), as a traceback shows it; of an instruction without a
 * line, the nearest line before it.  `firstline` for an offset of -1 (the frame has not begun) and where there is
 * none before.
 */
int32_t lines_at(const struct lines_range *ranges, size_t n, int32_t firstline, int32_t offset);

#endif
