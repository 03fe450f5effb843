/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Workplaces: what their records say, and that nothing but that is removed. On a /run of its
 * own. */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/machine/workplace.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { OWNERS = 4, WORKPLACES_EACH = 200 };

static bool is_there(const char *path)
{
	struct stat status;

	return !lstat(path, &status);
}

/* What its owner leaves when it is killed. */
static void leave(struct workplace *workplace)
{
	close(workplace->lock_fd);
	workplace->lock_fd = -1;
}

/* Puts a text into the record in place of what is in it. */
static void write_record(const struct workplace *workplace, const char *text)
{
	CU_ASSERT_EQUAL(ftruncate(workplace->lock_fd, 0), 0);
	CU_ASSERT_EQUAL(write(workplace->lock_fd, text, strlen(text)), (ssize_t)strlen(text));
}

static void paths_are_whole(void)
{
	const char *const paths[] = { "/a b", "/a\ndirectory /victim", "/\\134n\n\\",
				      "/\x7f\x1b[2J", "/\xc3\xa9" };
	_cleanup_close_ int fd = memfd_create("record", MFD_CLOEXEC);
	char token[RECORD_TOKEN_MAX], escaped[RECORD_ESCAPED_MAX];
	struct record record;

	CU_ASSERT_EQUAL_FATAL(record_begin(fd, token), 0);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(record_add(fd, "directory", "1:2:3", paths[i]), 0);
	CU_ASSERT_EQUAL(record_add(fd, "directory", "1:2:3", "not/absolute"), -EINVAL);
	CU_ASSERT_EQUAL_FATAL(record_read(fd, &record), 0);
	CU_ASSERT_TRUE(record.this_boot);
	CU_ASSERT_STRING_EQUAL(record.token, token);
	CU_ASSERT_EQUAL_FATAL(record.count, 5);
	for (size_t i = 0; i < 5; i++)
		CU_ASSERT_STRING_EQUAL(record.entries[i].path, paths[i]);
	record_release(&record);
	CU_ASSERT_STRING_EQUAL(record_escape(paths[1], escaped), "/a\\012directory /victim");
}

/* The first line about a thing is what was planned, the next what it became. */
static void lines_count_when_they_are_whole(void)
{
	static const char text[] = "directory - /a\ndirectory 1:2:3 /a\nmount - /m\nmount 7:8 /a\n"
				   "directory 1:2:3 \\400\ndirectory 1:2:3 /b\\7\ndirectory 1:2:3 "
				   "b\ndirectory 1:2:3\n\n"
				   "directory 1:2:3 /vic";
	_cleanup_close_ int fd = memfd_create("record", MFD_CLOEXEC);
	struct record record;

	CU_ASSERT_EQUAL(write(fd, text, sizeof(text) - 1), sizeof(text) - 1);
	CU_ASSERT_EQUAL_FATAL(record_read(fd, &record), 0);
	CU_ASSERT_FALSE(record.this_boot);
	CU_ASSERT_EQUAL_FATAL(record.count, 3);
	CU_ASSERT_STRING_EQUAL(record.entries[0].identity, "1:2:3");
	CU_ASSERT_STRING_EQUAL(record.entries[1].identity, RECORD_UNKNOWN);
	CU_ASSERT_STRING_EQUAL(record.entries[2].what, "mount");
	record_release(&record);
}

static void a_tree_goes_with_it(void)
{
	struct workplace workplace;
	int fd;

	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	fd = workplace_tree(&workplace, in("tree\nx"));
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(mkdirat(fd, "below", 0700), 0);
	close(fd);
	CU_ASSERT_EQUAL(mkdir(in("tree"), 0700), 0); /* what the path is up to its newline */
	CU_ASSERT_EQUAL(workplace_tree(&workplace, in("tree")), -EEXIST);
	leave(&workplace);
	CU_ASSERT_EQUAL(workplace_leftovers(false, NULL), 1);
	CU_ASSERT_EQUAL(workplace_leftovers(true, NULL), 0);
	CU_ASSERT_FALSE(is_there(in("tree\nx")));
	CU_ASSERT_FALSE(is_there(WORKPLACES));
	CU_ASSERT_TRUE(is_there(in("tree")));
	CU_ASSERT_EQUAL(rmdir(in("tree")), 0);
}

/* Somebody has put something else in its place, or nobody knows what it is. */
static void what_is_another_stays(void)
{
	struct workplace workplace;
	char line[256];
	int fd;

	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	fd = workplace_tree(&workplace, in("tree"));
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	close(fd);
	CU_ASSERT_EQUAL(rename(in("tree"), in("moved")), 0);
	CU_ASSERT_EQUAL(mkdir(in("tree"), 0700), 0);
	CU_ASSERT_EQUAL(mkdir(in("tree/below"), 0700), 0);
	CU_ASSERT_EQUAL(workplace_remove(&workplace), 0);
	CU_ASSERT_TRUE(is_there(in("tree/below")));

	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	CU_ASSERT_EQUAL(workplace_plan(&workplace, "directory", in("tree")), 0);
	CU_ASSERT_EQUAL(workplace_remove(&workplace), 0);
	CU_ASSERT_TRUE(is_there(in("tree/below")));

	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	CU_ASSERT_EQUAL(mkdir(in("cgroup"), 0700), 0);
	CU_ASSERT_EQUAL(workplace_made(&workplace, "cgroup", in("cgroup")), 0);
	CU_ASSERT_EQUAL(rename(in("cgroup"), in("other")), 0);
	CU_ASSERT_EQUAL(mkdir(in("cgroup"), 0700), 0);
	CU_ASSERT_EQUAL(workplace_remove(&workplace), 0);
	CU_ASSERT_EQUAL(rmdir(in("cgroup")), 0);
	CU_ASSERT_EQUAL(rmdir(in("other")), 0);

	/* As earlier versions wrote it. */
	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	snprintf(line, sizeof(line), "directory %s\nno-such-kind 1 %s\n", in("tree"), in("tree"));
	write_record(&workplace, line);
	CU_ASSERT_EQUAL(workplace_remove(&workplace), 0);
	CU_ASSERT_TRUE(is_there(in("tree/below")));
	CU_ASSERT_FALSE(is_there(WORKPLACES));
	rmdir(in("tree/below"));
	rmdir(in("tree"));
	rmdir(in("moved"));
}

/* Of a restart only directories are left; numbers of mounts and devices are others'. */
static void after_a_restart(void)
{
	struct workplace workplace;
	char path[160], *text, *line;
	int fd;

	CU_ASSERT_EQUAL_FATAL(workplace_make(&workplace), 0);
	fd = workplace_tree(&workplace, in("tree"));
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	close(fd);
	CU_ASSERT_EQUAL(mkdir(in("cgroup"), 0700), 0);
	CU_ASSERT_EQUAL(workplace_made(&workplace, "cgroup", in("cgroup")), 0);
	snprintf(path, sizeof(path), "%s/record", workplace.path);
	CU_ASSERT_EQUAL_FATAL(text_file_read(path, &text, NULL), 0);
	line = strstr(text, "boot ");
	CU_ASSERT_PTR_NOT_NULL_FATAL(line);
	line[5] = line[5] == '0' ? '1' : '0';
	write_record(&workplace, text);
	free(text);
	leave(&workplace);
	CU_ASSERT_EQUAL(workplace_leftovers(true, NULL), 0);
	CU_ASSERT_FALSE(is_there(in("tree")));
	CU_ASSERT_EQUAL(rmdir(in("cgroup")), 0);
	CU_ASSERT_FALSE(is_there(WORKPLACES));
}

/* One is made after the other, and each is there, locked, until it is removed. Returns how many
 * were not. */
static int own(void)
{
	int lost = 0;

	for (int i = 0; i < WORKPLACES_EACH; i++) {
		struct workplace workplace;
		char path[160];

		if (workplace_make(&workplace)) {
			lost++;
			continue;
		}
		snprintf(path, sizeof(path), "%s/record", workplace.path);
		sched_yield();
		lost += !is_there(path);
		lost += workplace_remove(&workplace) != 0;
	}
	return lost > 100 ? 100 : lost;
}

static void owners_beside_cleaners(void)
{
	pid_t owners[OWNERS], cleaner = fork();
	int status, left;

	CU_ASSERT_FATAL(cleaner >= 0);
	if (!cleaner)
		for (;;)
			workplace_leftovers(true, NULL);
	for (int i = 0; i < OWNERS; i++) {
		owners[i] = fork();
		if (!owners[i])
			_exit(own());
	}
	for (int i = 0; i < OWNERS; i++) {
		CU_ASSERT_EQUAL(waitpid(owners[i], &status, 0), owners[i]);
		CU_ASSERT_EQUAL(status, 0);
	}
	kill(cleaner, SIGKILL);
	CU_ASSERT_EQUAL(waitpid(cleaner, &status, 0), cleaner);
	CU_ASSERT(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	left = workplace_leftovers(true, NULL);
	CU_ASSERT_EQUAL(left, 0);
	CU_ASSERT_FALSE(is_there(WORKPLACES));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "paths are whole", paths_are_whole },
		{ "lines count when they are whole", lines_count_when_they_are_whole },
		{ "a tree goes with it", a_tree_goes_with_it },
		{ "what is another stays", what_is_another_stays },
		{ "after a restart", after_a_restart },
		{ "owners beside cleaners", owners_beside_cleaners },
		CU_TEST_INFO_NULL,
	};

	if (geteuid() || unshare(CLONE_NEWNS) ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("run", "/run", "tmpfs", 0, NULL)) {
		printf("skipped: not root, or nothing can be mounted here\n");
		return SKIP;
	}
	return run_suite_in_scratch("workplace", tests, NULL);
}
