/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worktree in which a bisection checks out and builds commits, below the directory of its
 * results: the user's own stays as it is, and `git bisect` keeps its state apart for each worktree.
 */
#ifndef TOOLS_BISECT_BISECT_WORKTREE_H
#define TOOLS_BISECT_BISECT_WORKTREE_H

#include "tools/bisect/bisect.h"
#include "tools/bisect/bisect_build.h"
#include "tools/bisect/bisect_git.h"

struct bisect_worktree {
	const char *tree;               /* the user's */
	char top[PATH_MAX - 64];        /* directory of the bisection, absolute */
	char path[PATH_MAX];            /* in it */
	char images[PATH_MAX - 16];     /* directory of images, of one configuration */
	char identity[BISECT_IDENTITY]; /* of that configuration */
	struct bisect_builder builder;  /* and then the runner runs the image */
	struct bisect_runner runner;
};

/* Makes it, or takes it up again; its identity is set. Returns 0 or -errno (reported). */
int bisect_worktree_open(struct bisect_worktree *worktree, const char *tree, const char *out);

/* Removes it; commits that only it had are left to git's own collection. */
void bisect_worktree_close(struct bisect_worktree *worktree);

/* Names a commit's kernel: the first 12 digits, the place of its image, and the version of its
 * Makefile. Returns 0 or -EINVAL: it is not a kernel's (reported). */
int bisect_worktree_kernel(const struct bisect_worktree *worktree, const char *sha,
			   struct bisect_kernel *kernel);

/* A runner's: checks the kernel's commit out, builds it, and runs its image; one that does not
 * build has "skip" true in its result. context: the worktree. */
int bisect_worktree_run(void *context, const struct bisect_kernel *kernel,
			const struct bisect_attempt *attempt, json_t **result);

/*
 * Makes a commit that reverts `culprit` on top of `base`. The same each time, so that what was
 * judged is known again. Returns 0; 1 it cannot be reverted there; -errno (reported).
 */
int bisect_worktree_revert(const struct bisect_worktree *worktree, const char *culprit,
			   const char *base, char sha[BISECT_SHA]);

#endif
