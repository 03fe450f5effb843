/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The directory that --out names: made when its parent is there. */
#ifndef TOOLS_OUT_H
#define TOOLS_OUT_H

/* Whether it is there or can be made; nothing is touched. Returns 0 or -EINVAL (reported). */
int out_check(const char *path);

/* Makes it, if it is not there. Returns 0 or -EINVAL (reported). */
int out_make(const char *path);

#endif
