/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one way in which other programs are started: mkfs and QEMU, and the commands of scenarios and
 * rules. Whatever the caller is, a thread of the layer too, a program begins with
 *
 * - no descriptor but its standard ones and those that are named here,
 * - no signal blocked or ignored, and the default dispositions,
 * - a umask that takes write permission from group and others, at least,
 * - no capability that outlives a change of its user, and the user and groups that are named here.
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

/* The credentials of a program; zeros: those of the caller. */
struct program_user {
	bool set;
	uid_t uid;
	gid_t gid;
	unsigned int group_count;
	gid_t groups[PROGRAM_GROUPS_MAX]; /* supplementary */
};

#define PROGRAM_USER_ALLOWED "a user's name, or \"UID:GID\""

/*
 * Reads "postgres", which brings the groups that initgroups(3) would set, or "65534:65534", which
 * has no supplementary ones. "root" is known where there is no passwd file. user: a struct
 * program_user. Returns 0, or -EINVAL with `why` filled in: there is no such user.
 */
int program_user_parse(const char *text, void *user, char *why, size_t size);

struct program {
	const char *path;                /* of the file; without a slash: PATH is searched */
	const char *const *arguments;    /* ended by NULL; the first is its name */
	const char *const *environment;  /* ended by NULL; NULL: the caller's */
	const struct program_user *user; /* NULL: who the caller is */
	int input, output, errors; /* PROGRAM_NOTHING, or a descriptor that stays the caller's */
	const int *keep;           /* descriptors that it has besides, under their numbers; */
	size_t keep_count;         /* negative ones are passed over */
	bool alone;   /* first process of a PID namespace: what it starts ends with it */
	bool session; /* of its own, and so a process group: kill(-PID) reaches what it starts */
	/* Called in the new process before it changes its user; only what is safe after fork(2) in
	 * a process of many threads. May be NULL. */
	void (*prepare)(const void *context);
	const void *context;
};

/*
 * Becomes a program, in a process that child_start() made. Returns -errno, and only when it fails.
 */
int program_become(const struct program *program);

/*
 * Starts a program in a new process, which is killed when the calling thread ends. Any thread may
 * call it. child: to be waited for; set on success only. Returns 0; -errno it cannot be run (not
 * reported), and then there is no process.
 */
int program_start(const struct program *program, pid_t *child);

/*
 * Runs a program, found by PATH, to its end; what it says of success goes nowhere, its errors to
 * ours. arguments: ended by NULL, the first is its name. status: its exit code, or 128 and more by
 * a signal; set on success only. Returns 0; -errno it cannot be run (not reported).
 */
int program_run(const char *const arguments[], int *status);

/* Waits for a program that was started. Returns its status as program_run() does, or -errno. */
int program_wait(pid_t child);

#endif
