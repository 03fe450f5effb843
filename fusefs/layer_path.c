/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/layer_path.h"
#include "fusefs/handle.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_there(const char *path, const struct inode *inode)
{
	struct stat status;

	return !lstat(path, &status) && status.st_ino == inode->number &&
	       status.st_dev == inode->device;
}

/* Cuts what the kernel adds to a name that was removed (prepend_path(), fs/d_path.c, 6.18), unless
 * the file is really called so. */
static void cut_deleted(char *path, const struct inode *inode)
{
	static const char deleted[] = " (deleted)";
	size_t length = strlen(path);
	char *end = path + length - (sizeof(deleted) - 1);

	if (length > sizeof(deleted) - 1 && !strcmp(end, deleted) && !is_there(path, inode))
		*end = '\0';
}

/* The length of the source's path, with which all paths beneath begin; 0 if the source is "/". The
 * source can be renamed while it is mounted. */
static size_t measure_root(const struct layer *layer)
{
	char link[PROC_PATH_SIZE], path[PATH_MAX];
	ssize_t length = readlink(inode_path(layer, layer->root, link), path, sizeof(path));

	return length > 1 ? (size_t)length : 0;
}

/* Reads the path from a link of /proc, without the source's. Returns it allocated, or NULL. */
static char *read_path(const struct layer *layer, const struct inode *inode, const char *link)
{
	char path[PATH_MAX + 16]; /* and what cut_deleted() cuts */
	ssize_t length = readlink(link, path, sizeof(path) - 1);
	size_t root = measure_root(layer);

	if (length < 0)
		return NULL;
	path[length] = '\0';
	cut_deleted(path, inode);
	if (inode == layer->root || (size_t)length <= root)
		return strdup("/");
	return strdup(path[root] == '/' ? path + root + 1 : path + root);
}

static void copy_text(char *text, const char *from, size_t size)
{
	if (!memccpy(text, from, '\0', size))
		text[size - 1] = '\0';
}

static const char *path_of(struct layer *layer, struct inode *inode, bool anew, char *text,
			   size_t size)
{
	uint64_t names = atomic_load(&layer->renames);
	size_t borrowed = inode_borrowed();
	char link[PROC_PATH_SIZE], *path;
	bool known;

	pthread_mutex_lock(&inode->lock);
	known = !anew && inode->path && inode->path_renames == names;
	if (known)
		copy_text(text, inode->path, size);
	pthread_mutex_unlock(&inode->lock);
	if (known)
		return text;
	path = read_path(layer, inode, inode_path(layer, inode, link));
	/* Also threads that are no workers ask, and one request for all entries of a directory. */
	inode_close_borrowed(borrowed);
	copy_text(text, path ?: "", size);
	pthread_mutex_lock(&inode->lock);
	free(inode->path);
	inode->path = path;
	inode->path_renames = names;
	pthread_mutex_unlock(&inode->lock);
	return text;
}

const char *layer_path_anew(struct layer *layer, struct inode *inode, char *text, size_t size)
{
	return path_of(layer, inode, true, text, size);
}

const char *layer_path_of(struct layer *layer, struct inode *inode, char *text, size_t size)
{
	return path_of(layer, inode, false, text, size);
}
