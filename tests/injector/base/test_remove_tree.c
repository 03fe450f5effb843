/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is removed is the directory that was made, while user 65534 exchanges what it can in it. */
#include "injector/base/cleanup.h"
#include "injector/base/remove_tree.h"
#include "injector/base/units.h"
#include "tests/support/other_user.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 40, FILES = 50, DEEP = 1200 };

#define RACE UINT64_C(2000000000) /* ns */

static void make_files(const char *directory)
{
	char path[256];

	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		close(open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600));
	}
}

static int count(const char *directory)
{
	char path[256];
	int found = 0;

	for (int i = 0; i < FILES; i++) {
		snprintf(path, sizeof(path), "%s/%d", directory, i);
		found += !access(path, F_OK);
	}
	return found;
}

static struct file_identity identity_of(const char *path)
{
	_cleanup_close_ int fd = open(path, O_PATH | O_CLOEXEC);
	struct file_identity identity = { 0, 0, 0 };

	CU_ASSERT_EQUAL(file_identity_of(fd, &identity), 0);
	return identity;
}

/* A tree that all may change. */
static struct file_identity make_tree(void)
{
	CU_ASSERT_EQUAL(mkdir(in("tree"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(in("tree/now"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(in("tree/now/below"), 0700), 0);
	make_files(in("tree/now"));
	make_files(in("tree/now/below"));
	chmod(in("tree"), 0777);
	chmod(in("tree/now"), 0777);
	chmod(in("tree/now/below"), 0777);
	return identity_of(in("tree"));
}

static void all_of_it(void)
{
	struct file_identity made = make_tree();

	CU_ASSERT_EQUAL(symlink("../victim", in("tree/link")), 0);
	CU_ASSERT_EQUAL(mkfifo(in("tree/now/fifo"), 0600), 0);
	CU_ASSERT_EQUAL(remove_tree(in("tree"), &made, false), 0);
	CU_ASSERT_EQUAL(access(in("tree"), F_OK), -1);
	CU_ASSERT_EQUAL(remove_tree(in("tree"), &made, false), 0);
	CU_ASSERT_EQUAL(count(in("victim")), FILES);
}

static void a_deep_one(void)
{
	_cleanup_close_ int fd = -1;
	struct file_identity made;

	CU_ASSERT_EQUAL(mkdir(in("tree"), 0700), 0);
	made = identity_of(in("tree"));
	fd = open(in("tree"), O_PATH | O_CLOEXEC);
	for (int i = 0; i < DEEP; i++) {
		int below;

		CU_ASSERT_EQUAL(mkdirat(fd, "a", 0700), 0);
		below = openat(fd, "a", O_PATH | O_CLOEXEC);
		close(fd);
		fd = below;
	}
	CU_ASSERT_EQUAL(remove_tree(in("tree"), &made, false), 0);
	CU_ASSERT_EQUAL(access(in("tree"), F_OK), -1);
}

static void something_else(void)
{
	struct file_identity victim = identity_of(in("victim")), made = victim;

	made.inode++;
	CU_ASSERT_EQUAL(remove_tree(in("victim"), &made, true), -ESTALE);
	made = victim;
	made.birth++;
	CU_ASSERT_EQUAL(remove_tree(in("victim"), &made, true), -ESTALE);
	made = victim;
	made.device++;
	CU_ASSERT_EQUAL(remove_tree(in("victim"), &made, false), -ESTALE);
	CU_ASSERT_EQUAL(symlink("victim", in("link")), 0);
	CU_ASSERT_EQUAL(remove_tree(in("link"), &victim, false), -ESTALE);
	CU_ASSERT_EQUAL(remove_tree(in("victim/1"), &victim, false), -ESTALE);
	CU_ASSERT_EQUAL(chown(in("victim"), OTHER_USER, OTHER_USER), 0);
	CU_ASSERT_EQUAL(remove_tree(in("victim"), &victim, false), -ESTALE);
	CU_ASSERT_EQUAL(chown(in("victim"), 0, 0), 0);
	CU_ASSERT_EQUAL(count(in("victim")), FILES);
}

/* Of the same file system, so that no device number tells it. */
static void a_mount(void)
{
	struct file_identity made = make_tree();

	CU_ASSERT_EQUAL(mkdir(in("tree/mount"), 0700), 0);
	if (mount(in("victim"), in("tree/mount"), NULL, MS_BIND, NULL)) {
		skip_test("nothing can be mounted here");
	} else {
		CU_ASSERT_EQUAL(remove_tree(in("tree"), &made, false), -EBUSY);
		CU_ASSERT_EQUAL(count(in("victim")), FILES);
		CU_ASSERT_EQUAL(umount(in("tree/mount")), 0);
	}
	CU_ASSERT_EQUAL(remove_tree(in("tree"), &made, false), 0);
}

/* Number of exchanges, counted by the other user. */
static _Atomic unsigned int *swaps;

/* Until it is killed. */
static pid_t start_swapping(const char *a, const char *b)
{
	pid_t child = fork_other_user();

	CU_ASSERT_FATAL(child >= 0);
	if (child)
		return child;
	for (;;)
		*swaps += !renameat2(AT_FDCWD, a, AT_FDCWD, b, RENAME_EXCHANGE);
}

static void stop_swapping(pid_t other)
{
	int status = 0;

	kill(other, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(other, &status, 0), other);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void a_race_within(void)
{
	pid_t other = start_swapping(in("tree/now"), in("swap/then"));
	uint64_t end = units_now() + RACE;

	*swaps = 0;
	for (int i = 0; (i < ROUNDS || !*swaps) && units_now() < end; i++) {
		struct file_identity made = make_tree();

		CU_ASSERT_EQUAL(symlink("../victim", in("swap/then")), 0);
		for (int tries = 0; remove_tree(in("tree"), &made, false) && tries < 1000; tries++)
			;
		CU_ASSERT_EQUAL(access(in("tree"), F_OK), -1);
		wipe(in("swap/then"));
	}
	stop_swapping(other);
	CU_ASSERT(*swaps > 0);
	CU_ASSERT_EQUAL(count(in("victim")), FILES);
}

/* The tree lies in a directory of the other's. */
static void a_race_for_the_root(void)
{
	uint64_t end = units_now() + RACE;

	*swaps = 0;
	CU_ASSERT_EQUAL(symlink("../victim", in("theirs/other")), 0);
	for (int i = 0; (i < ROUNDS || !*swaps) && units_now() < end; i++) {
		struct file_identity made = make_tree();
		int r = -ESTALE;
		pid_t other;

		CU_ASSERT_EQUAL(rename(in("tree"), in("theirs/tree")), 0);
		other = start_swapping(in("theirs/tree"), in("theirs/other"));
		for (int tries = 0; r && tries < 200; tries++)
			r = remove_tree(in("theirs/tree"), &made, false);
		stop_swapping(other);
		/* Where it has the other name, it has that one alone. */
		if (remove_tree(in("theirs/tree"), &made, false))
			CU_ASSERT_EQUAL(remove_tree(in("theirs/other"), &made, false), 0);
		if (access(in("theirs/other"), F_OK))
			CU_ASSERT_EQUAL(rename(in("theirs/tree"), in("theirs/other")), 0);
	}
	CU_ASSERT(*swaps > 0);
	CU_ASSERT_EQUAL(count(in("victim")), FILES);
}

static bool prepare(void)
{
	swaps = mmap(NULL, sizeof(*swaps), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		     0);
	if (swaps == MAP_FAILED || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) || mkdir(in("victim"), 0755) ||
	    mkdir(in("theirs"), 0777) || chown(in("theirs"), OTHER_USER, OTHER_USER) ||
	    mkdir(in("swap"), 0777) || chmod(in("swap"), 0777))
		return false;
	make_files(in("victim"));
	return true;
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "all of it", all_of_it },
		{ "a deep one", a_deep_one },
		{ "something else", something_else },
		{ "a mount in it", a_mount },
		{ "a race within", a_race_within },
		{ "a race for the root", a_race_for_the_root },
		CU_TEST_INFO_NULL,
	};

	if (geteuid()) {
		printf("skipped: not root\n");
		return SKIP;
	}
	return run_suite_in_scratch("remove_tree", tests, prepare);
}
