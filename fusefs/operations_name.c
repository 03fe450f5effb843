/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Operations that make, move and remove names. */
#include "fusefs/identity.h"
#include "fusefs/operations.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int parent_fd(fuse_req_t request, fuse_ino_t parent)
{
	return inode_of(layer_of(request), parent)->fd;
}

/* Opens or makes the file as the caller. Returns a descriptor or a negative errno. */
static int create_file(fuse_req_t request, int directory, const char *name, int flags, mode_t mode)
{
	int fd;

	flags &= ~(O_APPEND | O_NOCTTY);
	if ((flags & O_TMPFILE) == O_TMPFILE)
		name = "."; /* the directory itself; what the kernel calls the file means nothing */
	else
		flags |= O_CREAT | O_NOFOLLOW;
	identity_assume(request);
	fd = openat(directory, name, flags | O_CLOEXEC, mode);
	identity_restore();
	return fd < 0 ? -errno : fd;
}

/* The entry of an open file, whatever its name is by now. */
static int entry_of_file(struct layer *layer, int fd, struct fuse_entry_param *entry)
{
	char name[16];
	int path_fd;

	snprintf(name, sizeof(name), "%d", fd);
	path_fd = openat(layer->proc_fd, name, O_PATH | O_CLOEXEC);
	return path_fd < 0 ? -errno : entry_of_fd(layer, path_fd, entry);
}

void op_create(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode,
	       struct fuse_file_info *info)
{
	struct layer *layer = layer_of(request);
	struct fuse_entry_param entry;
	struct handle *handle;
	int fd, r;

	fd = create_file(request, parent_fd(request, parent), name, info->flags, mode);
	if (fd < 0) {
		answer_error(request, fd);
		return;
	}
	r = entry_of_file(layer, fd, &entry);
	if (r) {
		close(fd);
		answer_error(request, r);
		return;
	}
	r = handle_adopt(layer, inode_of(layer, entry.ino), fd, info->flags & ~O_TMPFILE, &handle);
	if (r) {
		entry_drop(layer, &entry);
		answer_error(request, r);
		return;
	}
	answer_open(request, &entry, handle, info);
}

/* Answers with what was made, or why it was not. */
static void answer_made(fuse_req_t request, int result, fuse_ino_t parent, const char *name)
{
	if (result < 0)
		answer_error(request, -errno);
	else
		answer_look_up(request, parent, name);
}

void op_mknod(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode, dev_t device)
{
	int result;

	identity_assume(request);
	result = mknodat(parent_fd(request, parent), name, mode, device);
	identity_restore();
	answer_made(request, result, parent, name);
}

void op_mkdir(fuse_req_t request, fuse_ino_t parent, const char *name, mode_t mode)
{
	int result;

	identity_assume(request);
	result = mkdirat(parent_fd(request, parent), name, mode);
	identity_restore();
	answer_made(request, result, parent, name);
}

void op_symlink(fuse_req_t request, const char *target, fuse_ino_t parent, const char *name)
{
	int result;

	identity_assume(request);
	result = symlinkat(target, parent_fd(request, parent), name);
	identity_restore();
	answer_made(request, result, parent, name);
}

void op_link(fuse_req_t request, fuse_ino_t nodeid, fuse_ino_t parent, const char *name)
{
	const struct inode *inode = inode_of(layer_of(request), nodeid);

	answer_made(request, linkat(inode->fd, "", parent_fd(request, parent), name, AT_EMPTY_PATH),
		    parent, name);
}

void op_unlink(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	answer_result(request, unlinkat(parent_fd(request, parent), name, 0));
}

void op_rmdir(fuse_req_t request, fuse_ino_t parent, const char *name)
{
	answer_result(request, unlinkat(parent_fd(request, parent), name, AT_REMOVEDIR));
}

void op_rename(fuse_req_t request, fuse_ino_t parent, const char *name, fuse_ino_t new_parent,
	       const char *new_name, unsigned int flags)
{
	int result = renameat2(parent_fd(request, parent), name, parent_fd(request, new_parent),
			       new_name, flags);

	atomic_fetch_add(&layer_of(request)->renames, 1);
	answer_result(request, result);
}
