/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts on links, pipes, sockets, ACLs and files protected by chattr. */
#include "injector/base/cleanup.h"
#include "tests/hostile/attempts.h"
#include "tests/hostile/identities.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>

static long connect_to(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)attempt;
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	return attempt_result(connect(fd, (void *)&address, sizeof(address)));
}

static long read_link(const struct attempt *attempt, const char *path)
{
	char target[64];

	(void)attempt;
	return attempt_result(readlink(path, target, sizeof(target)));
}

static long own_link(const struct attempt *attempt, const char *path)
{
	return attempt_result(lchown(path, (uid_t)attempt->flags, attempt->number));
}

static long make_in(const struct attempt *attempt, const char *path)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/%s", path, attempt->other);
	return attempt_result(mkdir(name, attempt->number));
}

/* Makes a file that inherits a default ACL. */
static long mknod_in(const struct attempt *attempt, const char *path)
{
	char name[64];

	snprintf(name, sizeof(name), "%s/new", path);
	return attempt_result(mknod(name, attempt->number, 0));
}

/* On a file protected by chattr: fchmod() to number, or a write if that is 0. */
static long change_protected(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return attempt_result(attempt->number ? fchmod(fd, attempt->number)
					      : pwrite(fd, "y", 1, 0));
}

static long drop_append(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);

	(void)attempt;
	return fd < 0 ? -errno : attempt_result(fcntl(fd, F_SETFL, 0));
}

/* An asynchronous write at offset 0. If F_SETFL was refused, it appends. */
static long write_without_append(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	struct iocb iocb = { .aio_lio_opcode = IOCB_CMD_PWRITE,
			     .aio_fildes = (uint32_t)fd,
			     .aio_buf = (uintptr_t) "!",
			     .aio_nbytes = 1 };
	struct iocb *iocbs[] = { &iocb };
	struct io_event event = { .res = 0 };
	aio_context_t context = 0;

	(void)attempt;
	if (fd < 0 || syscall(SYS_io_setup, 1, &context))
		return -errno;
	(void)fcntl(fd, F_SETFL, 0);
	if (syscall(SYS_io_submit, context, 1, iocbs) == 1)
		syscall(SYS_io_getevents, context, 1, 1, &event, NULL);
	syscall(SYS_io_destroy, context);
	return event.res;
}

#define ACLS    "acl masked denied"
#define CHATTRS "append fixed"
#define LINKS   "link dangling sticky/link"

const struct attempt attempts_on_special[] = {
	{ "ACL: open O_RDONLY", attempt_open, ACLS, O_RDONLY, 0, NULL },
	{ "ACL: open O_RDWR", attempt_open, ACLS, O_RDWR, 0, NULL },
	{ "ACL: access W_OK", attempt_access, ACLS, 0, W_OK, NULL },
	{ "ACL: chmod 0600", attempt_chmod, ACLS, 0, 0600, NULL },
	{ "ACL: chmod 02777", attempt_chmod, ACLS, 0, 02777, NULL },
	{ "ACL: write", attempt_write, ACLS, 0, 0, NULL },
	{ "ACL: truncate", attempt_truncate, ACLS, 0, 0, NULL },
	{ "ACL: setxattr", attempt_set_attribute, ACLS, 0, 0, "user.new" },
	{ "ACL: open in a closed directory", attempt_open, "closed/in", O_RDONLY, 0, NULL },
	{ "ACL: create in a closed directory", attempt_create, "closed", 0, 0666, NULL },
	{ "default ACL: create", attempt_create, "presets", 0, 0666, NULL },
	{ "default ACL: create 0600", attempt_create, "presets", O_EXCL, 0600, NULL },
	{ "default ACL: mkdir", make_in, "presets", 0, 0777, "new" },
	{ "default ACL: mkdir 0700", make_in, "presets", 0, 0700, "new" },
	{ "default ACL: mknod", mknod_in, "presets", 0, S_IFIFO | 0666, NULL },
	{ "default ACL: rename in", attempt_rename, "open", 0, 0, "presets/new" },
	{ "open a link", attempt_open, LINKS, O_RDONLY, 0, NULL },
	{ "open a link O_NOFOLLOW", attempt_open, LINKS, O_NOFOLLOW, 0, NULL },
	{ "open a link O_PATH O_NOFOLLOW", attempt_open, LINKS, O_PATH | O_NOFOLLOW, 0, NULL },
	{ "open a link O_CREAT", attempt_open, LINKS, O_RDWR | O_CREAT, 0, "absent" },
	{ "open a link O_CREAT O_EXCL", attempt_open, LINKS, O_RDWR | O_CREAT | O_EXCL, 0,
	  "absent" },
	{ "open in sticky O_CREAT", attempt_open, "sticky/file sticky/fifo", O_RDWR | O_CREAT, 0,
	  NULL },
	{ "readlink", read_link, LINKS " open", 0, 0, NULL },
	{ "lchown", own_link, LINKS, OWNER, GROUP, NULL },
	{ "touch a link", attempt_touch, LINKS, AT_SYMLINK_NOFOLLOW, 0, NULL },
	{ "touch through a link", attempt_touch, LINKS, 0, 0, NULL },
	{ "chmod through a link", attempt_chmod, LINKS, 0, 0606, NULL },
	{ "truncate through a link", attempt_truncate, LINKS, 0, 0, NULL },
	{ "link of a link", attempt_link, LINKS, 0, 0, "new" },
	{ "link through a link", attempt_link, LINKS, AT_SYMLINK_FOLLOW, 0, "new" },
	{ "unlink a link", attempt_unlink, LINKS, 0, 0, NULL },
	{ "rename a link", attempt_rename, LINKS, 0, 0, "new" },
	{ "setxattr user of a link", attempt_set_attribute, LINKS, 0, 0, "user.new" },
	{ "setxattr trusted of a link", attempt_set_attribute, LINKS, 0, 0, "trusted.new" },
	{ "access through a link", attempt_access, LINKS, 0, R_OK, NULL },
	{ "access of a link", attempt_access, LINKS, AT_SYMLINK_NOFOLLOW, R_OK | W_OK, NULL },
	{ "open a fifo", attempt_open, "fifo fifo666", O_RDONLY, 0, NULL },
	{ "open a fifo O_RDWR", attempt_open, "fifo fifo666", O_RDWR, 0, NULL },
	{ "open a socket", attempt_open, "socket", O_RDWR, 0, NULL },
	{ "open a device", attempt_open, "null", O_RDONLY, 0, NULL },
	{ "open a device O_RDWR", attempt_open, "null", O_RDWR, 0, NULL },
	{ "connect", connect_to, "socket open", 0, 0, NULL },
	{ "setxattr user of a fifo", attempt_set_attribute, "fifo666", 0, 0, "user.new" },
	{ "touch a fifo", attempt_touch, "fifo fifo666", 0, 0, NULL },
	{ "truncate a fifo", attempt_truncate, "fifo666", 0, 0, NULL },
	{ "link of a fifo", attempt_link, "fifo666", 0, 0, "new" },
	{ "chattr: open O_RDONLY", attempt_open, CHATTRS, O_RDONLY, 0, NULL },
	{ "chattr: open O_WRONLY", attempt_open, CHATTRS, O_WRONLY, 0, NULL },
	{ "chattr: open O_RDONLY O_TRUNC", attempt_open, CHATTRS, O_RDONLY | O_TRUNC, 0, NULL },
	{ "chattr: open O_APPEND", attempt_open, CHATTRS, O_WRONLY | O_APPEND, 0, NULL },
	{ "chattr: open O_APPEND O_TRUNC", attempt_open, CHATTRS, O_WRONLY | O_APPEND | O_TRUNC, 0,
	  NULL },
	{ "chattr: open O_NOATIME", attempt_open, CHATTRS, O_RDONLY | O_NOATIME, 0, NULL },
	{ "chattr: append", attempt_write, CHATTRS, O_APPEND, 0, NULL },
	{ "chattr: pwrite", change_protected, CHATTRS, 0, 0, NULL },
	{ "chattr: F_SETFL 0", drop_append, CHATTRS, 0, 0, NULL },
	{ "chattr: write after F_SETFL 0", write_without_append, CHATTRS, 0, 0, NULL },
	{ "chattr: fchmod", change_protected, CHATTRS, 0, 0600, NULL },
	{ "chattr: chmod", attempt_chmod, CHATTRS, 0, 0600, NULL },
	{ "chattr: lchown", own_link, CHATTRS, OWNER, GROUP, NULL },
	{ "chattr: truncate", attempt_truncate, CHATTRS, 0, 0, NULL },
	{ "chattr: touch", attempt_touch, CHATTRS, 0, 0, NULL },
	{ "chattr: setxattr", attempt_set_attribute, CHATTRS, 0, 0, "user.new" },
	{ "chattr: access W_OK", attempt_access, CHATTRS, 0, W_OK, NULL },
	{ "chattr: unlink", attempt_unlink, CHATTRS, 0, 0, NULL },
	{ "chattr: rename", attempt_rename, CHATTRS, 0, 0, "new" },
	{ "chattr: rename over", attempt_rename, "open", 0, 0, "fixed" },
	{ "chattr: rename RENAME_EXCHANGE", attempt_rename, "append", RENAME_EXCHANGE, 0, "open" },
	{ "chattr: link", attempt_link, CHATTRS, 0, 0, "new" },
	{ "chattr: cleared", attempt_set_flags, CHATTRS, 0, 0, NULL },
	{ "chattr +a of a directory", attempt_set_flags, "growing", FS_APPEND_FL, 0, NULL },
	{ "chattr +i of a directory", attempt_set_flags, "growing", FS_IMMUTABLE_FL, 0, NULL },
	{ .name = NULL },
};
