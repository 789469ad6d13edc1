/*
 * origin: whose code a function is, and how its file is called
 *
 * Application code is a file below none of the interpreters' prefixes and in no folder where packages are installed
 * (site-packages, dist-packages: a user's own are below no prefix).  What is typed in (`<string>`, `<stdin>`, cells of a
 * notebook) counts as its caller; other names in angle brackets are made by libraries or frozen into the interpreter.
 */
#ifndef PYRENDER_ORIGIN_H
#define PYRENDER_ORIGIN_H

#include "model.h"

/* Sets the function's path, origin and folding from its file. */
void origin_mark(struct model_function *, const struct texts *prefixes, const struct texts *paths,
                 const struct model_patterns *);

#endif
