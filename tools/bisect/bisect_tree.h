/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bisects the commits of a kernel tree by `git bisect` in a separate worktree. Finally proves the
 * culprit: it judges the culprit, its parent, and the new end with the culprit reverted.
 */
#ifndef TOOLS_BISECT_BISECT_TREE_H
#define TOOLS_BISECT_BISECT_TREE_H

#include "tools/bisect/bisect_judge.h"
#include "tools/bisect/bisect_worktree.h"

struct bisect_tree {
	const char *tree, *good, *bad; /* the user's work tree; revisions */
	const char *paths[BISECT_PATHS_MAX + 1];
	size_t path_count;
	const char *config; /* configuration of the kernels; NULL: the small one */
};

/* Checks that the tree can be bisected between these ends; changes nothing. Returns 0; -EINVAL;
 * -EPERM; reported. */
int bisect_tree_check(const struct bisect_tree *tree, bool fixed);

/*
 * Bisects. worktree: open; bisect->config->runner uses it. found: a new reference, NULL on error,
 * with "found" (a commit or null), "subject", "before" and "after" (names of steps), "candidates",
 * "proof" (a list of "what", "name", "wanted", "answer", "reason") and "proven". Returns as
 * bisect_versions() does.
 */
int bisect_tree(struct bisect *bisect, const struct bisect_tree *tree,
		const struct bisect_worktree *worktree, json_t **found);

/* Prints what was found, and the proof. In bisect_tree_text.c. */
void bisect_tree_print(FILE *to, const struct bisect *bisect, const json_t *found);

#endif
