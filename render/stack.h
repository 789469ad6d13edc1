/*
 * stack: the line of collapsed stacks that comes next
 *
 * Frames are pushed at a depth, from 1 on, which drops those that were at it and below it; between them is a semicolon.
 * Zero-initialised it is empty and valid; stack_free releases it.
 */
#ifndef PYRENDER_STACK_H
#define PYRENDER_STACK_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct stack {
    char *bytes;
    size_t room;
    size_t *ends; /* of each depth: where its frame ends in `bytes` */
    size_t ends_room;
};

/* Makes the frame at `depth` the last one; -1 if there is no memory. */
int stack_push(struct stack *, uint32_t depth, const char *bytes, size_t size);

/* Writes the frames down to `depth`. */
void stack_write(const struct stack *, uint32_t depth, FILE *out);

void stack_free(struct stack *);

#endif
