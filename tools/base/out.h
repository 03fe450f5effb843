/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Where results go, looked at before anything is touched: directories and files that options name. */
#ifndef TOOLS_BASE_OUT_H
#define TOOLS_BASE_OUT_H

enum { OUT_RUNS_MAX = 1000 }; /* of one --repeat */

/* Whether it is there or can be made; nothing is touched. Returns 0 or -EINVAL (reported). */
int out_check(const char *path);

/* Makes it, if it is not there. Returns 0 or -EINVAL (reported). */
int out_make(const char *path);

/* Removes the results of earlier runs from a directory that need not be there: its result.json, and
 * what a --repeat left, killed or not: result.json, events.jsonl, scenario.cfg, console.log and
 * dmesg of the runs that repeat.json counts, their directories where nothing else is in them, and repeat.json. Returns
 * 0 or -errno (reported). */
int out_clear(const char *path);

enum out_file {
	OUT_NEW,   /* a regular file must not be there */
	OUT_EMPTY, /* a regular file that is there must be empty */
	OUT_ANY,
};

/* Whether the file of an option ("--record") can be made, or written to if it is there. Nothing is
 * touched. Returns 0 or -EINVAL (reported). */
int out_check_file(const char *option, const char *path, enum out_file file);

#endif
