/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forked child processes of a run. They die with their parent, and every wait has a limit. */
#ifndef TOOLS_BASE_CHILD_H
#define TOOLS_BASE_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	pid_t pid; /* 0: never started */
	bool ended;
	int status; /* of waitpid(2), once ended */
};

/*
 * Forks. The child runs body(context) and exits with the value returned, and is killed when the
 * calling thread ends. Its signal mask is empty; it has a process group of its own. Returns 0 or
 * -errno (reported).
 */
int child_start(struct child *child, int (*body)(void *context), void *context);

/*
 * For a child's body: executes this program again. words: its arguments, NULL-terminated, the
 * first one "foliostorm". output, errors: descriptors for standard output and error; may be equal.
 * Returns only on failure (reported).
 */
void child_become(const char *const *words, int output, int errors);

/* Returns whether the child has ended, without blocking; false if it was never started. */
bool child_ended(struct child *child);

/* Waits up to `milliseconds`. Returns whether the child has ended; true if it was never started. */
bool child_wait(struct child *child, int milliseconds);

/* Sends a signal, unless the child has ended or was never started. */
void child_signal(const struct child *child, int number);

/* Sends SIGKILL, then waits and returns as child_wait() does. */
bool child_kill(struct child *child, int milliseconds);

/* Returns the exit code; -1 if the child has not ended or a signal killed it. */
int child_exit_code(const struct child *child);

/* Describes how an ended child ended: "exit code 4", "Segmentation fault". The string is valid
 * until the next call. */
const char *child_status(const struct child *child);

#endif
