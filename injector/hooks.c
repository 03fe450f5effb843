/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/hooks.h"

#include <string.h>

/*
 * Numbers, not <linux/fuse.h>: headers of distributions lack the newer ones. forget and interrupt
 * are not answered; release is, but its error goes nowhere and the descriptor is gone whatever it
 * says.
 */
const struct hook_operation hook_operations[] = {
	{ "lookup", 1, true, true },
	{ "forget", 2, false, false },
	{ "getattr", 3, true, true },
	{ "setattr", 4, true, true },
	{ "readlink", 5, true, true },
	{ "symlink", 6, true, true },
	{ "mknod", 8, true, true },
	{ "mkdir", 9, true, true },
	{ "unlink", 10, true, true },
	{ "rmdir", 11, true, true },
	{ "rename", 12, true, true },
	{ "link", 13, true, true },
	{ "open", 14, true, true },
	{ "read", 15, true, true },
	{ "write", 16, true, true },
	{ "statfs", 17, true, true },
	{ "release", 18, true, false },
	{ "fsync", 20, true, true },
	{ "setxattr", 21, true, true },
	{ "getxattr", 22, true, true },
	{ "listxattr", 23, true, true },
	{ "removexattr", 24, true, true },
	{ "flush", 25, true, true },
	{ "init", 26, false, false },
	{ "opendir", 27, true, true },
	{ "readdir", 28, true, true },
	{ "releasedir", 29, true, false },
	{ "fsyncdir", 30, true, true },
	{ "create", 35, true, true },
	{ "interrupt", 36, false, false },
	{ "destroy", 38, false, false },
	{ "ioctl", 39, true, true },
	{ "notify_reply", 41, false, false },
	{ "batch_forget", 42, false, false },
	{ "fallocate", 43, true, true },
	{ "readdirplus", 44, true, true },
	{ "rename", 45, true, true },
	{ "lseek", 46, true, true },
	{ "copy_file_range", 47, true, true },
	{ "tmpfile", 51, true, true },
	{ NULL, 0, false, false },
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
