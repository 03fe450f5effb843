/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts to make, move, remove and list names in directories of every mode. */
#include "injector/base/cleanup.h"
#include "tests/hostile/attempts.h"
#include "tests/hostile/identities.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <sys/xattr.h>

/* PATH/NAME, in an array of the calling block. */
#define IN(path, name) join((char[64]){ 0 }, path, name)

static const char *join(char joined[64], const char *path, const char *name)
{
	snprintf(joined, 64, "%s/%s", path, name);
	return joined;
}

static long make_unnamed(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd =
		open(path, O_TMPFILE | O_RDWR | O_CLOEXEC | attempt->flags, attempt->number);
	char name[32];

	if (fd < 0)
		return -errno;
	if (!attempt->other)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	return attempt_result(
		linkat(AT_FDCWD, name, AT_FDCWD, IN(path, attempt->other), AT_SYMLINK_FOLLOW));
}

static long make_directory(const struct attempt *attempt, const char *path)
{
	return attempt_result(mkdir(IN(path, attempt->other), attempt->number));
}

/* flags: both the major and the minor number */
static long make_node(const struct attempt *attempt, const char *path)
{
	return attempt_result(
		mknod(IN(path, "new"), attempt->number,
		      makedev((unsigned int)attempt->flags, (unsigned int)attempt->flags)));
}

static long make_link(const struct attempt *attempt, const char *path)
{
	return attempt_result(symlink(attempt->other, IN(path, "new")));
}

/* A hard link to `other`. */
static long make_hard_link(const struct attempt *attempt, const char *path)
{
	return attempt_result(
		linkat(AT_FDCWD, attempt->other, AT_FDCWD, IN(path, "new"), attempt->flags));
}

/* Links a descriptor, as a program does that was given one. */
static long link_descriptor(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(attempt->other, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	return attempt_result(linkat(fd, "", AT_FDCWD, IN(path, "new"), AT_EMPTY_PATH));
}

static long bind_socket(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	(void)attempt;
	join((char *)memset(address.sun_path, 0, 64), path, "new");
	return attempt_result(bind(fd, (void *)&address, sizeof(address)));
}

/* Renames PATH/in to PATH/`other`; flags: of renameat2(). */
static long rename_within(const struct attempt *attempt, const char *path)
{
	return attempt_result(renameat2(AT_FDCWD, IN(path, "in"), AT_FDCWD,
					IN(path, attempt->other), (unsigned int)attempt->flags));
}

static long rename_out(const struct attempt *attempt, const char *path)
{
	return attempt_result(renameat2(AT_FDCWD, IN(path, "in"), AT_FDCWD, attempt->other,
					(unsigned int)attempt->flags));
}

static long rename_in(const struct attempt *attempt, const char *path)
{
	return attempt_result(renameat2(AT_FDCWD, attempt->other, AT_FDCWD, IN(path, "in"),
					(unsigned int)attempt->flags));
}

/* Moving a directory to another parent takes write permission on the directory itself. */
static long rename_directory(const struct attempt *attempt, const char *path)
{
	return attempt_result(renameat2(AT_FDCWD, IN(path, "sub"), AT_FDCWD, attempt->other,
					(unsigned int)attempt->flags));
}

static long unlink_within(const struct attempt *attempt, const char *path)
{
	return attempt_result(unlinkat(AT_FDCWD, IN(path, attempt->other), attempt->flags));
}

static long list(const struct attempt *attempt, const char *path)
{
	DIR *directory = opendir(path);
	long count = 0;

	(void)attempt;
	if (!directory)
		return -errno;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

static long enter(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int here = open(".", O_PATH | O_CLOEXEC);
	long r = attempt_result(chdir(path));

	(void)attempt;
	(void)!fchdir(here);
	return r;
}

static long look(const struct attempt *attempt, const char *path)
{
	struct stat status;

	return attempt_result(lstat(IN(path, attempt->other), &status));
}

static long open_within(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(IN(path, attempt->other), attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : 0;
}

static long change_group(const struct attempt *attempt, const char *path)
{
	return attempt_result(chown(path, (uid_t)-1, attempt->number));
}

#define CLOSED "d700 d755 d775 d770 d077 d711 d744 d555"
#define SOME   "d755 d775 d777 d1777"
#define WIDE   "d777 d1777 d2775 d2777"

const struct attempt attempts_in_directories[] = {
	{ "create", attempt_create, CLOSED " " WIDE, O_EXCL, 0666, NULL },
	{ "create 06777", attempt_create, WIDE, O_EXCL, 06777, NULL },
	{ "create 02644", attempt_create, "d2777", O_EXCL, 02644, NULL },
	{ "create 0", attempt_create, WIDE, 0, 0, NULL },
	{ "create O_TRUNC", attempt_create, SOME, O_TRUNC, 0600, NULL },
	{ "create O_DIRECTORY", attempt_create, "d777", O_DIRECTORY, 0600, NULL },
	{ "O_TMPFILE", make_unnamed, CLOSED " " WIDE, 0, 0666, NULL },
	{ "O_TMPFILE and link", make_unnamed, SOME " d2777", 0, 06777, "new" },
	{ "O_TMPFILE O_EXCL and link", make_unnamed, "d777", O_EXCL, 0666, "new" },
	{ "O_TMPFILE and link to what is there", make_unnamed, "d777", 0, 0666, "in" },
	{ "mkdir", make_directory, CLOSED " " WIDE, 0, 0777, "new" },
	{ "mkdir 07777", make_directory, WIDE, 0, 07777, "new" },
	{ "mkdir of what is there", make_directory, "d755 d777", 0, 0777, "in" },
	{ "mkdir in what is not there", make_directory, "d777", 0, 0777, "absent/new" },
	{ "mknod S_IFREG", make_node, SOME " d2777", 0, S_IFREG | 06666, NULL },
	{ "mknod S_IFIFO", make_node, SOME, 0, S_IFIFO | 0666, NULL },
	{ "mknod S_IFSOCK", make_node, "d777", 0, S_IFSOCK | 0666, NULL },
	{ "mknod S_IFCHR", make_node, SOME, 1, S_IFCHR | 0666, NULL },
	{ "mknod S_IFCHR 0:0", make_node, "d777", 0, S_IFCHR | 0666, NULL },
	{ "mknod S_IFBLK", make_node, "d777", 7, S_IFBLK | 0666, NULL },
	{ "mknod S_IFDIR", make_node, "d777", 0, S_IFDIR | 0666, NULL },
	{ "bind", bind_socket, SOME, 0, 0, NULL },
	{ "symlink", make_link, CLOSED " d2777", 0, 0, "anywhere" },
	{ "symlink to nothing", make_link, "d777", 0, 0, "" },
	{ "link", make_hard_link, CLOSED " d777", 0, 0, "source" },
	{ "link of 0600", make_hard_link, "d777 d1777", 0, 0, "source600" },
	{ "link of a directory", make_hard_link, "d777", 0, 0, "d755" },
	{ "linkat AT_EMPTY_PATH", link_descriptor, "d777", 0, 0, "source" },
	{ "rename", rename_within, CLOSED " " WIDE, 0, 0, "new" },
	{ "rename to itself", rename_within, "d555 d777", 0, 0, "in" },
	{ "rename over a directory", rename_within, "d555 d777", 0, 0, "sub" },
	{ "rename RENAME_NOREPLACE", rename_within, SOME, RENAME_NOREPLACE, 0, "new" },
	{ "rename RENAME_NOREPLACE over", rename_within, SOME, RENAME_NOREPLACE, 0, "sub" },
	{ "rename RENAME_EXCHANGE", rename_within, SOME, RENAME_EXCHANGE, 0, "sub" },
	{ "rename RENAME_EXCHANGE with nothing", rename_within, SOME, RENAME_EXCHANGE, 0, "new" },
	{ "rename RENAME_WHITEOUT", rename_within, "d777", RENAME_WHITEOUT, 0, "new" },
	{ "rename with unknown flags", rename_within, "d777", 0x40, 0, "new" },
	{ "rename out", rename_out, CLOSED " d1777", 0, 0, "d777/new" },
	{ "rename out of a sticky one", rename_out, "d777", 0, 0, "d1777/strange" },
	{ "rename in", rename_in, SOME, 0, 0, "source" },
	{ "rename in from a closed one", rename_in, SOME, 0, 0, "d700/in" },
	{ "rename in from a sticky one", rename_in, "d777", 0, 0, "d1777/root" },
	{ "rename RENAME_EXCHANGE with a sticky one", rename_in, "d777", RENAME_EXCHANGE, 0,
	  "d1777/root" },
	{ "rename of a directory", rename_directory, SOME, 0, 0, "d777/new" },
	{ "rename of a directory into itself", rename_directory, "d777", 0, 0, "d777/sub/new" },
	{ "rename of a directory over a full one", rename_directory, "d777", 0, 0, "d755" },
	{ "rename of a directory over an empty one", rename_directory, SOME, 0, 0, "d2777/sub" },
	{ "rename absent", attempt_rename, "absent", 0, 0, "d777/new" },
	{ "unlink", unlink_within, CLOSED " " WIDE, 0, 0, "in" },
	{ "unlink of a stranger's", unlink_within, "d1777", 0, 0, "strange" },
	{ "unlink of root's", unlink_within, "d1777", 0, 0, "root" },
	{ "unlink of a directory", unlink_within, "d755 d777", 0, 0, "sub" },
	{ "unlink absent", unlink_within, "d700 d755 d777", 0, 0, "absent" },
	{ "rmdir", unlink_within, CLOSED " " WIDE, AT_REMOVEDIR, 0, "sub" },
	{ "rmdir of a file", unlink_within, "d755 d777", AT_REMOVEDIR, 0, "in" },
	{ "rmdir of a full directory", attempt_unlink, "d700 d777", AT_REMOVEDIR, 0, NULL },
	{ "rmdir of .", unlink_within, "d777", AT_REMOVEDIR, 0, "." },
	{ "readdir", list, CLOSED " source", 0, 0, NULL },
	{ "chdir", enter, CLOSED " source", 0, 0, NULL },
	{ "lstat within", look, CLOSED, 0, 0, "in" },
	{ "lstat absent", look, CLOSED, 0, 0, "absent" },
	{ "lstat of a child", look, "source d755/in", 0, 0, "child" },
	{ "open within", open_within, CLOSED, O_RDONLY, 0, "in" },
	{ "open within for writing", open_within, CLOSED, O_RDWR, 0, "in" },
	{ "open a directory for writing", attempt_open, "d777", O_RDWR, 0, NULL },
	{ "open a directory O_PATH", attempt_open, "d700 d077", O_PATH, 0, NULL },
	{ "access of a directory", attempt_access, CLOSED, 0, R_OK | W_OK | X_OK, NULL },
	{ "access X_OK of a directory", attempt_access, CLOSED, 0, X_OK, NULL },
	{ "chmod of a directory 02777", attempt_chmod, SOME, 0, 02777, NULL },
	{ "chmod of a directory 0", attempt_chmod, "d777 d2775", 0, 0, NULL },
	{ "chown of a directory", change_group, "d777 d2777", 0, GROUP, NULL },
	{ "touch a directory", attempt_touch, SOME " d700", 0, 0, NULL },
	{ "setxattr user of a directory", attempt_set_attribute, SOME, 0, 0, "user.new" },
	{ "truncate a directory", attempt_truncate, "d777", 0, 0, NULL },
	{ .name = NULL },
};
