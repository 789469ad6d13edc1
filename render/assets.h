/*
 * assets: the files of assets/, embedded when the tool is built, byte for byte
 */
#ifndef PYRENDER_ASSETS_H
#define PYRENDER_ASSETS_H

#include "format/section.h"

/* The page, with {{names}} where the rest goes. */
struct pyprof_text assets_html(void);
struct pyprof_text assets_css(void);
/* One script: all of assets/.js, one after the other (assets/README.md). */
struct pyprof_text assets_js(void);

/* The page of a difference, likewise. */
struct pyprof_text assets_diff_html(void);
struct pyprof_text assets_diff_css(void);
struct pyprof_text assets_diff_js(void);

#endif
