/*
 * grow: room in an array that grows
 *
 * `*items` has room for `*room` items of `size` bytes each; makes it at least `need`, by doubling.  0, or -1 with the
 * array as it was if there is no memory.  A NULL array has room for none.
 */
#ifndef PYRENDER_GROW_H
#define PYRENDER_GROW_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

static inline int grow_room(void *items, size_t *room, size_t need, size_t size)
{
    size_t more = *room ? *room : 16;
    void *old, *moved;

    if (need <= *room)
        return 0;
    while (more < need)
        more *= 2;
    memcpy(&old, items, sizeof old);
    moved = reallocarray(old, more, size);
    if (!moved)
        return -1;
    memcpy(items, &moved, sizeof moved);
    *room = more;
    return 0;
}

/* `items` is the address of a pointer to the items. */
#define GROW(items, room, need) grow_room(items, room, need, sizeof **(items))

#endif
