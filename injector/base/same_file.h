/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether two names, or a name and a descriptor, are of one file. */
#ifndef INJECTOR_BASE_SAME_FILE_H
#define INJECTOR_BASE_SAME_FILE_H

#include <stdbool.h>
#include <sys/stat.h>

static inline bool is_same_file(const struct stat *one, const struct stat *other)
{
	return one->st_ino == other->st_ino && one->st_dev == other->st_dev;
}

/* Returns whether two paths lead to one file; links are followed. */
static inline bool lead_to_same_file(const char *one, const char *other)
{
	struct stat a, b;

	return !stat(one, &a) && !stat(other, &b) && is_same_file(&a, &b);
}

#endif
