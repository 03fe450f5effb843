/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The only way to start other programs: mkfs and QEMU, and the commands of scenarios and rules.
 * From whichever thread it is started, also one of the layer, a program begins with
 *
 * - its standard descriptors and those in `keep`, no others,
 * - no signal blocked, and default dispositions,
 * - a umask that denies at least write permission to group and others,
 * - the user and groups given here, and no capability that survives a change of the user.
 */
#ifndef INJECTOR_BASE_PROGRAM_H
#define INJECTOR_BASE_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum {
	PROGRAM_GROUPS_MAX = 32,
	PROGRAM_NOTHING = -1, /* as a descriptor: /dev/null */
};

/* The credentials of a program; zeros: the caller's. */
struct program_user {
	bool set;
	uid_t uid;
	gid_t gid;
	unsigned int group_count;
	gid_t groups[PROGRAM_GROUPS_MAX]; /* supplementary */
};

#define PROGRAM_USER_ALLOWED "a user's name, or \"UID:GID\""

/*
 * Parses "postgres", with the groups that initgroups(3) would set, or "65534:65534", without
 * supplementary groups. "root" needs no passwd file. user: a struct program_user. Returns 0, or
 * -EINVAL with `why` (`size` bytes) filled in: no such user, or more than PROGRAM_GROUPS_MAX
 * groups.
 */
int program_user_parse(const char *text, void *user, char *why, size_t size);

struct program {
	const char *path;                /* of the file; without a slash: PATH is searched */
	const char *const *arguments;    /* ended by NULL; the first is its name */
	const char *const *environment;  /* ended by NULL; NULL: the caller's */
	const struct program_user *user; /* NULL: the caller's */
	int input, output, errors; /* PROGRAM_NOTHING, or a descriptor that stays the caller's */
	const int *keep;           /* further descriptors, under their numbers; */
	size_t keep_count;         /* negative ones are skipped */
	bool alone;   /* first process of a PID namespace: what it starts ends with it */
	bool session; /* own session and process group: kill(-PID) reaches what it starts */
	/* Called in the new process before it changes its user. May do only what is safe after
	 * fork(2) in a process with several threads. May be NULL. */
	void (*prepare)(const void *context);
	const void *context;
};

/*
 * Executes a program in the calling process, one that child_start() made. Does not start a session
 * or namespace. Returns only on failure: -errno (not reported).
 */
int program_become(const struct program *program);

/*
 * Starts a program in a new process, which is killed when the calling thread ends. Any thread may
 * call it. child: for program_wait(); set on success only. Returns 0; -errno the program cannot be
 * run (not reported), and no process is left.
 */
int program_start(const struct program *program, pid_t *child);

/*
 * Runs a program, found by PATH, to its end. Its standard output is discarded, its standard error
 * is ours. arguments: ended by NULL, the first is its name. status: its exit code, or 128 + the
 * signal that killed it; set on success only. Returns 0; -errno it cannot be run (not reported).
 */
int program_run(const char *const arguments[], int *status);

/* Waits for the end of a started program. Returns its status as program_run() sets it, or -errno.
 */
int program_wait(pid_t child);

#endif
