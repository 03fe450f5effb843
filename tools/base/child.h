/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Child processes of a run: forked, bound to their parent's life, waited for with a limit. */
#ifndef TOOLS_BASE_CHILD_H
#define TOOLS_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: never started */
	bool ended;
	int status; /* as waitpid(2) says, once ended */
};

/*
 * Forks; the child runs body(context), exits with what it returns, and is killed when the parent
 * dies. Its signal mask is empty. Returns 0 or -errno (reported).
 */
int child_start(struct child *child, int (*body)(void *context), void *context);

/*
 * For a child's body: becomes this program with other arguments (words, ended by NULL, the first
 * one "foliostorm"). output, errors: descriptors for standard output and error; may be the same
 * one. Returns only when that fails (reported).
 */
void child_become(const char *const *words, int output, int errors);

/* Whether it has ended; never blocks. False for one that was never started. */
bool child_ended(struct child *child);

/* Waits up to `milliseconds`. Returns whether it has ended (true for one never started). */
bool child_wait(struct child *child, int milliseconds);

/* Sends a signal if it is still there. */
void child_signal(const struct child *child, int number);

/* SIGKILL, and waits up to `milliseconds`. Returns whether it has ended. */
bool child_kill(struct child *child, int milliseconds);

/* What it exited with; -1 for one that has not, or was ended by a signal. */
int child_exit_code(const struct child *child);

/* How it ended, in words: "exit code 4", "Segmentation fault". A constant or static string. */
const char *child_status(const struct child *child);

#endif
