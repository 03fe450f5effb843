/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bisection over the commits of a kernel's tree, by `git bisect` in a worktree of its own. In the
 * end the culprit is proved: it, its parent, and what it changed undone on the new end.
 */
#ifndef TOOLS_BISECT_BISECT_TREE_H
#define TOOLS_BISECT_BISECT_TREE_H

#include "tools/bisect/bisect_judge.h"
#include "tools/bisect/bisect_worktree.h"

struct bisect_tree {
	const char *tree, *good, *bad; /* the user's; revisions */
	const char *paths[BISECT_PATHS_MAX + 1];
	size_t path_count;
	const char *config; /* of the kernels, or NULL: the small one */
};

/* Whether it can be bisected; touches nothing. Returns 0; -EINVAL; -EPERM; reported. */
int bisect_tree_check(const struct bisect_tree *tree, bool fixed);

/*
 * Bisects. worktree: open; its runner is that of the bisection. found: "found" (a commit, or null),
 * "subject", "before", "after" (names of steps), "candidates", "proof" (a list of "what", "name",
 * "wanted", "answer") and "proven"; the caller's, NULL with an error. Returns as bisect_versions().
 */
int bisect_tree(struct bisect *bisect, const struct bisect_tree *tree,
		const struct bisect_worktree *worktree, json_t **found);

/* Of bisect_tree_text.c. Says what was found, and what of the proof holds. */
void bisect_tree_print(FILE *to, const struct bisect *bisect, const json_t *found);

#endif
