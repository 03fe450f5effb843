/* SPDX-License-Identifier: GPL-2.0-or-later */
/* git, as the bisection of a tree needs it. Hooks of the repository are not run. */
#ifndef TOOLS_BISECT_BISECT_GIT_H
#define TOOLS_BISECT_BISECT_GIT_H

#include <stdbool.h>
#include <stddef.h>

enum { BISECT_SHA = 41, BISECT_PATHS_MAX = 16 };

/*
 * Runs `git -C directory WORDS...`, words ended by NULL. text: gets what it prints, the caller's,
 * also where git fails; or NULL. quiet: its complaints go nowhere, otherwise to standard error.
 * Returns git's exit code, or -errno: it cannot be run (reported).
 */
int bisect_git(const char *directory, bool quiet, char **text, const char *const *words);

#define BISECT_GIT(directory, quiet, text, ...)                                                    \
	bisect_git(directory, quiet, text, (const char *const[]){ __VA_ARGS__, NULL })

/* The commit that a revision names. Returns 0 or -EINVAL (reported, with the option that named
 * it). */
int bisect_git_commit(const char *directory, const char *option, const char *revision,
		      char sha[BISECT_SHA]);

/* Whether the tree can be bisected: a work tree, no shallow clone, no change that is in no commit.
 * Returns 0; -EINVAL; -EPERM git is not installed; reported. */
int bisect_git_check(const char *directory);

/* Whether the one commit is the other one, or behind it in its history. */
bool bisect_git_is_ancestor(const char *directory, const char *older, const char *newer);

/* What `git bisect log` says of the end: culprit: the first new commit, or "". candidates: what
 * it can be where only skipped ones are left, separated by blanks, or "". */
void bisect_git_outcome(const char *log, char culprit[BISECT_SHA], char *candidates, size_t size);

#endif
