/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worktree in which a bisection checks out and builds commits, in the directory of its results.
 * The user's worktree does not change; `git bisect` keeps separate state for each worktree.
 */
#ifndef TOOLS_BISECT_BISECT_WORKTREE_H
#define TOOLS_BISECT_BISECT_WORKTREE_H

#include "tools/bisect/bisect.h"
#include "tools/bisect/bisect_build.h"
#include "tools/bisect/bisect_git.h"

struct bisect_worktree {
	const char *tree;               /* the user's */
	char top[PATH_MAX - 64];        /* absolute directory of the bisection */
	char path[PATH_MAX];            /* of the worktree, in top */
	char images[PATH_MAX - 16];     /* directory of images with this configuration */
	char identity[BISECT_IDENTITY]; /* of the configuration, see bisect_build_identify() */
	struct bisect_builder builder;  /* builds an image, which runner runs */
	struct bisect_runner runner;
};

/* Creates the worktree, or reuses it. identity, builder and runner are set by the caller. Returns 0
 * or -errno (reported). */
int bisect_worktree_open(struct bisect_worktree *worktree, const char *tree, const char *out);

/* Removes the worktree; git's garbage collection removes commits that only it had. */
void bisect_worktree_close(struct bisect_worktree *worktree);

/* Fills in a commit's kernel: its first 12 digits as name, the path of its image, and the version
 * in its Makefile. Returns 0, or -EINVAL if it is not a kernel's commit (reported). */
int bisect_worktree_kernel(const struct bisect_worktree *worktree, const char *sha,
			   struct bisect_kernel *kernel);

/* A bisect_runner.run(): checks out the kernel's commit, builds it unless its image exists, and
 * runs the image. If it does not build, "skip" is true in the result. context: the worktree. */
int bisect_worktree_run(void *context, const struct bisect_kernel *kernel,
			const struct bisect_attempt *attempt, json_t **result);

/*
 * Commits a revert of `culprit` on top of `base`. The commit is the same each time, so its
 * judgement can be reused. sha: set. Returns 0; 1 it cannot be reverted there; -errno (reported).
 */
int bisect_worktree_revert(const struct bisect_worktree *worktree, const char *culprit,
			   const char *base, char sha[BISECT_SHA]);

#endif
