/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks and claims directories and files that options name for results, before a run begins. */
#ifndef TOOLS_BASE_OUT_H
#define TOOLS_BASE_OUT_H

#include <stdbool.h>

enum { OUT_RUNS_MAX = 1000 }; /* of one --repeat */

/* Checks that the directory of --out exists or can be created, by the rules of open_output.h.
 * Changes nothing. Returns 0, -EINVAL or -EIO, as output_error() (reported). */
int out_check(const char *path);

/* The same for the directory of another option ("--claim"). */
int out_check_directory(const char *option, const char *path);

/*
 * A directory to which only this process writes results while it lives; other processes are
 * refused. It holds an fcntl(2) lock on the file `.lock` in the directory. Children do not inherit
 * the lock, so it ends with the process, however that ends. A process must not claim a directory
 * twice: its own lock does not refuse it.
 */
struct out_claim {
	int lock;      /* descriptor of `.lock`; negative: nothing is claimed */
	int directory; /* its descriptor, whatever its name leads to later */
	bool made;     /* the claim created the directory */
	const char *path;
};

#define OUT_UNCLAIMED ((struct out_claim){ .lock = -1, .directory = -1 })

/* Creates the directory if missing, with mode 0700, and claims it. path: must outlive the claim;
 * NULL: nothing is claimed. Returns 0; -EINVAL: out_check() refuses the path, or another run writes
 * there; -EIO: it cannot be written to (reported). */
int out_claim(struct out_claim *claim, const char *path);

/* The same for one run, and removes earlier results: result.json of `path`, or what out_clear()
 * removes of `clear`. clear: `path` itself (the same pointer), a claimed directory around it, whose
 * results are removed besides, or NULL. */
int out_begin(struct out_claim *claim, const char *path, const char *clear);

/* Ends the claim. Removes the directory if the claim created it and it is empty. */
void out_release(struct out_claim *claim);

/* Removes file `name` of directory `path`, so that an earlier run's result is not taken for the new
 * run's. Returns 0, also if there is none, or -errno (reported). */
int out_remove(const char *path, const char *name);

/* Removes the results of earlier runs from a directory: result.json, repeat.json, and of each run
 * that repeat.json counts: result.json, events.jsonl, scenario.cfg, console.log, dmesg,
 * kernel.config, `.lock`, and its directory if that is then empty. Returns 0 or -errno
 * (reported). */
int out_clear(const char *path);

enum out_file {
	OUT_NEW,   /* refuses an existing regular file */
	OUT_EMPTY, /* refuses an existing regular file that is not empty */
	OUT_ANY,
	/* refuses anything but a regular file: a write to a FIFO or device may fail or block */
	OUT_REGULAR,
};

/* Checks that the file of an option ("--record") can be written, or created, by the rules of
 * open_output.h. Changes nothing. Returns 0, -EINVAL or -EIO, as output_error() (reported). */
int out_check_file(const char *option, const char *path, enum out_file file);

#endif
