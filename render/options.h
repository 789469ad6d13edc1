/*
 * options: the command line of pyrender
 *
 * What is not said follows from the rest: the form from the output's name, the files from there being none.  What does
 * not go together is wrong, so that nothing is ignored in silence.
 *
 * Life: options_parse, which takes apart lists in the arguments where they stand; options_free, whatever it returned.
 */
#ifndef PYRENDER_OPTIONS_H
#define PYRENDER_OPTIONS_H

#include "input.h"
#include "limit.h"
#include "looks.h"
#include "render.h"

#include <regex.h>

struct options {
    const struct renderer *renderer;
    struct render_options render;
    const char *output; /* NULL or "-": stdout */
    struct model_patterns patterns;
    const char **hide, **show; /* room for as many as there are arguments */
    struct looks looks;
    bool cpu;         /* --time cpu */
    const char *root; /* NULL: none; what it says, and what that means */
    regex_t root_regex;
    struct input input;
    const char **baseline; /* files of the baseline */
    size_t nbaseline, baseline_room;
    bool normalize;
    struct limit *limits; /* room for as many as there are arguments */
    size_t nlimits;
    char wrong[400]; /* what is wrong with them, empty if getopt(3) said it */
};

enum options_result { OPTIONS_RUN, OPTIONS_HELP, OPTIONS_VERSION, OPTIONS_WRONG };

enum options_result options_parse(struct options *, int argc, char **argv);
void options_free(struct options *);

void options_usage(FILE *);

/* Whether a file's name is that of stdin or stdout: "-". */
bool options_is_dash(const char *name);

#endif
