/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Restores names to their state before the changes in the log.
 *
 * Each changed name gets back the file that it led to before its first change. Files that are now
 * elsewhere are first moved to a temporary directory, and from there to their places; so the order
 * does not matter, and no directory is ever moved into itself. A file replaces another one by
 * rename(2), so the name always exists.
 */
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/remove_tree.h"
#include "injector/base/same_file.h"
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/fuse.h>
#include <search.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NAME_SIZE = 32, STAGING_TRIES = 100 };

struct wanted {
	const struct lose_entry *entry;
	bool settled; /* is in that state already, or cannot be */
};

struct tree {
	struct lose *lose;
	struct wanted *wanted;
	size_t count;
	const struct lose_witness *witness; /* may be NULL */
	int staging;                        /* directory */
	unsigned int staged;
	int error;
};

static void note_error(struct tree *tree, int error)
{
	tree->error = tree->error ?: error;
}

static const char *next_name(struct tree *tree, char name[NAME_SIZE])
{
	snprintf(name, NAME_SIZE, "%u", ++tree->staged);
	return name;
}

/* Lists each name with its first change, which has its durable state. */
static int list_wanted(struct tree *tree)
{
	void *seen = NULL;
	size_t room = 0;

	for (const struct lose_change *change = tree->lose->first; change; change = change->next)
		room += change->entry_count;
	tree->wanted = calloc(room + 1, sizeof(*tree->wanted));
	if (!tree->wanted)
		return -ENOMEM;
	for (const struct lose_change *change = tree->lose->first; change; change = change->next)
		for (unsigned int i = 0; i < change->entry_count; i++) {
			const struct lose_entry *entry = &change->entries[i];

			if (tfind(entry, &seen, lose_compare_entries))
				continue;
			tsearch(entry, &seen, lose_compare_entries);
			tree->wanted[tree->count++].entry = entry;
		}
	lose_end_set(seen);
	return 0;
}

static bool is_gone(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && !status.st_nlink;
}

/* Rebuilds a file without a name. The object keeps its identity, so names in a rebuilt directory
 * find it. */
static void rebuild(struct tree *tree, struct lose_object *object)
{
	char name[NAME_SIZE];
	int made = lose_rebuild(object->fd, tree->staging, next_name(tree, name));

	if (made < 0) {
		note_error(tree, made);
		return;
	}
	close(object->fd);
	object->fd = made;
	object->staged = tree->staged;
}

/* The object of a file, which may be restored elsewhere; NULL: none. */
static struct lose_object *find_object(const struct tree *tree, const struct stat *status)
{
	const struct lose_identity identity = { status->st_dev, status->st_ino };
	struct lose_object *const *found = tfind(&identity, &tree->lose->objects, lose_compare);

	return found ? *found : NULL;
}

static bool is_same(const struct stat *status, int fd)
{
	struct stat other;

	return !fstat(fd, &other) && is_same_file(&other, status);
}

static bool is_directory(int fd)
{
	struct stat status;

	return !fstat(fd, &status) && S_ISDIR(status.st_mode);
}

static const char *path_of(int fd, char path[NAME_SIZE])
{
	snprintf(path, NAME_SIZE, "/proc/self/fd/%d", fd);
	return path;
}

/* Gives a file a name in the temporary directory: it may lose its last one before it is placed. */
static void hold_by_name(struct tree *tree, const struct lose_entry *entry)
{
	char name[NAME_SIZE];

	if (linkat(entry->directory->fd, entry->name, tree->staging, next_name(tree, name), 0))
		note_error(tree, -errno);
}

static void tell(const struct tree *tree, const struct lose_entry *entry)
{
	char link[NAME_SIZE], path[PATH_MAX + NAME_MAX + 2];
	ssize_t length;

	if (!tree->witness)
		return;
	length = readlink(path_of(entry->directory->fd, link), path, PATH_MAX);
	append_text(path, sizeof(path), length < 0 ? 0 : (size_t)length, "/%s", entry->name);
	tree->witness->lost(tree->witness->context, path, true, 0);
}

static void clear(struct tree *tree, struct wanted *wanted)
{
	const struct lose_entry *entry = wanted->entry;
	struct lose_object *object;
	char name[NAME_SIZE];
	struct stat status;

	if (fstatat(entry->directory->fd, entry->name, &status, AT_SYMLINK_NOFOLLOW)) {
		/* A directory that is not restored cannot hold files. */
		wanted->settled = !entry->old || is_gone(entry->directory->fd);
		if (!wanted->settled)
			tell(tree, entry);
		return;
	}
	if (entry->old && is_same(&status, entry->old->fd)) {
		wanted->settled = true;
		return;
	}
	tell(tree, entry);
	object = find_object(tree, &status);
	if (entry->old && !S_ISDIR(status.st_mode) && !is_directory(entry->old->fd)) {
		if (object)
			hold_by_name(tree, entry);
		return;
	}
	wanted->settled = !entry->old;
	if (renameat(entry->directory->fd, entry->name, tree->staging, next_name(tree, name)))
		note_error(tree, -errno);
	else if (object)
		object->staged = tree->staged;
}

static void place(struct tree *tree, const struct lose_entry *entry)
{
	char name[NAME_SIZE], path[NAME_SIZE];

	if (is_directory(entry->old->fd)) {
		snprintf(name, sizeof(name), "%u", entry->old->staged);
		if (renameat(tree->staging, name, entry->directory->fd, entry->name))
			note_error(tree, -errno);
		return;
	}
	if (linkat(AT_FDCWD, path_of(entry->old->fd, path), tree->staging, next_name(tree, name),
		   AT_SYMLINK_FOLLOW) ||
	    renameat(tree->staging, name, entry->directory->fd, entry->name))
		note_error(tree, -errno);
}

/* By remove_tree(): the owner of the source directory may rename in it meanwhile. */
static void remove_staging(struct tree *tree, int root, const char *name)
{
	char path[2 * NAME_SIZE];
	struct file_identity identity;
	int r = file_identity_of(tree->staging, &identity);

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", root, name);
	note_error(tree, r ?: remove_tree(path, &identity, false));
}

static void put_back(struct tree *tree)
{
	for (size_t i = 0; i < tree->count; i++)
		if (tree->wanted[i].entry->old && is_gone(tree->wanted[i].entry->old->fd))
			rebuild(tree, tree->wanted[i].entry->old);
	for (size_t i = 0; i < tree->count; i++)
		clear(tree, &tree->wanted[i]);
	for (size_t i = 0; i < tree->count; i++)
		if (!tree->wanted[i].settled)
			place(tree, tree->wanted[i].entry);
}

/* Makes the temporary directory. A crash that was killed may have left one of that name. Returns 0
 * or -errno. */
static int make_staging(int root, char name[NAME_SIZE])
{
	size_t used = append_text(name, NAME_SIZE, 0, ".foliostorm-crash-%d", getpid());

	for (unsigned int i = 1; mkdirat(root, name, 0700); i++) {
		if (errno != EEXIST || i == STAGING_TRIES)
			return -errno;
		append_text(name, NAME_SIZE, used, ".%u", i);
	}
	return 0;
}

int lose_put_back_names(struct lose *lose, const struct lose_witness *witness)
{
	struct tree tree = { .lose = lose, .witness = witness, .staging = -1 };
	struct hook_request root = lose->any;
	_cleanup_close_ int root_fd = -1;
	char name[NAME_SIZE];
	int r = list_wanted(&tree);

	if (r || !tree.count)
		goto out;
	root.nodeid = FUSE_ROOT_ID;
	root_fd = root.lookups->open(&root, O_RDONLY | O_DIRECTORY);
	if (root_fd < 0) {
		r = root_fd;
		goto out;
	}
	r = make_staging(root_fd, name);
	if (r)
		goto out;
	tree.staging = openat(root_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (tree.staging >= 0) {
		put_back(&tree);
		remove_staging(&tree, root_fd, name);
		r = tree.error;
	} else {
		r = -errno;
		unlinkat(root_fd, name, AT_REMOVEDIR);
	}
out:
	if (tree.staging >= 0)
		close(tree.staging);
	free(tree.wanted);
	return r;
}
