/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs git for the bisection of a tree, without the repository's hooks. */
#ifndef TOOLS_BISECT_BISECT_GIT_H
#define TOOLS_BISECT_BISECT_GIT_H

#include <stdbool.h>
#include <stddef.h>

enum { BISECT_SHA = 41, BISECT_PATHS_MAX = 16 };

/*
 * Runs `git -C directory WORDS...`; words ended by NULL. text: set to its output, which the caller
 * frees, also if git fails; or NULL. quiet: discard its standard error. Returns git's exit code, or
 * -errno if it cannot be run (reported).
 */
int bisect_git(const char *directory, bool quiet, char **text, const char *const *words);

#define BISECT_GIT(directory, quiet, text, ...)                                                    \
	bisect_git(directory, quiet, text, (const char *const[]){ __VA_ARGS__, NULL })

/* Sets sha to the commit that a revision names. option: named in the error. Returns 0 or -EINVAL
 * (reported). */
int bisect_git_commit(const char *directory, const char *option, const char *revision,
		      char sha[BISECT_SHA]);

/* Checks that the tree can be bisected: a work tree, not shallow, without uncommitted changes.
 * Returns 0; -EINVAL; -EPERM git is not installed; reported. */
int bisect_git_check(const char *directory);

/* Whether `older` is `newer` or one of its ancestors. */
bool bisect_git_is_ancestor(const char *directory, const char *older, const char *newer);

/* Parses the outcome in the output of `git bisect log`. culprit: the first new commit, or "".
 * candidates: if only skipped commits are left, these, separated by blanks; else "". size: of
 * candidates. */
void bisect_git_outcome(const char *log, char culprit[BISECT_SHA], char *candidates, size_t size);

#endif
