/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Extended attributes, ACLs among them. By path: before 6.13 no call takes an O_PATH descriptor. */
#include "fusefs/operations.h"

#include <string.h>
#include <sys/xattr.h>

/* The worker's read area, for an answer. size: as the kernel asked, at most XATTR_SIZE_MAX; limited
 * to the area. */
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

/* Whether reading the attribute requires a right. Anybody may read others, such as ACLs and
 * security; the kernel reads them itself. */
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

/* As the caller, so that names that only root sees are left out. */
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
	/* Any write removes file capabilities: cap_inode_killpriv(), security/commoncap.c. */
	answer_result(request,
		      !strcmp(name, "security.capability")
			      ? removexattr(path, name)
			      : AS_CALLER(request, IDENTITY_CALLER, removexattr(path, name)));
}
