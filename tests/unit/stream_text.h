/*
 * stream_text: what the tests' tools print of a stream
 */
#ifndef STREAM_TEXT_H
#define STREAM_TEXT_H

#include "format/reader.h"

#include <stdio.h>

static inline void print_text(struct pyprof_text text)
{
    if (text.size)
        fwrite(text.bytes, 1, text.size, stdout);
}

/* The names of a stack, the outermost first, joined by ';'; nothing for node 0, "?" for a node that was lost. */
static inline void print_stack(const struct pyprof_section *section, uint32_t id)
{
    struct pyprof_node node;
    struct pyprof_function function = {0};
    if (!id)
        return;
    if (!pyprof_section_node(section, id, &node)) {
        putchar('?');
        return;
    }
    if (node.parent) {
        print_stack(section, node.parent);
        putchar(';');
    }
    pyprof_section_function(section, node.function, &function);
    print_text(function.name);
}

#endif
