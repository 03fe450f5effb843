/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small trees of files of every owner and mode, and what they look like afterwards. */
#ifndef TESTS_HOSTILE_TREES_H
#define TESTS_HOSTILE_TREES_H

#include <stddef.h>

enum tree {
	TREE_FILES,       /* regular files, one for each mode */
	TREE_DIRECTORIES, /* each with a file and a directory in it */
	TREE_SPECIAL,     /* links, devices, ACLs, chattr */
};

enum { TREES = TREE_SPECIAL + 1, TREE_TEXT = 8192 };

/* Makes the tree as the directory `path`, which is not there. Returns 0 or -errno. */
int tree_make(enum tree tree, const char *path);

/* Makes the entries of the tree anew that are said to have changed, and removes what is not of it.
 * changed: ended by NULL. Returns 0 or -errno. */
int tree_restore(enum tree tree, const char *path, const char *const *changed);

/*
 * Writes a line for each file: mode, owner, links, size, sum of the content, flags of chattr,
 * extended attributes, and whether its modification time is still the one it was made with. Of
 * entries of the tree that are not in `looked_at` (ended by NULL) no more than the name. text has
 * room for TREE_TEXT bytes.
 */
void tree_describe(const char *path, const char *const *looked_at, char *text);

#endif
