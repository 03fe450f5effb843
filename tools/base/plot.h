/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures, drawn by gnuplot: the caller writes a gnuplot script to memory, and gets SVG. gnuplot
 * runs as a child that dies with its caller; nothing of it lies on disk.
 */
#ifndef TOOLS_BASE_PLOT_H
#define TOOLS_BASE_PLOT_H

#include <stdbool.h>
#include <stdio.h>

/* Whether gnuplot is installed; where it is not, the caller says so or leaves its picture out. */
bool plot_available(void);

/*
 * Writes a text of any origin as a constant of the script: in single quotes, where gnuplot expands
 * nothing; bytes that are no UTF-8 and control characters as "?".
 */
void plot_text(FILE *script, const char *text);

/*
 * Runs a script: it needs no `set terminal` and no `set output`. width, height: of the picture, in
 * pixels; it scales. svg: "<svg ...>...</svg>", to be put into a page or a file as it is; the
 * caller frees it. Texts in it are escaped by gnuplot, and markup in them ("enhanced") is off.
 * Returns 0; -ENOENT gnuplot is not installed, -EINVAL it does not like the script, -ETIMEDOUT it
 * took more than half a minute, other -errno; reported.
 */
int plot_svg(const char *script, unsigned int width, unsigned int height, char **svg);

/* The same to a file. Returns as plot_svg(). */
int plot_write(const char *script, unsigned int width, unsigned int height, const char *path);

#endif
