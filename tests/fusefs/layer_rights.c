/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nobody gets by the layer what the backing file system would not give: what the kernel has checked
 * is changed beneath before the layer acts. The hooks of the layer make the change themselves,
 * right when the request has come; a race makes it at any time.
 *
 * Usage: layer_rights [OPENS]      that the race makes, 20000 by default
 */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <linux/fs.h>
#include <linux/fuse.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

enum { USER = 65534, GROUP = 12345, OPENS = 20000, NOT_OPENED = 99 };

static struct fixture fixture;
static int opens = OPENS;

/* In memory that the layer's process shares. */
static struct shared {
	_Atomic uint32_t opcode; /* that the change comes before; 0: none */
	_Atomic unsigned int trial;
	_Atomic bool ends;
	_Atomic long opened, read, refused, missed, other;
} * shared;

static const char *in(const char *directory, const char *name)
{
	static _Thread_local char paths[4][PATH_MAX];
	static _Thread_local unsigned int turn;
	char *path = paths[turn++ % ARRAY_SIZE(paths)];

	snprintf(path, PATH_MAX, "%s/%s", directory, name);
	return path;
}

static const char *beneath(const char *name)
{
	return in(fixture.beneath, name);
}

static const char *above(const char *name)
{
	return in(fixture.mount, name);
}

static int put(const char *name, const char *text, mode_t mode, uid_t owner)
{
	_cleanup_close_ int fd =
		open(beneath(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);

	return fd < 0 || write(fd, text, strlen(text)) < 0 || fchown(fd, owner, owner) ||
			       fchmod(fd, mode)
		       ? -1
		       : 0;
}

static bool has(const char *name, const char *text)
{
	_cleanup_close_ int fd = open(beneath(name), O_RDONLY | O_CLOEXEC);
	char content[64] = "";

	return fd >= 0 && read(fd, content, sizeof(content) - 1) >= 0 && !strcmp(content, text);
}

static int make_directory(const char *name, mode_t mode, uid_t owner)
{
	return mkdir(beneath(name), 0700) || chown(beneath(name), owner, owner) ||
			       chmod(beneath(name), mode)
		       ? -1
		       : 0;
}

/* What root does beneath meanwhile. */

static void take_over(void)
{
	put("file", "secret", 0600, 0);
}

static void offer(void)
{
	put("file", "offered", 0666, 0);
}

static void keep_file(void)
{
	chmod(beneath("file"), 0600);
	(void)!chown(beneath("file"), 0, 0);
}

static void replace_file(void)
{
	unlink(beneath("sticky/file"));
	put("sticky/file", "secret", 0600, 0);
}

static void replace_directory(void)
{
	rmdir(beneath("sticky/directory"));
	make_directory("sticky/directory", 0755, 0);
}

static void replace_moved(void)
{
	rmdir(beneath("open/directory"));
	make_directory("open/directory", 0755, 0);
}

static void close_directory(void)
{
	chmod(beneath("open"), 0700);
}

static void keep_program(void)
{
	chmod(beneath("program"), 0700);
}

/* What the user tries. Each returns 0, or -1 and errno. */

static int try_open(const char *name, int flags)
{
	_cleanup_close_ int fd = open(above(name), flags | O_CLOEXEC, 0666);

	return fd < 0 ? -1 : 0;
}

static int create(void)
{
	return try_open("file", O_RDWR | O_CREAT);
}

static int create_empty(void)
{
	return try_open("file", O_RDWR | O_CREAT | O_TRUNC);
}

static int create_new(void)
{
	return try_open("file", O_RDWR | O_CREAT | O_EXCL);
}

static int open_to_read(void)
{
	return try_open("file", O_RDONLY);
}

static int open_to_write(void)
{
	return try_open("file", O_WRONLY);
}

static int open_directory(void)
{
	return try_open("open", O_RDONLY | O_DIRECTORY);
}

static int cut(void)
{
	return truncate(above("file"), 0);
}

static int set_mode(void)
{
	return chmod(above("file"), 04777);
}

static int set_group(void)
{
	return chown(above("file"), (uid_t)-1, USER);
}

static int set_times(void)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };

	return utimensat(AT_FDCWD, above("file"), times, 0);
}

static int set_attribute(void)
{
	return setxattr(above("file"), "user.x", "x", 1, 0);
}

static int get_attribute(void)
{
	char value[16];

	return getxattr(above("file"), "user.kept", value, sizeof(value)) < 0 ? -1 : 0;
}

static int remove_attribute(void)
{
	return removexattr(above("file"), "user.kept");
}

static int remove_file(void)
{
	return unlink(above("sticky/file"));
}

static int remove_directory(void)
{
	return rmdir(above("sticky/directory"));
}

static int move_file(void)
{
	return rename(above("sticky/file"), above("open/mine"));
}

static int move_over(void)
{
	return rename(above("open/mine"), above("sticky/file"));
}

static int move_directory(void)
{
	return rename(above("open/directory"), above("sticky/moved"));
}

static int make_file(void)
{
	return try_open("open/new", O_RDWR | O_CREAT);
}

static int make_unnamed(void)
{
	return try_open("open", O_RDWR | O_TMPFILE);
}

static int make_node(void)
{
	return mknod(above("open/new"), S_IFIFO | 0600, 0);
}

static int make_new_directory(void)
{
	return mkdir(above("open/new"), 0700);
}

static int make_symlink(void)
{
	return symlink("target", above("open/new"));
}

static int make_link(void)
{
	return link(above("file"), above("open/new"));
}

static int run_program(void)
{
	char *const arguments[] = { (char *)"program", NULL };
	pid_t child = vfork();
	int status;

	if (!child) {
		execv(above("program"), arguments);
		_exit(errno);
	}
	waitpid(child, &status, 0);
	errno = WEXITSTATUS(status);
	return errno ? -1 : 0;
}

static const struct trial {
	const char *name;
	uint32_t opcode;
	void (*change)(void);
	int (*attempt)(void);
	bool without; /* the file is not there at first */
	int error;    /* 0: it succeeds */
} trials[] = {
	{ "create", FUSE_CREATE, take_over, create, true, EACCES },
	{ "create, empty", FUSE_CREATE, take_over, create_empty, true, EACCES },
	{ "create, new", FUSE_CREATE, take_over, create_new, true, EEXIST },
	{ "create what may be opened", FUSE_CREATE, offer, create, true, 0 },
	{ "open to read", FUSE_OPEN, keep_file, open_to_read, false, EACCES },
	{ "open to write", FUSE_OPEN, keep_file, open_to_write, false, EACCES },
	{ "open a directory", FUSE_OPENDIR, close_directory, open_directory, false, EACCES },
	{ "run", FUSE_OPEN, keep_program, run_program, false, EACCES },
	{ "truncate", FUSE_SETATTR, keep_file, cut, false, EACCES },
	{ "chmod", FUSE_SETATTR, keep_file, set_mode, false, EPERM },
	{ "chown", FUSE_SETATTR, keep_file, set_group, false, EPERM },
	{ "utimensat", FUSE_SETATTR, keep_file, set_times, false, EPERM },
	{ "setxattr", FUSE_SETXATTR, keep_file, set_attribute, false, EACCES },
	{ "getxattr", FUSE_GETXATTR, keep_file, get_attribute, false, EACCES },
	{ "removexattr", FUSE_REMOVEXATTR, keep_file, remove_attribute, false, EACCES },
	{ "unlink", FUSE_UNLINK, replace_file, remove_file, false, EPERM },
	{ "rmdir", FUSE_RMDIR, replace_directory, remove_directory, false, EPERM },
	{ "rename", FUSE_RENAME2, replace_file, move_file, false, EPERM },
	{ "rename over", FUSE_RENAME2, replace_file, move_over, false, EPERM },
	{ "rename a directory", FUSE_RENAME2, replace_moved, move_directory, false, EACCES },
	{ "create there", FUSE_CREATE, close_directory, make_file, false, EACCES },
	{ "O_TMPFILE", FUSE_TMPFILE, close_directory, make_unnamed, false, EACCES },
	{ "mknod", FUSE_MKNOD, close_directory, make_node, false, EACCES },
	{ "mkdir", FUSE_MKDIR, close_directory, make_new_directory, false, EACCES },
	{ "symlink", FUSE_SYMLINK, close_directory, make_symlink, false, EACCES },
	{ "link", FUSE_LINK, close_directory, make_link, false, EACCES },
};

/* FUSE_RENAME is sent where there are no flags; the ACL of the root is asked for on the way to each
 * file. */
static bool is_awaited(const struct hook_request *request)
{
	return request->opcode == FUSE_GETXATTR
		       ? shared->opcode == FUSE_GETXATTR && request->nodeid != FUSE_ROOT_ID
		       : request->opcode == shared->opcode ||
				 (request->opcode == FUSE_RENAME && shared->opcode == FUSE_RENAME2);
}

static struct hook_decision change_before(void *injector, const struct hook_request *request)
{
	(void)injector;
	if (is_awaited(request)) {
		shared->opcode = 0;
		trials[shared->trial].change();
	}
	return (struct hook_decision){ .delay_ns = 0 };
}

static struct hooks hooks = { .before = change_before };

/* Runs `body` as the user, in a child. Returns its value. */
static int as_user(int (*body)(void))
{
	pid_t child = fork();
	int status = -1;

	if (!child) {
		if (setgroups(0, NULL) || setresgid(USER, USER, USER) ||
		    setresuid(USER, USER, USER))
			_exit(255);
		_exit(body());
	}
	waitpid(child, &status, 0);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

static int attempt(void)
{
	const struct trial *trial = &trials[shared->trial];

	shared->opcode = trial->opcode;
	return trial->attempt() ? errno : 0;
}

static void clear_away(void)
{
	static const char *const names[] = {
		"sticky/file", "sticky/directory", "sticky/moved", "open/mine", "open/directory",
		"open/new",    "sticky",           "open",         "file",      "program"
	};

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		(void)!remove(beneath(names[i]));
}

static int lay_out(const struct trial *trial)
{
	int r = make_directory("open", 0777, 0) | make_directory("sticky", 01777, 0) |
		make_directory("sticky/directory", 0755, USER) |
		make_directory("open/directory", 0755, USER) |
		put("sticky/file", "mine", 0644, USER) | put("open/mine", "mine", 0644, USER) |
		put("program", "#!/bin/true\n", 0711, 0);

	if (!trial->without)
		r |= put("file", "mine", 0666, USER) |
		     setxattr(beneath("file"), "user.kept", "kept", 4, 0);
	return r;
}

static void make_trial(unsigned int number)
{
	const struct trial *trial = &trials[number];
	int got;

	CU_ASSERT_EQUAL_FATAL(lay_out(trial), 0);
	shared->trial = number;
	got = as_user(attempt);
	if (got != trial->error)
		printf("\n    %s: %s, expected %s", trial->name, strerrorname_np(got) ?: "done",
		       strerrorname_np(trial->error) ?: "done");
	CU_ASSERT_EQUAL(got, trial->error);
	/* It came, so the change was made. */
	CU_ASSERT_EQUAL(shared->opcode, 0);
	if (trial->change == take_over)
		CU_ASSERT(has("file", "secret"));
	if (trial->change == replace_file)
		CU_ASSERT(has("sticky/file", "secret"));
	clear_away();
}

static void test_changed(void)
{
	for (int path = 0; path < LAYER_DATA_PATHS; path++) {
		CU_ASSERT_EQUAL_FATAL(
			fixture_mount(&fixture, (enum layer_data_path)path, &hooks, 0), 0);
		for (unsigned int i = 0; i < ARRAY_SIZE(trials); i++)
			make_trial(i);
		CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
	}
}

/* An ACL as it is stored: the user may everything. */
static const uint16_t acl[] = { 2,      0,      1,  7, 0xffff, 0xffff, 2,  7, USER,   0,     4, 0,
				0xffff, 0xffff, 16, 7, 0xffff, 0xffff, 32, 0, 0xffff, 0xffff };

/* Of a file that was the user's when it was opened: the kernel looks nothing up, and goes by what
 * it remembers. Returns how many of these succeed, or NOT_OPENED. */
static int use_stale(void)
{
	const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
	int fd = open(above("file"), O_RDWR | O_CLOEXEC), flags = FS_NOATIME_FL, done = 0;

	if (fd < 0)
		return NOT_OPENED;
	shared->opened = 1;
	while (!shared->ends)
		units_sleep(1000000);
	done += !fchmod(fd, 04777);
	done += !fchown(fd, (uid_t)-1, USER);
	done += !futimens(fd, times);
	done += !fsetxattr(fd, "system.posix_acl_access", acl, sizeof(acl), 0);
	done += !ioctl(fd, FS_IOC_SETFLAGS, &flags);
	return done;
}

static void give_away(void)
{
	pid_t child;
	int status;

	*shared = (struct shared){ .opened = 0 };
	CU_ASSERT_EQUAL(put("file", "mine", 0644, USER), 0);
	child = fork();
	if (!child)
		_exit(as_user(use_stale));
	for (int waited = 0; !shared->opened && waited < 10000; waited++)
		units_sleep(1000000);
	CU_ASSERT_EQUAL(shared->opened, 1);
	keep_file();
	shared->ends = 1;
	waitpid(child, &status, 0);
	CU_ASSERT(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	CU_ASSERT_EQUAL(unlink(beneath("file")), 0);
}

static void test_given_away(void)
{
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, NULL, 0), 0);
	give_away();
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static int keep_capability(int capability)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {
		{ .effective = 1U << capability, .permitted = 1U << capability },
	};

	return prctl(PR_SET_KEEPCAPS, 1) || setgroups(0, NULL) || setresgid(USER, USER, USER) ||
	       setresuid(USER, USER, USER) || syscall(SYS_capset, &header, data);
}

/* What a capability lets do, group and owner aside; with a bit for each that fails. */
static int use_capability(int capability)
{
	switch (capability) {
	case CAP_DAC_OVERRIDE:
		return (open_to_read() != 0) | (open_to_write() != 0) << 1;
	case CAP_FOWNER:
		return (set_mode() != 0) | (unlink(above("sticky/theirs")) != 0) << 1;
	case CAP_CHOWN:
		return chown(above("file"), USER, USER) != 0;
	default:
		return 255;
	}
}

static void test_capabilities(void)
{
	static const int capabilities[] = { CAP_DAC_OVERRIDE, CAP_FOWNER, CAP_CHOWN };
	int status;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, NULL, 0), 0);
	CU_ASSERT_EQUAL(make_directory("sticky", 01777, 0), 0);
	CU_ASSERT_EQUAL(put("sticky/theirs", "theirs", 0600, 0), 0);
	for (size_t i = 0; i < ARRAY_SIZE(capabilities); i++) {
		pid_t child;

		CU_ASSERT_EQUAL(put("file", "theirs", 0600, 0), 0);
		child = fork();
		if (!child)
			_exit(keep_capability(capabilities[i]) ? 254
							       : use_capability(capabilities[i]));
		CU_ASSERT_EQUAL(waitpid(child, &status, 0), child);
		CU_ASSERT_EQUAL(status, 0);
	}
	clear_away();
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static _Noreturn void come_and_go(void)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!shared->ends) {
		_cleanup_close_ int fd =
			open(beneath("file"), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

		(void)!write(fd, "secret", 6);
		unlink(beneath("file"));
	}
	_exit(0);
}

/* As often as it takes; every file that is opened is the user's own, and so empty. */
static int open_often(void)
{
	char byte;

	for (int i = 0; i < opens; i++) {
		int fd = open(above("file"), O_RDWR | O_CREAT | O_CLOEXEC, 0600);

		if (fd < 0) {
			shared->refused += errno == EACCES;
			shared->missed += errno == ESTALE;
			shared->other += errno != EACCES && errno != ESTALE;
			continue;
		}
		shared->opened++;
		shared->read += pread(fd, &byte, 1, 0) > 0;
		close(fd);
		unlink(above("file"));
	}
	return 0;
}

static void test_race(void)
{
	pid_t child;

	*shared = (struct shared){ .opcode = 0 };
	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, LAYER_PASSTHROUGH, NULL, 0), 0);
	child = fork();
	if (!child)
		come_and_go();
	CU_ASSERT_EQUAL(as_user(open_often), 0);
	shared->ends = true;
	waitpid(child, NULL, 0);
	printf("%d opens: %ld own, %ld of them somebody else's, %ld refused, %ld stale, %ld failed "
	       "otherwise ",
	       opens, shared->opened, shared->read, shared->refused, shared->missed, shared->other);
	CU_ASSERT_EQUAL(shared->read, 0);
	CU_ASSERT(shared->opened > 0);
	CU_ASSERT(shared->refused > 0);
	CU_ASSERT_EQUAL(shared->other, 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

int main(int argc, char **argv)
{
	CU_TestInfo tests[] = {
		{ "changed before the layer acts", test_changed },
		{ "given away", test_given_away },
		{ "capabilities", test_capabilities },
		{ "race", test_race },
		CU_TEST_INFO_NULL,
	};
	int code;

	if (argc > 1)
		opens = atoi(argv[1]);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED)
		return 1;
	umask(0);
	code = fixture_make(&fixture);
	if (!code)
		code = chmod(fixture.beneath, 0777) ? 1 : run_suite("layer_rights", tests);
	fixture_remove(&fixture);
	return code;
}
