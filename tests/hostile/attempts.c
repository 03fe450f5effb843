/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts of more than one table. */
#include "tests/hostile/attempts.h"
#include "injector/base/cleanup.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

const struct attempt_table attempt_tables[ATTEMPT_TABLES] = {
	{ TREE_FILES, attempts_on_files },
	{ TREE_FILES, attempts_on_attributes },
	{ TREE_DIRECTORIES, attempts_in_directories },
	{ TREE_SPECIAL, attempts_on_special },
};

long attempt_open(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_NONBLOCK | O_CLOEXEC, 0666);

	return fd < 0 ? -errno : 0;
}

long attempt_write(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC | attempt->flags);

	return fd < 0 ? -errno : attempt_result(write(fd, "x", 1));
}

long attempt_truncate(const struct attempt *attempt, const char *path)
{
	return attempt_result(truncate(path, attempt->number));
}

long attempt_chmod(const struct attempt *attempt, const char *path)
{
	return attempt_result(chmod(path, attempt->number));
}

long attempt_touch(const struct attempt *attempt, const char *path)
{
	return attempt_result(utimensat(AT_FDCWD, path, NULL, attempt->flags));
}

long attempt_access(const struct attempt *attempt, const char *path)
{
	/* The system call itself: the C library's older faccessat() checks the mode only. */
	return attempt_result(
		syscall(SYS_faccessat2, AT_FDCWD, path, attempt->number, attempt->flags));
}

long attempt_set_attribute(const struct attempt *attempt, const char *path)
{
	return attempt_result(lsetxattr(path, attempt->other, "changed", 7, attempt->flags));
}

long attempt_create(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = -1;
	char name[64];

	snprintf(name, sizeof(name), "%s/new", path);
	fd = open(name, O_CREAT | O_RDWR | O_CLOEXEC | attempt->flags, attempt->number);
	return fd < 0 ? -errno : attempt_result(write(fd, "x", 1));
}

long attempt_rename(const struct attempt *attempt, const char *path)
{
	return attempt_result(
		renameat2(AT_FDCWD, path, AT_FDCWD, attempt->other, (unsigned int)attempt->flags));
}

long attempt_unlink(const struct attempt *attempt, const char *path)
{
	return attempt_result(unlinkat(AT_FDCWD, path, attempt->flags));
}

long attempt_link(const struct attempt *attempt, const char *path)
{
	return attempt_result(linkat(AT_FDCWD, path, AT_FDCWD, attempt->other, attempt->flags));
}

long attempt_set_flags(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	int flags = attempt->flags;

	return fd < 0 ? -errno : attempt_result(ioctl(fd, FS_IOC_SETFLAGS, &flags));
}
