/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Small trees of files with various owners and modes, and a description of their state. */
#ifndef TESTS_HOSTILE_TREES_H
#define TESTS_HOSTILE_TREES_H

#include <stddef.h>

enum tree {
	TREE_FILES,       /* regular files, one for each mode */
	TREE_DIRECTORIES, /* each with a file and a directory in it */
	TREE_SPECIAL,     /* links, devices, ACLs, chattr */
};

enum { TREES = TREE_SPECIAL + 1, TREE_TEXT = 8192 };

/* Makes the tree as the new directory `path`. Returns 0 or -errno. */
int tree_make(enum tree tree, const char *path);

/* Removes the entries in `changed` (ended by NULL), and makes those that belong to the tree again.
 * Returns 0 or -errno. */
int tree_restore(enum tree tree, const char *path, const char *const *changed);

/*
 * Writes a line for each file: mode, owner, links, device number, size (not of directories), hash
 * of the content, flags of chattr, extended attributes, and "touched" if its modification time has
 * changed. Entries of the tree not in `looked_at` (ended by NULL) are only named. text: room for
 * TREE_TEXT bytes.
 */
void tree_describe(const char *path, const char *const *looked_at, char *text);

#endif
