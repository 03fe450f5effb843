/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Attempts on modes, owners, times and attributes of files. */
#include "injector/base/cleanup.h"
#include "tests/hostile/attempts.h"
#include "tests/hostile/identities.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

enum { NOBODY = -1, OWN = -2 };

/* Through a descriptor opened with flags. */
static long chmod_open(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(fchmod(fd, attempt->number));
}

/* flags: the owner; number: the group */
static long change_owner(const struct attempt *attempt, const char *path)
{
	uid_t uid = attempt->flags == OWN ? geteuid() : (uid_t)attempt->flags;
	gid_t gid = attempt->number == (unsigned int)OWN ? getegid() : attempt->number;

	return attempt_result(lchown(path, uid, gid));
}

/* flags, number: nanoseconds of the two times, or UTIME_OMIT or UTIME_NOW */
static long set_times(const struct attempt *attempt, const char *path)
{
	const struct timespec times[2] = { { 1100000000, attempt->flags },
					   { 1000000000, attempt->number } };

	return attempt_result(utimensat(AT_FDCWD, path, times, AT_SYMLINK_NOFOLLOW));
}

static long touch_open(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, attempt->flags | O_CLOEXEC);

	return fd < 0 ? -errno : attempt_result(futimens(fd, NULL));
}

static long get_attribute(const struct attempt *attempt, const char *path)
{
	char value[64];

	return attempt_result(lgetxattr(path, attempt->other, value, attempt->number));
}

static long list_attributes(const struct attempt *attempt, const char *path)
{
	char names[256];

	return attempt_result(llistxattr(path, names, attempt->number));
}

static long remove_attribute(const struct attempt *attempt, const char *path)
{
	return attempt_result(lremovexattr(path, attempt->other));
}

/* An ACL that grants everything to everybody; number: the tag of its first entry. Not from
 * linux/posix_acl_xattr.h, which collides with headers of the C library. */
static long set_acl(const struct attempt *attempt, const char *path)
{
	const struct {
		uint32_t version;
		struct {
			uint16_t tag, permissions;
			uint32_t id;
		} entries[3];
	} acl = { 2,
		  { { (uint16_t)attempt->number, 7, UINT32_MAX },
		    { 0x04, 7, UINT32_MAX },
		    { 0x20, 7, UINT32_MAX } } };

	return attempt_result(lsetxattr(path, attempt->other, &acl, sizeof(acl), 0));
}

static long status_of(const struct attempt *attempt, const char *path)
{
	struct stat status;

	if (fstatat(AT_FDCWD, path, &status, attempt->flags))
		return -errno;
	return status.st_mode;
}

static long space(const struct attempt *attempt, const char *path)
{
	struct statvfs status;

	(void)attempt;
	if (statvfs(path, &status))
		return -errno;
	return (long)(status.f_bsize + status.f_namemax);
}

static long get_flags(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	int flags = 0;

	(void)attempt;
	if (fd < 0)
		return -errno;
	return ioctl(fd, FS_IOC_GETFLAGS, &flags) ? -errno : flags;
}

static long set_project(const struct attempt *attempt, const char *path)
{
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct fsxattr attributes;

	if (fd < 0)
		return -errno;
	if (ioctl(fd, FS_IOC_FSGETXATTR, &attributes))
		return -errno;
	attributes.fsx_projid = attempt->number;
	attributes.fsx_xflags |= (uint32_t)attempt->flags;
	return attempt_result(ioctl(fd, FS_IOC_FSSETXATTR, &attributes));
}

#define ALL     "f000 f600 f660 f666 root644"
#define SET_IDS "f4777 f2777 f6777 f2766 f2770"

const struct attempt attempts_on_attributes[] = {
	{ "chmod 0777", attempt_chmod, ALL, 0, 0777, NULL },
	{ "chmod 0", attempt_chmod, "f666 f6777", 0, 0, NULL },
	{ "chmod 04755", attempt_chmod, ALL, 0, 04755, NULL },
	{ "chmod 02755", attempt_chmod, ALL " f2770", 0, 02755, NULL },
	{ "chmod 02644", attempt_chmod, "f644 root644", 0, 02644, NULL },
	{ "chmod 01777", attempt_chmod, "f666", 0, 01777, NULL },
	{ "fchmod", chmod_open, "f666 root644", O_RDONLY, 06750, NULL },
	{ "fchmod of O_PATH", chmod_open, "f666", O_PATH, 0777, NULL },
	{ "chown to oneself", change_owner, ALL, OWN, (unsigned int)NOBODY, NULL },
	{ "chown to another", change_owner, "f666 root644", STRANGER, (unsigned int)NOBODY, NULL },
	{ "chown to its owner", change_owner, "f666 f6777 f2766", OWNER, (unsigned int)NOBODY,
	  NULL },
	{ "chown of the group to one's own", change_owner, "f666 f6777 root644", NOBODY,
	  (unsigned int)OWN, NULL },
	{ "chown of the group to another", change_owner, "f666", NOBODY, STRANGER, NULL },
	{ "chown of the group to its own", change_owner, "f666 f6777 f2766", NOBODY, GROUP, NULL },
	{ "chown to nobody", change_owner, "f666 f755 f4755 " SET_IDS, NOBODY, (unsigned int)NOBODY,
	  NULL },
	{ "touch", attempt_touch, "f400 f222 f660 f666 root644", 0, 0, NULL },
	{ "futimens", touch_open, "f666 f640", O_RDONLY, 0, NULL },
	{ "utimensat to times", set_times, "f660 f666", 1, 2, NULL },
	{ "utimensat of the access alone", set_times, "f666", UTIME_NOW, UTIME_OMIT, NULL },
	{ "utimensat of neither", set_times, "f600 f666", UTIME_OMIT, UTIME_OMIT, NULL },
	{ "utimensat now and a time", set_times, "f666", UTIME_NOW, 5, NULL },
	{ "utimensat out of range", set_times, "f666", 2000000000, 5, NULL },
	{ "setxattr user", attempt_set_attribute, ALL " f222", 0, 0, "user.new" },
	{ "setxattr user again", attempt_set_attribute, "f660 f6777", 0, 0, "user.mark" },
	{ "setxattr XATTR_CREATE", attempt_set_attribute, "f660", XATTR_CREATE, 0, "user.mark" },
	{ "setxattr XATTR_REPLACE", attempt_set_attribute, "f660", XATTR_REPLACE, 0, "user.new" },
	{ "setxattr trusted", attempt_set_attribute, "f666", 0, 0, "trusted.new" },
	{ "setxattr security", attempt_set_attribute, "f666", 0, 0, "security.new" },
	{ "setxattr security.capability", attempt_set_attribute, "f666", 0, 0,
	  "security.capability" },
	{ "setxattr system", attempt_set_attribute, "f666", 0, 0, "system.new" },
	{ "setxattr of no class", attempt_set_attribute, "f666", 0, 0, "new" },
	{ "setxattr of an empty name", attempt_set_attribute, "f666", 0, 0, "user." },
	{ "setxattr ACL", set_acl, "f660 f666 f2777 root644", 0, 0x01, "system.posix_acl_access" },
	{ "setxattr ACL of nonsense", set_acl, "f666", 0, 0x77, "system.posix_acl_access" },
	{ "setxattr default ACL", set_acl, "f666", 0, 0x01, "system.posix_acl_default" },
	{ "getxattr user", get_attribute, ALL " f222", 0, 64, "user.mark" },
	{ "getxattr into too little", get_attribute, "f644", 0, 1, "user.mark" },
	{ "getxattr absent", get_attribute, "f644", 0, 64, "user.new" },
	{ "getxattr trusted", get_attribute, "f644", 0, 64, "trusted.new" },
	{ "getxattr security", get_attribute, "f600", 0, 64, "security.capability" },
	{ "getxattr ACL", get_attribute, "f600", 0, 64, "system.posix_acl_access" },
	{ "listxattr", list_attributes, "f000 f644", 0, 256, NULL },
	{ "listxattr into too little", list_attributes, "f644", 0, 1, NULL },
	{ "removexattr user", remove_attribute, ALL " f222", 0, 0, "user.mark" },
	{ "removexattr absent", remove_attribute, "f666", 0, 0, "user.new" },
	{ "removexattr trusted", remove_attribute, "f666", 0, 0, "trusted.new" },
	{ "removexattr security", remove_attribute, "f666", 0, 0, "security.capability" },
	{ "removexattr ACL", remove_attribute, "f660 f666", 0, 0, "system.posix_acl_access" },
	{ "access F_OK", attempt_access, "f000 absent", 0, F_OK, NULL },
	{ "access R_OK", attempt_access, "f000 f400 f640 f606 f066", 0, R_OK, NULL },
	{ "access W_OK", attempt_access, "f222 f640 f660 f606 f066", 0, W_OK, NULL },
	{ "access X_OK", attempt_access, "f644 f755 f750 f2766", 0, X_OK, NULL },
	{ "faccessat2 AT_EACCESS", attempt_access, "f640 f750", AT_EACCESS, R_OK | X_OK, NULL },
	{ "stat", status_of, "f000 root600 absent", 0, 0, NULL },
	{ "statvfs", space, "f000 root600 .", 0, 0, NULL },
	{ "FS_IOC_GETFLAGS", get_flags, "f644 f600", 0, 0, NULL },
	{ "FS_IOC_SETFLAGS +A", attempt_set_flags, "f644 f666 root644", FS_NOATIME_FL, 0, NULL },
	{ "FS_IOC_SETFLAGS +a", attempt_set_flags, "f644 root644", FS_APPEND_FL, 0, NULL },
	{ "FS_IOC_SETFLAGS +i", attempt_set_flags, "f644 root644", FS_IMMUTABLE_FL, 0, NULL },
	{ "FS_IOC_FSSETXATTR project", set_project, "f644 root644", 0, 5, NULL },
	{ "FS_IOC_FSSETXATTR +i", set_project, "f644", FS_XFLAG_IMMUTABLE, 0, NULL },
	{ .name = NULL },
};
