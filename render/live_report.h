/*
 * live_report: the last table of a live view, as text
 *
 * The program, the line of trust, what is shown, and the rows of the view's page, as wide as the picture is and at most
 * as many as it has lines; how many there are more is said.
 */
#ifndef PYRENDER_LIVE_REPORT_H
#define PYRENDER_LIVE_REPORT_H

#include "live_draw.h"

#include <stdio.h>

void live_report(FILE *, const struct live_picture *);

#endif
