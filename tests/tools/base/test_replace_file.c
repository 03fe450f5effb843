/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A file is replaced whole or not at all, and nothing beside it is touched or left. */
#include "tests/support/layer_files.h"
#include "tests/support/poor_file_system.h"
#include "tests/support/suite.h"
#include "tests/support/text_of.h"
#include "tools/base/replace_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char directory[] = "/tmp/foliostorm-test.XXXXXX", path[64];

static int names(void)
{
	DIR *dir = opendir(directory);
	int count = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(dir);
	for (const struct dirent *entry = readdir(dir); entry; entry = readdir(dir))
		count += strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0;
	closedir(dir);
	return count;
}

static int replace(const char *text, int r)
{
	struct replace_file file;

	if (replace_file_begin(&file, path))
		return -EIO;
	if (write(file.fd, text, strlen(text)) != (ssize_t)strlen(text))
		r = -EIO;
	return replace_file_end(&file, r);
}

static void what_others_have_stays(void)
{
	char beside[80];

	put(path, "before");
	snprintf(beside, sizeof(beside), "%s.new", path);
	put(beside, "a user's");
	CU_ASSERT_EQUAL(replace("after", 0), 0);
	CU_ASSERT_STRING_EQUAL(text_of(path), "after");
	CU_ASSERT_STRING_EQUAL(text_of(beside), "a user's");
	CU_ASSERT_EQUAL(names(), 2);
	unlink(beside);
}

static void a_failure_changes_nothing(void)
{
	put(path, "before");
	CU_ASSERT_EQUAL(replace("after", -ENOSPC), -ENOSPC);
	CU_ASSERT_STRING_EQUAL(text_of(path), "before");
	CU_ASSERT_EQUAL(names(), 1);
	/* The last step fails: a directory is in the way. */
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(mkdir(path, 0700), 0);
	CU_ASSERT_EQUAL(replace("after", 0), -EISDIR);
	CU_ASSERT_EQUAL(rmdir(path), 0);
	CU_ASSERT_EQUAL(names(), 0);
}

/* What is killed before the end has left nothing. */
static void a_killed_process_leaves_nothing(void)
{
	struct replace_file file;
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		if (!replace_file_begin(&file, path) && write(file.fd, "half", 4) == 4)
			raise(SIGKILL);
		_exit(1);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFSIGNALED(status));
	CU_ASSERT_EQUAL(names(), 0);
}

static void without_unnamed_files(void)
{
	int status = -1;
	pid_t child = fork();

	if (child == 0) {
		struct replace_file file;
		int named = 0;

		if (make_file_systems_poor())
			_exit(77);
		if (!replace_file_begin(&file, path)) {
			named = names();
			replace_file_end(&file, -EIO);
		}
		_exit(named == 1 && names() == 0 && !replace("whole", 0) ? 0 : 1);
	}
	CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
	CU_ASSERT(WIFEXITED(status));
	CU_ASSERT_EQUAL(WEXITSTATUS(status), 0);
	CU_ASSERT_STRING_EQUAL(text_of(path), "whole");
	CU_ASSERT_EQUAL(names(), 1);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "what others have stays", what_others_have_stays },
		{ "a failure changes nothing", a_failure_changes_nothing },
		{ "a killed process leaves nothing", a_killed_process_leaves_nothing },
		{ "without unnamed files", without_unnamed_files },
		CU_TEST_INFO_NULL,
	};
	int r;

	if (!mkdtemp(directory))
		return 1;
	snprintf(path, sizeof(path), "%s/file", directory);
	r = run_suite("replace_file", tests);
	unlink(path);
	rmdir(directory);
	return r;
}
