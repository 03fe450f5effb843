/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes, ACLs among them. By path: there is no call that takes an O_PATH descriptor
 * before 6.13. */
#include "fusefs/operations.h"

#include <linux/limits.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

/* Room for an answer of the size the kernel asked for, which is at most XATTR_SIZE_MAX. */
static char *area_of(fuse_req_t request, size_t *size)
{
	struct layer *layer = layer_of(request);

	if (*size > layer->receive_size)
		*size = layer->receive_size;
	return current_execution->worker->read_area;
}

/* As setting an ACL does beneath when the caller is not in the group of the file. */
static int drop_setgid(const struct inode *inode, const char *path)
{
	struct stat status;

	if (fstat(inode->fd, &status))
		return -1;
	return status.st_mode & S_ISGID ? chmod(path, status.st_mode & 07777 & ~(mode_t)S_ISGID)
					: 0;
}

void op_setxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, const char *value,
		 size_t size, int flags)
{
	const struct inode *inode = inode_of(layer_of(request), nodeid);
	char path[PROC_PATH_SIZE];
	int result = setxattr(inode_path(inode, path), name, value, size, flags);

	if (!result && current_execution->kill_sgid)
		result = drop_setgid(inode, path);
	answer_result(request, result);
}

static void answer_value(fuse_req_t request, const char *data, ssize_t length, size_t size)
{
	if (length < 0)
		answer_error(request, -errno);
	else if (size)
		fuse_reply_buf(request, data, (size_t)length);
	else
		fuse_reply_xattr(request, (size_t)length);
}

void op_getxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, size_t size)
{
	char path[PROC_PATH_SIZE], *data = area_of(request, &size);

	inode_path(inode_of(layer_of(request), nodeid), path);
	answer_value(request, data, getxattr(path, name, data, size), size);
}

/* Drops the names that only root sees. Returns the new length. */
static size_t drop_trusted(char *names, size_t length)
{
	size_t kept = 0;

	for (size_t at = 0, next; at < length; at = next) {
		next = at + strlen(names + at) + 1;
		if (!strncmp(names + at, "trusted.", strlen("trusted.")))
			continue;
		memmove(names + kept, names + at, next - at);
		kept += next - at;
	}
	return kept;
}

void op_listxattr(fuse_req_t request, fuse_ino_t nodeid, size_t size)
{
	char path[PROC_PATH_SIZE], *data = area_of(request, &size);
	ssize_t length;

	inode_path(inode_of(layer_of(request), nodeid), path);
	if (!fuse_req_ctx(request)->uid) {
		answer_value(request, data, listxattr(path, data, size), size);
		return;
	}
	length = listxattr(path, data, XATTR_LIST_MAX);
	if (length > 0)
		length = (ssize_t)drop_trusted(data, (size_t)length);
	if (size && length > (ssize_t)size) {
		errno = ERANGE;
		length = -1;
	}
	answer_value(request, data, length, size);
}

void op_removexattr(fuse_req_t request, fuse_ino_t nodeid, const char *name)
{
	char path[PROC_PATH_SIZE];

	answer_result(request,
		      removexattr(inode_path(inode_of(layer_of(request), nodeid), path), name));
}
