/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Records owner, mode, times and extended attributes of a file, and sets them on it or another. */
#include "injector/base/cleanup.h"
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { PATH_SIZE = sizeof("/proc/self/fd/") + 11 };

/* An extended attribute: ACLs, security labels and capabilities among them. */
struct lose_xattr {
	struct lose_xattr *next;
	char *name;
	size_t size;
	char value[];
};

static const char *path_of(int fd, char path[PATH_SIZE])
{
	snprintf(path, PATH_SIZE, "/proc/self/fd/%d", fd);
	return path;
}

/* Adds an attribute to the list, unless it is gone by now. Returns 0 or -ENOMEM. */
static int read_xattr(const char *path, const char *name, struct lose_xattr **list)
{
	ssize_t size = getxattr(path, name, NULL, 0);
	struct lose_xattr *xattr = size < 0 ? NULL : malloc(sizeof(*xattr) + (size_t)size);

	if (size < 0)
		return 0;
	if (!xattr)
		return -ENOMEM;
	size = getxattr(path, name, xattr->value, (size_t)size);
	xattr->name = size < 0 ? NULL : strdup(name);
	if (!xattr->name) {
		free(xattr);
		return size < 0 ? 0 : -ENOMEM;
	}
	xattr->size = (size_t)size;
	xattr->next = *list;
	*list = xattr;
	return 0;
}

static int read_xattrs(const char *path, struct lose_xattr **list)
{
	ssize_t size = listxattr(path, NULL, 0);
	_cleanup_free_ char *names = size > 0 ? malloc((size_t)size) : NULL;
	int r = 0;

	if (size <= 0)
		return 0;
	if (!names)
		return -ENOMEM;
	size = listxattr(path, names, (size_t)size);
	for (char *name = names; name < names + size && !r; name += strlen(name) + 1)
		r = read_xattr(path, name, list);
	return r;
}

struct lose_attributes *lose_read_attributes(int fd)
{
	struct lose_attributes *attributes = calloc(1, sizeof(*attributes));
	char path[PATH_SIZE];

	if (!attributes)
		return NULL;
	/* Only root may set attributes of symbolic links: they are skipped. */
	if (!fstat(fd, &attributes->status) &&
	    (S_ISLNK(attributes->status.st_mode) ||
	     !read_xattrs(path_of(fd, path), &attributes->xattrs)))
		return attributes;
	lose_free_attributes(attributes);
	return NULL;
}

void lose_free_attributes(struct lose_attributes *attributes)
{
	while (attributes && attributes->xattrs) {
		struct lose_xattr *xattr = attributes->xattrs;

		attributes->xattrs = xattr->next;
		free(xattr->name);
		free(xattr);
	}
	free(attributes);
}

static bool has(const struct lose_xattr *xattr, const char *name)
{
	while (xattr && strcmp(xattr->name, name) != 0)
		xattr = xattr->next;
	return xattr;
}

/* Attributes that cannot be set are left out. */
static void put_xattrs(const char *path, const struct lose_xattr *list)
{
	ssize_t size = listxattr(path, NULL, 0);
	_cleanup_free_ char *names = size > 0 ? malloc((size_t)size) : NULL;

	size = names ? listxattr(path, names, (size_t)size) : 0;
	for (char *name = names; name && name < names + size; name += strlen(name) + 1)
		if (!has(list, name))
			(void)removexattr(path, name);
	for (; list; list = list->next)
		(void)setxattr(path, list->name, list->value, list->size, 0);
}

/* The mode after the owner, since chown clears setuid, and after ACLs, which change it. Times last.
 */
int lose_put_attributes(int fd, const struct lose_attributes *attributes)
{
	const struct stat *status = &attributes->status;
	char path[PATH_SIZE];
	int r = 0;

	path_of(fd, path);
	if (fchownat(fd, "", status->st_uid, status->st_gid, AT_EMPTY_PATH))
		r = -errno;
	if (!S_ISLNK(status->st_mode)) {
		put_xattrs(path, attributes->xattrs);
		if (chmod(path, status->st_mode & 07777))
			r = r ?: -errno;
	}
	if (utimensat(AT_FDCWD, path, (struct timespec[]){ status->st_atim, status->st_mtim }, 0))
		r = r ?: -errno;
	return r;
}
