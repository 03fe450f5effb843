/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/hooks.h"

#include <string.h>

/*
 * Numbers, not <linux/fuse.h>: headers of distributions lack the newer ones. forget and interrupt
 * are not answered; release is, but its error goes nowhere and the descriptor is gone whatever it
 * says.
 */
const struct hook_operation hook_operations[] = {
	{ "lookup", 1, true, true, HOOK_NAMESPACE },
	{ "forget", 2, false, false, 0 },
	{ "getattr", 3, true, true, HOOK_METADATA },
	{ "setattr", 4, true, true, HOOK_METADATA },
	{ "readlink", 5, true, true, HOOK_METADATA },
	{ "symlink", 6, true, true, HOOK_NAMESPACE },
	{ "mknod", 8, true, true, HOOK_NAMESPACE },
	{ "mkdir", 9, true, true, HOOK_NAMESPACE },
	{ "unlink", 10, true, true, HOOK_NAMESPACE },
	{ "rmdir", 11, true, true, HOOK_NAMESPACE },
	{ "rename", 12, true, true, HOOK_NAMESPACE },
	{ "link", 13, true, true, HOOK_NAMESPACE },
	{ "open", 14, true, true, HOOK_NAMESPACE },
	{ "read", 15, true, true, HOOK_DATA },
	{ "write", 16, true, true, HOOK_DATA },
	{ "statfs", 17, true, true, HOOK_METADATA },
	{ "release", 18, true, false, HOOK_NAMESPACE },
	{ "fsync", 20, true, true, HOOK_SYNC },
	{ "setxattr", 21, true, true, HOOK_METADATA },
	{ "getxattr", 22, true, true, HOOK_METADATA },
	{ "listxattr", 23, true, true, HOOK_METADATA },
	{ "removexattr", 24, true, true, HOOK_METADATA },
	{ "flush", 25, true, true, HOOK_SYNC },
	{ "init", 26, false, false, 0 },
	{ "opendir", 27, true, true, HOOK_NAMESPACE },
	{ "readdir", 28, true, true, HOOK_NAMESPACE },
	{ "releasedir", 29, true, false, HOOK_NAMESPACE },
	{ "fsyncdir", 30, true, true, HOOK_SYNC },
	{ "create", 35, true, true, HOOK_NAMESPACE },
	{ "interrupt", 36, false, false, 0 },
	{ "destroy", 38, false, false, 0 },
	{ "ioctl", 39, true, true, HOOK_METADATA },
	{ "notify_reply", 41, false, false, 0 },
	{ "batch_forget", 42, false, false, 0 },
	{ "fallocate", 43, true, true, HOOK_DATA },
	{ "readdirplus", 44, true, true, HOOK_NAMESPACE },
	{ "rename", 45, true, true, HOOK_NAMESPACE },
	{ "lseek", 46, true, true, HOOK_DATA },
	{ "copy_file_range", 47, true, true, HOOK_DATA },
	{ "tmpfile", 51, true, true, HOOK_NAMESPACE },
	{ NULL, 0, false, false, 0 },
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
