/*
 * diff_collapsed: one line a stack with both sides, `frame;frame;frame 1200 1500`, as difffolded.pl writes it
 *
 * The numbers are the mean times of a run in microseconds, the baseline's first: samples would not compare where
 * intervals differ, and have no whole mean.  Frames are written as collapsed.c writes them, of all threads together.
 */
#include "diff_render.h"
#include "diff_shape.h"
#include "escape.h"
#include "stack.h"

#include <inttypes.h>
#include <stdlib.h>

static int push_call(struct stack *stack, uint32_t depth, const struct diff_function *function)
{
    char *bytes = NULL;
    size_t size;
    FILE *out = open_memstream(&bytes, &size);
    int result = -1;

    if (!out)
        return -1;
    escape_text(out, function->name.size ? function->name : text_of("[lost]"), ESCAPE_SEMICOLON, 0);
    if (function->path.size) {
        fputs(" (", out);
        escape_text(out, function->path, ESCAPE_SEMICOLON, 0);
        fprintf(out, ":%" PRIu32 ")", function->firstline);
    }
    if (fclose(out) == 0)
        result = stack_push(stack, depth, bytes, size);
    free(bytes);
    return result;
}

static int64_t microseconds(int64_t ns)
{
    return ns / 1000 + (ns % 1000 >= 500);
}

int diff_render_collapsed(const struct comparison *comparison, const struct render_options *options, FILE *out)
{
    struct diff *diff = comparison->plain;
    struct stack stack = {0};
    uint32_t depth = 0;
    int result = diff_sort(diff);

    (void)options;
    for (uint32_t i = 0; result == 0 && (i = diff_next(diff, i, &depth));) {
        struct diff_change self = diff_change(diff, &diff->nodes[i].self);
        int64_t old = microseconds(self.old), new = microseconds(self.new);

        result = push_call(&stack, depth, &diff->functions[diff->nodes[i].function]);
        if (result < 0 || (!old && !new))
            continue;
        stack_write(&stack, depth, out);
        fprintf(out, " %" PRId64 " %" PRId64 "\n", old, new);
    }
    stack_free(&stack);
    return result;
}
