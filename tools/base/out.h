/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks and claims directories and files that options name for results, before a run begins. */
#ifndef TOOLS_BASE_OUT_H
#define TOOLS_BASE_OUT_H

#include <stdbool.h>

enum { OUT_RUNS_MAX = 1000 }; /* of one --repeat */

/* Whether it is there or can be made, by the rules of open_output.h; nothing is touched. Returns 0
 * or as output_error() (reported). */
int out_check(const char *path);

/* The same for the directory of another option ("--claim"). */
int out_check_directory(const char *option, const char *path);

/*
 * A directory that this process alone writes results to, as long as it lives: others are refused.
 * The lock is one of fcntl(2) on the file `.lock` in it: children do not inherit it, so it goes
 * with the process, however that ends. The same process may claim a directory only once.
 */
struct out_claim {
	int lock;      /* negative: nothing is claimed */
	int directory; /* itself, whatever its name leads to later */
	bool made;     /* the directory was not there */
	const char *path;
};

#define OUT_UNCLAIMED ((struct out_claim){ .lock = -1, .directory = -1 })

/* Makes the directory, if it is not there, with mode 0700, and claims it. path: the caller's, must
 * outlive the claim; NULL: there is nothing to claim. Returns 0; -EINVAL what out_check() refuses,
 * or another run writes there; -EIO it cannot be written to (reported). */
int out_claim(struct out_claim *claim, const char *path);

/* The same for one run, before which results of earlier ones go: of `clear`, if it is not NULL,
 * what out_clear() says; it may be `path`, or a directory around it that is claimed already. */
int out_begin(struct out_claim *claim, const char *path, const char *clear);

/* Ends the claim. A directory that it made goes, where nothing was written into it. */
void out_release(struct out_claim *claim);

/* Removes a result of an earlier run, so that it is not taken for that of the run which begins.
 * Returns 0 or -errno (reported). */
int out_remove(const char *path, const char *name);

/* Removes the results of earlier runs from a directory: its result.json, and what a --repeat left,
 * killed or not: result.json, events.jsonl, scenario.cfg, console.log and dmesg of the runs that
 * repeat.json counts, their directories where nothing else is in them, and repeat.json. Returns 0
 * or -errno (reported). */
int out_clear(const char *path);

enum out_file {
	OUT_NEW,   /* a regular file must not be there */
	OUT_EMPTY, /* a regular file that is there must be empty */
	OUT_ANY,
	/* what is there must be a regular file: others may take nothing, or never end */
	OUT_REGULAR,
};

/* Whether the file of an option ("--record") can be made, or written to if it is there, by the
 * rules of open_output.h. Nothing is touched. Returns 0 or as output_error() (reported). */
int out_check_file(const char *option, const char *path, enum out_file file);

#endif
