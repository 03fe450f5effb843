/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scripts on names, attributes and permissions. */
#include "injector/base/cleanup.h"
#include "tests/support/layer_transcript.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>

enum { USER = 12345, GROUP = 12346, OTHER_GROUP = 12347, ENTRIES = 1500 };

static const gid_t other_groups[] = { OTHER_GROUP, 0 };

static void make_file(const char *path, const char *text)
{
	_cleanup_close_ int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	(void)!write(fd, text, strlen(text));
}

static void script_names(struct transcript *transcript)
{
	char long_name[300], target[1100], back[64] = "";

	memset(long_name, 'n', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = '\0';
	memset(target, 't', sizeof(target) - 1);
	target[sizeof(target) - 1] = '\0';
	TRY(mkdir("dir", 0750));
	TRY(mkdir("dir", 0750));
	TRY(mkdir("no/dir", 0750));
	TRY(mkdir(long_name, 0750));
	long_name[255] = '\0';
	TRY(mkdir(long_name, 0750));
	TRY(mknod("fifo", S_IFIFO | 0640, 0));
	TRY(mknod("null", S_IFCHR | 0666, makedev(1, 3)));
	TRY(mknod("block", S_IFBLK | 0600, makedev(7, 200)));
	TRY(mknod("socket", S_IFSOCK | 0600, 0));
	TRY(mknod("regular", S_IFREG | 0604, 0));
	TRY(symlink("dir/file", "link"));
	TRY(symlink("link", "link"));
	TRY(symlink(target, "long"));
	TRY(readlink("link", back, sizeof(back) - 1));
	note(transcript, "target %s", back);
	TRY(readlink("dir", back, sizeof(back)));
	TRY(symlink("loop", "loop"));
	TRY_FD(open("loop", O_RDONLY));
	TRY_FD(open("link", O_RDONLY | O_NOFOLLOW));
	make_file("dir/file", "content");
	note_content(transcript, "link");
	TRY(link("dir/file", "hard"));
	TRY(link("dir/file", "hard"));
	TRY(link("dir", "hard-dir"));
	TRY(linkat(AT_FDCWD, "link", AT_FDCWD, "link-to-link", 0));
	TRY(linkat(AT_FDCWD, "link", AT_FDCWD, "followed", AT_SYMLINK_FOLLOW));
	note_stat(transcript, "hard");
	note_stat(transcript, "link-to-link");
	note_stat(transcript, "followed");
	TRY_FD(open("dir", O_RDWR));
	TRY_FD(open("hard/x", O_RDONLY));
	TRY_FD(open("hard", O_RDONLY | O_DIRECTORY));
	TRY(rmdir("dir"));
	TRY(rmdir("hard"));
	TRY(unlink("dir"));
	TRY(unlink("absent"));
	TRY(rmdir("absent"));
	for (const char *const *name = (const char *const[]){ "null", "block", "socket", "regular",
							      "fifo", "dir", "link", ".", NULL };
	     *name; name++)
		note_stat(transcript, *name);
	note_directory(transcript, ".");
}

static void script_renames(struct transcript *transcript)
{
	int held;

	make_file("a", "aaa");
	make_file("b", "bbbb");
	TRY(mkdir("d", 0755));
	TRY(mkdir("d/e", 0755));
	make_file("d/e/f", "f");
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE));
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_EXCHANGE));
	note_content(transcript, "a");
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "absent", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE));
	note_directory(transcript, ".");
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "d", RENAME_EXCHANGE));
	TRY(renameat2(AT_FDCWD, "a", AT_FDCWD, "b", RENAME_NOREPLACE | RENAME_EXCHANGE));
	TRY(rename("d", "d/e/g"));
	TRY(rename("d/e", "d"));
	TRY(rename("a", "d"));
	TRY(rename("d", "a"));
	TRY(rename("absent", "x"));
	TRY(rename("a", "a"));
	held = TRY_FD(open("b", O_RDWR));
	TRY(rename("a", "b"));
	note_content(transcript, "b");
	TRY(pwrite(held, "replaced", 8, 0));
	TRY(lseek(held, 0, SEEK_END));
	close(held);
	note_content(transcript, "b");
	held = TRY_FD(open("d/e/f", O_RDWR));
	TRY(rename("d/e", "moved"));
	TRY(rename("moved/f", "g"));
	TRY(pwrite(held, "still", 5, 0));
	note_content(transcript, "g");
	close(held);
	TRY(rename("moved", "d"));
	note_directory(transcript, "d");
	note_directory(transcript, ".");
}

static void note_times(struct transcript *transcript, const char *path)
{
	struct stat status;

	if (!lstat(path, &status))
		note(transcript, "times %s: %jd.%09ld %jd.%09ld", path,
		     (intmax_t)status.st_atim.tv_sec, status.st_atim.tv_nsec,
		     (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
}

/* Records only whether the times are recent: the exact times differ. */
static void note_now(struct transcript *transcript, const char *path)
{
	struct stat status;

	if (!lstat(path, &status))
		note(transcript, "%s: recent atime %d mtime %d", path,
		     status.st_atim.tv_sec > 1700000000, status.st_mtim.tv_sec > 1700000000);
}

static void script_attributes(struct transcript *transcript)
{
	const struct timespec set[2] = { { 1000000000, 123456789 }, { 1100000000, 987654321 } };
	const struct timespec omit_access[2] = { { 1, UTIME_OMIT }, { 1200000000, 1 } };
	const struct timespec access_now[2] = { { 0, UTIME_NOW }, { 0, UTIME_OMIT } };
	const struct timespec old[2] = { { -5, 0 }, { 0, 999999999 } };
	const struct timespec wrong[2] = { { 0, 1000000000 }, { 0, 0 } };
	int fd;

	make_file("f", "0123456789");
	TRY(mkdir("d", 0777));
	TRY(symlink("f", "s"));
	TRY(utimensat(AT_FDCWD, "f", set, 0));
	note_times(transcript, "f");
	TRY(utimensat(AT_FDCWD, "f", omit_access, 0));
	note_times(transcript, "f");
	TRY(utimensat(AT_FDCWD, "f", old, 0));
	note_times(transcript, "f");
	TRY(utimensat(AT_FDCWD, "f", wrong, 0));
	TRY(utimensat(AT_FDCWD, "f", access_now, 0));
	note_now(transcript, "f");
	TRY(utimensat(AT_FDCWD, "f", NULL, 0));
	note_now(transcript, "f");
	TRY(utimensat(AT_FDCWD, "s", set, AT_SYMLINK_NOFOLLOW));
	note_times(transcript, "s");
	note_now(transcript, "f");
	fd = TRY_FD(open("f", O_RDWR));
	TRY(futimens(fd, set));
	note_times(transcript, "f");
	TRY(ftruncate(fd, 4));
	note_now(transcript, "f");
	note_stat(transcript, "f");
	TRY(fchmod(fd, 06711));
	note_stat(transcript, "f");
	TRY(fchown(fd, USER, (gid_t)-1));
	note_stat(transcript, "f");
	TRY(unlink("f"));
	TRY(fchmod(fd, 0600));
	TRY(fchown(fd, 1, 2));
	TRY(futimens(fd, set));
	close(fd);
	TRY(chmod("d", 03755));
	note_stat(transcript, "d");
	TRY(chown("d", USER, GROUP));
	note_stat(transcript, "d");
	TRY(lchown("s", USER, GROUP));
	note_stat(transcript, "s");
	TRY(fchmodat(AT_FDCWD, "s", 0600, AT_SYMLINK_NOFOLLOW));
	TRY(chmod("absent", 0600));
	TRY(truncate("d", 0));
	TRY(truncate("absent", 0));
}

static void script_xattrs(struct transcript *transcript)
{
	static char big[65537];
	char value[256] = "", names[256];
	ssize_t length;

	make_file("f", "");
	TRY(mkdir("d", 0755));
	TRY(symlink("f", "s"));
	memset(big, 'v', sizeof(big));
	TRY(setxattr("f", "user.one", "value", 5, 0));
	TRY(setxattr("f", "user.one", "value", 5, XATTR_CREATE));
	TRY(setxattr("f", "user.two", "value", 5, XATTR_REPLACE));
	TRY(setxattr("f", "user.empty", "", 0, 0));
	TRY(setxattr("f", "trusted.t", "t", 1, 0));
	TRY(setxattr("f", "security.s", "s", 1, 0));
	TRY(setxattr("f", "nonsense", "s", 1, 0));
	TRY(setxattr("f", "nonsense.x", "s", 1, 0));
	TRY(setxattr("f", "user.big", big, 60000, 0));
	TRY(setxattr("f", "user.big", big, 65536, 0));
	TRY(setxattr("f", "user.big", big, 65537, 0));
	TRY(getxattr("f", "user.one", value, sizeof(value)));
	note(transcript, "value %s", value);
	TRY(getxattr("f", "user.one", NULL, 0));
	TRY(getxattr("f", "user.one", value, 2));
	TRY(getxattr("f", "user.empty", value, sizeof(value)));
	TRY(getxattr("f", "user.absent", value, sizeof(value)));
	TRY(getxattr("f", "user.big", big, sizeof(big)));
	TRY(listxattr("f", NULL, 0));
	TRY(listxattr("f", names, 3));
	length = TRY(listxattr("f", names, sizeof(names)));
	for (ssize_t at = 0; at < length; at += (ssize_t)strlen(names + at) + 1)
		note(transcript, "xattr %s", names + at);
	TRY(lsetxattr("s", "user.x", "x", 1, 0));
	TRY(lsetxattr("s", "trusted.x", "x", 1, 0));
	TRY(llistxattr("s", names, sizeof(names)));
	TRY(setxattr("d", "user.x", "x", 1, 0));
	TRY(removexattr("f", "user.one"));
	TRY(removexattr("f", "user.one"));
	TRY(getxattr("f", "user.one", value, sizeof(value)));
}

/* A stored ACL: version 2, then entries of tag, permissions and id. */
#define ACL(...)                                                                                   \
	(const uint16_t[])                                                                         \
	{                                                                                          \
		2, 0, __VA_ARGS__                                                                  \
	}

enum { U_OBJ = 1, U = 2, G_OBJ = 4, G = 8, MASK = 16, O = 32, NONE = 0xffff };

static void make_under_acl(struct transcript *transcript)
{
	TRY_FD(open("acl/new", O_RDWR | O_CREAT, 0666));
	TRY(mkdir("acl/newdir", 0777));
	TRY(mknod("acl/node", S_IFREG | 0666, 0));
	TRY_FD(open("readable", O_RDONLY));
	TRY_FD(open("readable", O_RDWR));
}

static void script_acls(struct transcript *transcript)
{
	const uint16_t *given = ACL(U_OBJ, 7, NONE, NONE, U, 7, USER, 0, G_OBJ, 5, NONE, NONE, MASK,
				    7, NONE, NONE, O, 0, NONE, NONE);
	const uint16_t *reading = ACL(U_OBJ, 6, NONE, NONE, U, 4, USER, 0, G_OBJ, 0, NONE, NONE,
				      MASK, 4, NONE, NONE, O, 0, NONE, NONE);
	const size_t size = 4 + 5 * 8;
	unsigned char back[256];
	mode_t before = umask(027);
	ssize_t length;

	TRY(mkdir("acl", 0755));
	make_file("readable", "r");
	TRY(setxattr("acl", "system.posix_acl_default", given, size, 0));
	TRY(setxattr("acl", "system.posix_acl_access", given, size, 0));
	TRY(setxattr("readable", "system.posix_acl_access", reading, size, 0));
	TRY(setxattr("readable", "system.posix_acl_default", reading, size, 0));
	TRY(setxattr("readable", "system.posix_acl_access", reading, 3, 0));
	note_stat(transcript, "acl");
	note_stat(transcript, "readable");
	make_under_acl(transcript);
	as_user(transcript, USER, GROUP, NULL, make_under_acl);
	as_user(transcript, USER + 1, GROUP, NULL, make_under_acl);
	note_directory(transcript, "acl");
	for (const char *const *name =
		     (const char *const[]){ "acl/new", "acl/newdir", "acl/node", "readable", NULL };
	     *name; name++) {
		note_stat(transcript, *name);
		length = TRY(getxattr(*name, "system.posix_acl_access", back, sizeof(back)));
		for (ssize_t i = 4; i + 8 <= length; i += 8)
			note(transcript, "acl tag %d perm %d", back[i], back[i + 2]);
		TRY(listxattr(*name, (char *)back, sizeof(back)));
	}
	TRY(chmod("readable", 0600));
	TRY(getxattr("readable", "system.posix_acl_access", back, sizeof(back)));
	note(transcript, "mask %d", back[4 + 3 * 8 + 2]);
	TRY(removexattr("readable", "system.posix_acl_access"));
	TRY(getxattr("readable", "system.posix_acl_access", back, sizeof(back)));
	umask(before);
}

static void act_as_user(struct transcript *transcript)
{
	char names[256];
	int fd;

	TRY_FD(open("open/mine", O_RDWR | O_CREAT | O_EXCL, 0666));
	TRY(mkdir("open/mydir", 0777));
	TRY(symlink("x", "open/mylink"));
	TRY(mknod("open/myfifo", S_IFIFO | 0666, 0));
	TRY(mknod("open/mydevice", S_IFCHR | 0666, makedev(1, 3)));
	TRY_FD(open("group/mine", O_RDWR | O_CREAT, 02775));
	TRY(mkdir("group/mydir", 0777));
	TRY_FD(open("closed/x", O_RDWR | O_CREAT, 0666));
	TRY_FD(open("secret", O_RDONLY));
	TRY_FD(open("groups", O_RDWR));
	TRY(unlink("sticky/theirs"));
	TRY(rename("sticky/theirs", "sticky/mine"));
	TRY(chmod("secret", 0777));
	TRY(chown("open/mine", 0, 0));
	TRY(chown("open/mine", (uid_t)-1, OTHER_GROUP));
	TRY(chmod("open/mine", 06777));
	note_stat(transcript, "open/mine");
	TRY(utimensat(AT_FDCWD, "secret", NULL, 0));
	TRY(access("secret", R_OK));
	TRY(access("readme", R_OK));
	TRY(setxattr("readme", "user.x", "x", 1, 0));
	TRY(setxattr("open/mine", "trusted.x", "x", 1, 0));
	TRY(listxattr("readme", names, sizeof(names)));
	TRY(listxattr("readme", NULL, 0));
	TRY(getxattr("readme", "trusted.t", names, sizeof(names)));
	fd = TRY_FD(open("suid", O_RDWR));
	TRY(write(fd, "x", 1));
	note_stat(transcript, "suid");
	TRY(ftruncate(fd, 0));
	TRY(truncate("suid2", 1));
	note_stat(transcript, "suid2");
	fd = TRY_FD(open("suid3", O_WRONLY | O_TRUNC));
	note_stat(transcript, "suid3");
	fd = TRY_FD(open("suid4", O_RDWR));
	TRY(fallocate(fd, 0, 0, 4096));
	note_stat(transcript, "suid4");
	fd = TRY_FD(open("locks", O_RDWR));
	TRY(write(fd, "x", 1));
	note_stat(transcript, "locks");
	TRY(truncate("locks2", 1));
	note_stat(transcript, "locks2");
	fd = TRY_FD(open("both", O_RDWR));
	TRY(write(fd, "x", 1));
	note_stat(transcript, "both");
	fd = TRY_FD(open("capable", O_RDWR));
	TRY(write(fd, "x", 1));
	TRY(getxattr("capable", "security.capability", NULL, 0));
}

static void make_modes(const char *path, mode_t mode, uid_t uid, gid_t gid)
{
	if (access(path, F_OK))
		make_file(path, "text");
	(void)!chown(path, uid, gid);
	chmod(path, mode);
}

static void script_users(struct transcript *transcript)
{
	static const unsigned char capability[20] = { 0, 0, 0, 2, 1 };
	mode_t before = umask(022);
	int fd;

	mkdir("open", 0777), chmod("open", 0777);
	mkdir("closed", 0755);
	mkdir("group", 0777), make_modes("group", 02777, 0, OTHER_GROUP);
	mkdir("sticky", 0777), chmod("sticky", 01777);
	make_modes("sticky/theirs", 0666, 1, 1);
	make_modes("secret", 0600, 0, 0);
	make_modes("groups", 0660, 0, OTHER_GROUP);
	make_modes("readme", 0644, 0, 0);
	for (const char *const *name =
		     (const char *const[]){ "suid", "suid2", "suid3", "suid4", NULL };
	     *name; name++)
		make_modes(*name, 06777, 0, 0);
	/* setgid without group execution, which once marked mandatory locks. */
	make_modes("locks", 02666, 0, OTHER_GROUP);
	make_modes("locks2", 02666, 0, OTHER_GROUP);
	make_modes("both", 06666, 0, OTHER_GROUP);
	make_modes("capable", 0777, 0, 0);
	TRY(setxattr("capable", "security.capability", capability, sizeof(capability), 0));
	TRY(setxattr("readme", "trusted.t", "t", 1, 0));
	as_user(transcript, USER, GROUP, other_groups, act_as_user);
	umask(077);
	as_user(transcript, USER + 1, GROUP, NULL, act_as_user);
	umask(before);
	for (const char *const *name =
		     (const char *const[]){ "open", "group", "sticky", "closed", NULL };
	     *name; name++)
		note_directory(transcript, *name);
	for (const char *const *name =
		     (const char *const[]){ "open/mine", "open/mydir", "open/mylink", "open/myfifo",
					    "group/mine", "group/mydir", "capable", "suid", NULL };
	     *name; name++)
		note_stat(transcript, *name);
	/* A write by root keeps the bits. */
	make_modes("kept", 06777, 0, 0);
	fd = TRY_FD(open("kept", O_RDWR));
	TRY(write(fd, "x", 1));
	note_stat(transcript, "kept");
	close(fd);
}

static void script_tmpfiles(struct transcript *transcript)
{
	char path[64];
	int fd = TRY_FD(open(".", O_TMPFILE | O_RDWR, 0640));
	struct stat status;

	TRY(write(fd, "temporary", 9));
	TRY(fstat(fd, &status));
	note(transcript, "links %ju size %jd mode %o", (uintmax_t)status.st_nlink,
	     (intmax_t)status.st_size, status.st_mode);
	note_directory(transcript, ".");
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "named", AT_SYMLINK_FOLLOW));
	note_content(transcript, "named");
	note_stat(transcript, "named");
	TRY(write(fd, "more", 4));
	note_content(transcript, "named");
	close(fd);
	fd = TRY_FD(open(".", O_TMPFILE | O_WRONLY | O_EXCL, 0600));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	TRY(linkat(AT_FDCWD, path, AT_FDCWD, "never", AT_SYMLINK_FOLLOW));
	close(fd);
	TRY_FD(open("absent", O_TMPFILE | O_RDWR, 0600));
	TRY_FD(open("named", O_TMPFILE | O_RDWR, 0600));
	TRY_FD(open(".", O_TMPFILE | O_RDONLY, 0600));
	note_directory(transcript, ".");
}

static void script_directories(struct transcript *transcript)
{
	char name[64], at_500[256] = "";
	struct dirent *entry;
	long place = 0;
	int count = 0, seen = 0, held;
	DIR *directory;

	TRY(mkdir("many", 0755));
	for (int i = 0; i < ENTRIES; i++) {
		snprintf(name, sizeof(name), "many/%d-%.*s", i, i % 40,
			 "----------------------------------------");
		close(open(name, O_WRONLY | O_CREAT, 0600));
	}
	directory = opendir("many");
	while ((entry = readdir(directory))) {
		if (++count == 500)
			place = telldir(directory);
		if (count == 501)
			snprintf(at_500, sizeof(at_500), "%s", entry->d_name);
	}
	TRY(count);
	seekdir(directory, place);
	entry = readdir(directory);
	TRY(entry && !strcmp(entry->d_name, at_500));
	rewinddir(directory);
	/* Removing entries during the listing must not hide the others. */
	while ((entry = readdir(directory))) {
		seen++;
		if (*entry->d_name != '.' && seen % 2)
			unlinkat(dirfd(directory), entry->d_name, 0);
	}
	TRY(seen);
	TRY(fsync(dirfd(directory)));
	closedir(directory);
	note_directory(transcript, "many");
	TRY(mkdir("gone", 0755));
	held = TRY_FD(open("gone", O_RDONLY | O_DIRECTORY));
	TRY(rmdir("gone"));
	TRY_FD(openat(held, "x", O_CREAT | O_RDWR, 0600));
	TRY_FD(openat(held, ".", O_RDONLY));
	close(held);
	TRY_FD(open("absent", O_RDONLY | O_DIRECTORY));
	note_stat(transcript, "many");
}

static void script_statfs(struct transcript *transcript)
{
	struct statvfs status;

	TRY(statvfs(".", &status));
	note(transcript, "unit %lu fragment %lu blocks %ju files %d names %lu", status.f_bsize,
	     status.f_frsize, (uintmax_t)status.f_blocks, status.f_files > 0, status.f_namemax);
}

const struct script scripts[] = {
	{ "names", script_names, 0 },
	{ "renames", script_renames, 0 },
	{ "attributes", script_attributes, 0 },
	{ "extended attributes", script_xattrs, 0 },
	{ "ACLs", script_acls, 0 },
	{ "users and permissions", script_users, 0 },
	{ "O_TMPFILE", script_tmpfiles, 0 },
	{ "directories", script_directories, 0 },
	{ "statfs", script_statfs, 0 },
	{ "data", script_data, 0 },
	{ "holes and ranges", script_holes, SCRIPT_FINDS_HOLES },
	{ "O_DIRECT", script_direct, 0 },
	{ "mmap", script_mmap, 0 },
	{ "append and inode flags", script_append, 0 },
	{ "flags of open files", script_flags, SCRIPT_CHANGES_FLAGS },
	{ NULL, NULL, 0 },
};
