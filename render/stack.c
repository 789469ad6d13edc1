#include "stack.h"

#include "grow.h"

int stack_push(struct stack *stack, uint32_t depth, const char *bytes, size_t size)
{
    size_t start;

    if (GROW(&stack->ends, &stack->ends_room, depth + 1) < 0)
        return -1;
    stack->ends[0] = 0;
    start = stack->ends[depth - 1];
    if (GROW(&stack->bytes, &stack->room, start + size + 1) < 0)
        return -1;
    if (start)
        stack->bytes[start++] = ';';
    if (size)
        memcpy(stack->bytes + start, bytes, size);
    stack->ends[depth] = start + size;
    return 0;
}

void stack_write(const struct stack *stack, uint32_t depth, FILE *out)
{
    fwrite_unlocked(stack->bytes, 1, stack->ends[depth], out);
}

void stack_free(struct stack *stack)
{
    free(stack->bytes);
    free(stack->ends);
    *stack = (struct stack){0};
}
