/*
 * source: lines of the program's source files, where they can still be read
 *
 * A stream names files and does not hold them, so what is shown is what is there when the report is made.  Names are
 * foreign: only regular files are opened, and of at most SOURCE_MOST bytes.  A relative name is looked for from the
 * working directory.  What a file holds is foreign as well, and to be escaped.
 *
 * Life: sources_new; source_line, which reads each file once; sources_free (NULL is fine).  Files' names are the
 * model's, with a NUL behind them, and outlive the sources.
 */
#ifndef PYRENDER_SOURCE_H
#define PYRENDER_SOURCE_H

#include "format/section.h"

#include <stdbool.h>

enum { SOURCE_MOST = 1 << 24 };

struct sources;

/* NULL if there is no memory. */
struct sources *sources_new(void);
void sources_free(struct sources *);

/*
 * Line `line`, from 1, of the file, without blanks around it; empty where there is none to be had.  Good until
 * sources_free.  `changed`, in ns since the epoch, is when the file was last written; 0 where it cannot be read.
 */
struct pyprof_text source_line(struct sources *, struct pyprof_text file, uint32_t line, int64_t *changed);

#endif
