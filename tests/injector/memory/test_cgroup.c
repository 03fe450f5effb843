/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Cgroups: what is written where, on directories that look like some, and one that is real where
 * there is a hierarchy. */
#include "injector/base/cleanup.h"
#include "injector/memory/cgroup.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mntent.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char place[] = "/tmp/foliostorm-cgroup.XXXXXX";

static const char *in_place(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	return path;
}

static void put(const char *name, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(in_place(name), "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs(text, file);
}

static bool holds(const char *name, const char *text)
{
	_cleanup_fclose_ FILE *file = fopen(in_place(name), "re");
	char line[128] = "";

	return file && fgets(line, sizeof(line), file) && !strcmp(line, text);
}

static void writes_what_the_kernel_reads(void)
{
	_cleanup_close_ int fd = -1;

	put("memory.max", "");
	CU_ASSERT_EQUAL(cgroup_limit(place, 64 << 20), 0);
	CU_ASSERT_TRUE(holds("memory.max", "67108864"));
	put("cgroup.procs", "");
	CU_ASSERT_EQUAL(cgroup_enter(place), 0);
	CU_ASSERT_TRUE(holds("cgroup.procs", "0"));
	CU_ASSERT_EQUAL(cgroup_open_reclaim(place), -ENOENT);
	put("memory.reclaim", "");
	fd = cgroup_open_reclaim(place);
	CU_ASSERT_TRUE_FATAL(fd >= 0);
	CU_ASSERT_EQUAL(cgroup_reclaim(fd, 4096), 0);
	CU_ASSERT_TRUE(holds("memory.reclaim", "4096"));
}

/* The controller is for all who lie beneath that root: the last run takes it away. */
static void gives_and_takes_memory(void)
{
	put("cgroup.subtree_control", "cpu memory_other io\n");
	CU_ASSERT_FALSE(cgroup_has_memory(place));
	put("cgroup.subtree_control", "cpu memory io\n");
	CU_ASSERT_TRUE(cgroup_has_memory(place));
	put("cgroup.subtree_control", "");
	CU_ASSERT_EQUAL(cgroup_give_memory(place), 0);
	CU_ASSERT_TRUE(holds("cgroup.subtree_control", "+memory"));
	CU_ASSERT_EQUAL(cgroup_make(in_place(CGROUP_PREFIX "1.0")), 0);
	CU_ASSERT_EQUAL(cgroup_make(in_place(CGROUP_PREFIX "1.0")), -EEXIST);
	CU_ASSERT_EQUAL(cgroup_take_memory(place), 0);
	CU_ASSERT_TRUE(holds("cgroup.subtree_control", "+memory"));
	CU_ASSERT_EQUAL(cgroup_remove(in_place(CGROUP_PREFIX "1.0")), 0);
	CU_ASSERT_EQUAL(cgroup_remove(in_place(CGROUP_PREFIX "1.0")), 0);
	CU_ASSERT_EQUAL(cgroup_take_memory(place), 0);
	CU_ASSERT_TRUE(holds("cgroup.subtree_control", "-memory"));
	CU_ASSERT_EQUAL(cgroup_give_memory(in_place("nowhere")), -ENOENT);
}

static bool find_hierarchy(char *root, size_t size)
{
	FILE *mounts = setmntent("/proc/self/mounts", "re");
	struct mntent *entry;
	bool found = false;

	while (mounts && !found && (entry = getmntent(mounts))) {
		found = !strcmp(entry->mnt_type, "cgroup2");
		snprintf(root, size, "%s", entry->mnt_dir);
	}
	if (mounts)
		endmntent(mounts);
	return found;
}

/* Whoever is still in it is waited for. */
static void removes_a_real_one(void)
{
	char root[PATH_MAX - 64], path[PATH_MAX];
	int ready[2];
	char byte;
	pid_t child;
	int r;

	if (!find_hierarchy(root, sizeof(root))) {
		skip_test("no cgroup v2 is mounted here");
		return;
	}
	snprintf(path, sizeof(path), "%s/" CGROUP_PREFIX "test-%d", root, getpid());
	r = cgroup_make(path);
	if (r == -EACCES || r == -EPERM || r == -EROFS) {
		skip_test("no cgroup can be made here");
		return;
	}
	CU_ASSERT_EQUAL_FATAL(r, 0);
	CU_ASSERT_EQUAL_FATAL(pipe2(ready, O_CLOEXEC), 0);
	child = fork();
	if (!child) {
		(void)!write(ready[1], cgroup_enter(path) ? "n" : "y", 1);
		usleep(200000);
		_exit(0);
	}
	CU_ASSERT_EQUAL(read(ready[0], &byte, 1), 1);
	CU_ASSERT_EQUAL(byte, 'y');
	CU_ASSERT_EQUAL(cgroup_remove(path), 0);
	CU_ASSERT_EQUAL(access(path, F_OK), -1);
	CU_ASSERT_EQUAL(waitpid(child, NULL, 0), child);
	close(ready[0]);
	close(ready[1]);
}

/* There may be none with memory here: then it says what there is. */
static void finds_one_or_says_why(void)
{
	char root[PATH_MAX] = "", why[256] = "";

	bool found = cgroup_find(root, sizeof(root), why, sizeof(why));

	CU_ASSERT_EQUAL(found, *root && !strcmp(root, why));
	CU_ASSERT_EQUAL(!found, strstr(why, "no cgroup v2") || strstr(why, ": without"));
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "writes what the kernel reads", writes_what_the_kernel_reads },
		{ "gives and takes memory", gives_and_takes_memory },
		{ "removes a real one", removes_a_real_one },
		{ "finds one or says why", finds_one_or_says_why },
		CU_TEST_INFO_NULL,
	};
	int code;

	if (!mkdtemp(place))
		return 1;
	code = run_suite("cgroup", tests);
	for (const char *const *name =
		     (const char *const[]){ "memory.max", "memory.reclaim", "cgroup.procs",
					    "cgroup.subtree_control", NULL };
	     *name; name++)
		unlink(in_place(*name));
	rmdir(place);
	return code;
}
