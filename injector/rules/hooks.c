/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/hooks.h"

#include <string.h>

/*
 * forget and interrupt have no answer. release has one, but the kernel ignores its error, and the
 * descriptor is closed in any case.
 */
const struct hook_operation hook_operations[] = {
	{ "lookup", FUSE_LOOKUP, true, true, HOOK_NAMESPACE, 0 },
	{ "forget", FUSE_FORGET, false, false, 0, 0 },
	{ "getattr", FUSE_GETATTR, true, true, HOOK_METADATA, 0 },
	{ "setattr", FUSE_SETATTR, true, true, HOOK_METADATA, HOOK_OFFSET },
	{ "readlink", FUSE_READLINK, true, true, HOOK_METADATA, 0 },
	{ "symlink", FUSE_SYMLINK, true, true, HOOK_NAMESPACE, 0 },
	{ "mknod", FUSE_MKNOD, true, true, HOOK_NAMESPACE, 0 },
	{ "mkdir", FUSE_MKDIR, true, true, HOOK_NAMESPACE, 0 },
	{ "unlink", FUSE_UNLINK, true, true, HOOK_NAMESPACE, 0 },
	{ "rmdir", FUSE_RMDIR, true, true, HOOK_NAMESPACE, 0 },
	{ "rename", FUSE_RENAME, true, true, HOOK_NAMESPACE, 0 },
	{ "link", FUSE_LINK, true, true, HOOK_NAMESPACE, 0 },
	{ "open", FUSE_OPEN, true, true, HOOK_NAMESPACE, HOOK_FLAGS },
	{ "read", FUSE_READ, true, true, HOOK_DATA, HOOK_RANGE | HOOK_FLAGS | HOOK_HANDLE },
	{ "write", FUSE_WRITE, true, true, HOOK_DATA, HOOK_RANGE | HOOK_FLAGS | HOOK_HANDLE },
	{ "statfs", FUSE_STATFS, true, true, HOOK_METADATA, 0 },
	{ "release", FUSE_RELEASE, true, false, HOOK_NAMESPACE, HOOK_HANDLE },
	{ "fsync", FUSE_FSYNC, true, true, HOOK_SYNC, HOOK_HANDLE },
	{ "setxattr", FUSE_SETXATTR, true, true, HOOK_METADATA, 0 },
	{ "getxattr", FUSE_GETXATTR, true, true, HOOK_METADATA, 0 },
	{ "listxattr", FUSE_LISTXATTR, true, true, HOOK_METADATA, 0 },
	{ "removexattr", FUSE_REMOVEXATTR, true, true, HOOK_METADATA, 0 },
	{ "flush", FUSE_FLUSH, true, true, HOOK_SYNC, HOOK_HANDLE },
	{ "init", FUSE_INIT, false, false, 0, 0 },
	{ "opendir", FUSE_OPENDIR, true, true, HOOK_NAMESPACE, 0 },
	{ "readdir", FUSE_READDIR, true, true, HOOK_NAMESPACE, HOOK_OFFSET | HOOK_HANDLE },
	{ "releasedir", FUSE_RELEASEDIR, true, false, HOOK_NAMESPACE, HOOK_HANDLE },
	{ "fsyncdir", FUSE_FSYNCDIR, true, true, HOOK_SYNC, HOOK_HANDLE },
	{ "create", FUSE_CREATE, true, true, HOOK_NAMESPACE, HOOK_FLAGS },
	{ "interrupt", FUSE_INTERRUPT, false, false, 0, 0 },
	{ "destroy", FUSE_DESTROY, false, false, 0, 0 },
	{ "ioctl", FUSE_IOCTL, true, true, HOOK_METADATA, HOOK_HANDLE },
	{ "notify_reply", FUSE_NOTIFY_REPLY, false, false, 0, 0 },
	{ "batch_forget", FUSE_BATCH_FORGET, false, false, 0, 0 },
	{ "fallocate", FUSE_FALLOCATE, true, true, HOOK_DATA,
	  HOOK_RANGE | HOOK_MODE | HOOK_HANDLE },
	{ "readdirplus", FUSE_READDIRPLUS, true, true, HOOK_NAMESPACE, HOOK_OFFSET | HOOK_HANDLE },
	{ "rename", FUSE_RENAME2, true, true, HOOK_NAMESPACE, 0 },
	{ "lseek", FUSE_LSEEK, true, true, HOOK_DATA, HOOK_OFFSET | HOOK_HANDLE },
	{ "copy_file_range", FUSE_COPY_FILE_RANGE, true, true, HOOK_DATA,
	  HOOK_RANGE | HOOK_HANDLE },
	{ "tmpfile", FUSE_TMPFILE, true, true, HOOK_NAMESPACE, HOOK_FLAGS },
	{ .name = NULL },
};

const struct hook_operation *hook_operation_find(const char *name)
{
	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (!strcmp(operation->name, name))
			return operation;
	return NULL;
}

const struct hook_operation *hook_operation_of(uint32_t opcode)
{
	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if (operation->opcode == opcode)
			return operation;
	return NULL;
}

uint64_t hook_operations_with(unsigned int fields)
{
	uint64_t bits = 0;

	for (const struct hook_operation *operation = hook_operations; operation->name; operation++)
		if ((operation->fields & fields) == fields)
			bits |= HOOK_BIT(operation->opcode);
	return bits;
}
