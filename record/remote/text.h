/*
 * text: foreign text on a terminal
 */
#ifndef PYREC_REMOTE_TEXT_H
#define PYREC_REMOTE_TEXT_H

#include <stddef.h>
#include <stdio.h>

/* Writes text that may hold anything: control characters and what is no UTF-8 become \xNN. */
void text_put(FILE *out, const char *text, size_t len);

#endif
