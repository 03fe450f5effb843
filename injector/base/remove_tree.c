/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/remove_tree.h"
#include "injector/base/cleanup.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>

enum { OBSTACLES_MAX = 1000, DEPTH_MAX = 1 << 16 };

/* A directory on the way down, and its name in the one above. */
struct level {
	struct level *above;
	dev_t device;
	ino_t inode;
	char name[NAME_MAX + 1];
};

struct removal {
	int fd;              /* of the directory that is emptied */
	struct level *level; /* its own */
	unsigned int depth;
	unsigned int obstacles; /* changes by others met so far */
};

int file_identity_of(int fd, struct file_identity *identity)
{
	struct statx status;

	if (statx(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, STATX_BASIC_STATS | STATX_BTIME,
		  &status))
		return -errno;
	*identity = (struct file_identity){
		.device = makedev(status.stx_dev_major, status.stx_dev_minor),
		.inode = status.stx_ino,
	};
	if (status.stx_mask & STATX_BTIME)
		identity->birth =
			(uint64_t)status.stx_btime.tv_sec * 1000000000 + status.stx_btime.tv_nsec;
	return 0;
}

bool file_identity_same(const struct file_identity *a, const struct file_identity *b,
			bool any_device)
{
	return a->inode == b->inode && a->birth == b->birth &&
	       (any_device || a->device == b->device);
}

/* Opens a directory without crossing a mount: RESOLVE_NO_XDEV (5.6) stops at bind mounts, too. */
static int open_directory(int fd, const char *name)
{
	const struct open_how how = {
		.flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC,
		.resolve = RESOLVE_NO_XDEV | RESOLVE_NO_SYMLINKS,
	};
	long opened = syscall(SYS_openat2, fd, name, &how, sizeof(how));

	if (opened < 0 && errno == ENOSYS)
		opened = openat(fd, name, (int)how.flags);
	return opened < 0 ? -errno : (int)opened;
}

static int is_obstacle(struct removal *removal)
{
	return ++removal->obstacles > OBSTACLES_MAX ? -EBUSY : 0;
}

static int enter(struct removal *removal, const char *name)
{
	_cleanup_close_ int fd = open_directory(removal->fd, name);
	_cleanup_free_ struct level *level = NULL;
	struct stat status;

	if (fd == -ENOENT || fd == -ENOTDIR || fd == -ELOOP)
		return is_obstacle(removal);
	if (fd < 0)
		return fd == -EXDEV ? -EBUSY : fd;
	if (fstat(fd, &status))
		return -errno;
	if (removal->level && status.st_dev != removal->level->device)
		return -EBUSY;
	if (removal->depth >= DEPTH_MAX)
		return -ENAMETOOLONG;
	level = malloc(sizeof(*level));
	if (!level)
		return -ENOMEM;
	*level = (struct level){ removal->level, status.st_dev, status.st_ino, "" };
	memcpy(level->name, name, strlen(name) + 1);
	cleanup_close(&removal->fd);
	removal->fd = take_fd(&fd);
	removal->level = level;
	removal->depth++;
	level = NULL;
	return 0;
}

/* Returns to the directory above, which must still be the same, and removes the one left. */
static int leave(struct removal *removal)
{
	_cleanup_free_ struct level *level = removal->level;
	_cleanup_close_ int above = open_directory(removal->fd, "..");
	struct stat status;

	removal->level = level->above;
	removal->depth--;
	if (above < 0)
		return above;
	if (fstat(above, &status))
		return -errno;
	if (status.st_dev != level->above->device || status.st_ino != level->above->inode)
		return -EBUSY;
	cleanup_close(&removal->fd);
	removal->fd = take_fd(&above);
	if (!unlinkat(removal->fd, level->name, AT_REMOVEDIR))
		return 0;
	return errno == ENOTEMPTY || errno == EEXIST || errno == ENOENT || errno == ENOTDIR
		       ? is_obstacle(removal)
		       : -errno;
}

/* Removes one entry. Returns 0; 1 it is a directory that is not empty; -errno. */
static int remove_entry(int fd, const char *name, bool is_directory)
{
	for (int tries = 0; tries < 4; tries++, is_directory = !is_directory) {
		if (!unlinkat(fd, name, is_directory ? AT_REMOVEDIR : 0) || errno == ENOENT)
			return 0;
		if (is_directory && (errno == ENOTEMPTY || errno == EEXIST))
			return 1;
		if (errno != (is_directory ? ENOTDIR : EISDIR))
			return -errno;
	}
	return -EBUSY;
}

/* Removes entries up to the first directory that is not empty. Returns 0; 1 and the name of that
 * directory; -errno. */
static int empty(int fd, char name[NAME_MAX + 1])
{
	int again = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;
	DIR *directory = again < 0 ? NULL : fdopendir(again);
	const struct dirent *entry;

	if (!directory) {
		r = -errno;
		cleanup_close(&again);
		return r;
	}
	while (!r && (entry = readdir(directory))) {
		if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
			continue;
		r = remove_entry(fd, entry->d_name, entry->d_type == DT_DIR);
		if (r == 1)
			snprintf(name, NAME_MAX + 1, "%s", entry->d_name);
	}
	closedir(directory);
	return r;
}

static int empty_all(struct removal *removal)
{
	char name[NAME_MAX + 1];
	int r;

	do {
		r = empty(removal->fd, name);
		if (r == 1)
			r = enter(removal, name);
		else if (!r && removal->level->above)
			r = leave(removal);
		else
			return r;
	} while (!r);
	return r;
}

/* Removes the directory itself, if its name still leads to it. */
static int remove_root(const struct removal *removal, const char *path)
{
	_cleanup_close_ int above = openat(removal->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *name = strrchr(path, '/');
	struct stat status, there;

	name = name ? name + 1 : path;
	if (above < 0 || fstat(removal->fd, &status) ||
	    fstatat(above, name, &there, AT_SYMLINK_NOFOLLOW))
		return errno == ENOENT ? -ESTALE : -errno;
	if (status.st_ino != there.st_ino || status.st_dev != there.st_dev)
		return -ESTALE;
	return unlinkat(above, name, AT_REMOVEDIR) ? -errno : 0;
}

int remove_tree(const char *path, const struct file_identity *made, bool any_device)
{
	struct removal removal = { .fd = AT_FDCWD };
	struct file_identity found;
	struct stat status;
	int r;

	removal.fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (removal.fd < 0)
		return errno == ENOENT ? 0 : errno == ELOOP || errno == ENOTDIR ? -ESTALE : -errno;
	r = file_identity_of(removal.fd, &found);
	if (!r && fstat(removal.fd, &status))
		r = -errno;
	if (!r && (!file_identity_same(&found, made, any_device) ||
		   (status.st_uid && status.st_uid != geteuid())))
		r = -ESTALE;
	if (!r)
		r = enter(&removal, ".");
	if (!r)
		r = empty_all(&removal);
	if (!r)
		r = remove_root(&removal, path);
	while (removal.level) {
		struct level *level = removal.level;

		removal.level = level->above;
		free(level);
	}
	cleanup_close(&removal.fd);
	return r;
}
