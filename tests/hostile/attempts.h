/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Attempts: operations on the files of a small tree (trees.h), which is the current directory. Each
 * row of the tables is an operation, which is tried on each of its paths in turn.
 */
#ifndef TESTS_HOSTILE_ATTEMPTS_H
#define TESTS_HOSTILE_ATTEMPTS_H

#include "tests/hostile/trees.h"

#include <errno.h>
#include <stdint.h>

struct attempt {
	const char *name;
	/* Returns what a program would get: 0 or a number, or -errno. Leaves nothing open. */
	long (*run)(const struct attempt *attempt, const char *path);
	const char *paths; /* separated by spaces */
	int flags;
	unsigned int number; /* a mode, a size or an id, depending on the operation */
	const char *other;   /* a second path, or the name of an attribute */
};

struct attempt_table {
	enum tree tree;
	const struct attempt *rows; /* ends with a row without a name */
};

enum { ATTEMPT_TABLES = 4 };
extern const struct attempt_table attempt_tables[ATTEMPT_TABLES];

extern const struct attempt attempts_on_files[];       /* attempts_files.c */
extern const struct attempt attempts_on_attributes[];  /* attempts_attributes.c */
extern const struct attempt attempts_in_directories[]; /* attempts_directories.c */
extern const struct attempt attempts_on_special[];     /* attempts_special.c */

/* The result of a system call as an attempt returns it: -errno for a negative result. */
static inline long attempt_result(long result)
{
	return result < 0 ? -errno : result;
}

/* Opens with flags and closes. */
long attempt_open(const struct attempt *attempt, const char *path);
/* Opens with O_WRONLY and flags, and writes "x". */
long attempt_write(const struct attempt *attempt, const char *path);
long attempt_truncate(const struct attempt *attempt, const char *path); /* number: size */
long attempt_chmod(const struct attempt *attempt, const char *path);    /* number: mode */
long attempt_touch(const struct attempt *attempt, const char *path);
long attempt_access(const struct attempt *attempt, const char *path); /* flags, number: mode */
long attempt_set_attribute(const struct attempt *attempt, const char *path);
long attempt_create(const struct attempt *attempt, const char *path); /* PATH/new, number: mode */
long attempt_rename(const struct attempt *attempt, const char *path); /* to `other`, flags */
long attempt_unlink(const struct attempt *attempt, const char *path); /* flags */
long attempt_link(const struct attempt *attempt, const char *path);   /* to `other`, flags */
long attempt_set_flags(const struct attempt *attempt, const char *path); /* of chattr */

#endif
