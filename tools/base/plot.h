/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Pictures drawn by gnuplot: the caller writes a gnuplot script to memory and gets SVG. gnuplot
 * runs as a child that dies with its caller, and writes nothing to disk.
 */
#ifndef TOOLS_BASE_PLOT_H
#define TOOLS_BASE_PLOT_H

#include <stdbool.h>
#include <stdio.h>

/* Returns whether gnuplot is installed. If not, the caller reports it or omits the picture. */
bool plot_available(void);

/*
 * Writes a text of any origin as a string of the script, in single quotes, where gnuplot expands
 * nothing. Control characters and bytes that are not UTF-8 become "?".
 */
void plot_text(FILE *script, const char *text);

/*
 * Runs a script, which needs no `set terminal` and no `set output`. width, height: of the picture,
 * in pixels; it scales. svg: gets "<svg ...>...</svg>", ready for a page or a file; the caller
 * frees it; NULL on failure. gnuplot escapes texts in it; its "enhanced" markup is off. Returns 0;
 * -ENOENT: gnuplot is not installed; -EINVAL: gnuplot rejects the script; -ETIMEDOUT: it took more
 * than 30 s; other -errno; reported.
 */
int plot_svg(const char *script, unsigned int width, unsigned int height, char **svg);

/* The same, saved to a file. Returns as plot_svg(), or -EIO (reported). */
int plot_write(const char *script, unsigned int width, unsigned int height, const char *path);

#endif
