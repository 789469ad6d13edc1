/*
 * page_source: the text of source files, for a page
 *
 * A stream may name any file, and a page is made to be sent to others: so only what looks like Python's source is read,
 * regular files whose name ends in .py, of a reasonable size, and only when the user asked for it.
 */
#ifndef PYRENDER_PAGE_SOURCE_H
#define PYRENDER_PAGE_SOURCE_H

#include "format/section.h"

#include <stdio.h>

/*
 * Writes the file's text as a JSON string, each line escaped and tabs expanded to 8 columns, if it is at most `most` bytes
 * long; its size, or 0 if nothing was written because it cannot be had.
 */
size_t page_source_put(FILE *json, struct pyprof_text file, size_t most);

#endif
