/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes, ACLs among them. By path: there is no call that takes an O_PATH descriptor
 * before 6.13. */
#include "fusefs/operations.h"

#include <string.h>
#include <sys/xattr.h>

/* Room for an answer of the size the kernel asked for, which is at most XATTR_SIZE_MAX. */
static char *area_of(fuse_req_t request, size_t *size)
{
	struct layer *layer = layer_of(request);

	if (*size > layer->receive_size)
		*size = layer->receive_size;
	return current_execution->worker->read_area;
}

void op_setxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, const char *value,
		 size_t size, int flags)
{
	char path[PROC_PATH_SIZE];

	inode_path(layer_of(request), inode_of(layer_of(request), nodeid), path);
	answer_result(request, AS_CALLER(request, IDENTITY_CALLER,
					 setxattr(path, name, value, size, flags)));
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

/* All others anybody may read, the kernel above all: ACLs, security. */
static bool takes_a_right(const char *name)
{
	return !strncmp(name, "user.", strlen("user.")) ||
	       !strncmp(name, "trusted.", strlen("trusted."));
}

void op_getxattr(fuse_req_t request, fuse_ino_t nodeid, const char *name, size_t size)
{
	char path[PROC_PATH_SIZE], *data = area_of(request, &size);
	ssize_t length;

	inode_path(layer_of(request), inode_of(layer_of(request), nodeid), path);
	length = takes_a_right(name) ? AS_CALLER(request, IDENTITY_CALLER,
						 (int)getxattr(path, name, data, size))
				     : getxattr(path, name, data, size);
	answer_value(request, data, length, size);
}

/* Names that only root sees are left out as the caller. */
void op_listxattr(fuse_req_t request, fuse_ino_t nodeid, size_t size)
{
	char path[PROC_PATH_SIZE], *data = area_of(request, &size);
	ssize_t length;

	inode_path(layer_of(request), inode_of(layer_of(request), nodeid), path);
	length = AS_CALLER(request, IDENTITY_CALLER, (int)listxattr(path, data, size));
	answer_value(request, data, length, size);
}

void op_removexattr(fuse_req_t request, fuse_ino_t nodeid, const char *name)
{
	char path[PROC_PATH_SIZE];

	inode_path(layer_of(request), inode_of(layer_of(request), nodeid), path);
	/* Everybody's write takes them away: cap_inode_killpriv(), security/commoncap.c. */
	answer_result(request,
		      !strcmp(name, "security.capability")
			      ? removexattr(path, name)
			      : AS_CALLER(request, IDENTITY_CALLER, removexattr(path, name)));
}
