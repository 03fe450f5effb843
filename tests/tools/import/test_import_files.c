/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenario and trace get their names together, on file systems of any kind. */
#include "injector/base/report.h"
#include "tests/support/poor_file_system.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/import/importers/importers.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static char input[96], output[96], trace[96];

static bool put(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	return file && fputs(text, file) >= 0 && !fclose(file);
}

static bool has(const char *path, const char *text)
{
	char there[4096] = "";
	FILE *file = fopen(path, "r");

	if (file) {
		there[fread(there, 1, sizeof(there) - 1, file)] = '\0';
		fclose(file);
	}
	return strstr(there, text);
}

static int names(void)
{
	DIR *directory = opendir(scratch);
	int count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count - 2;
}

static int import(bool force)
{
	static const struct import_options options;

	return import_file(importer_find("fsx"), &options, input, output, force, NULL);
}

/* Returns 0, or the number of what was wrong. */
static int import_three_times(void)
{
	char said[400];

	report_capture(said, sizeof(said));
	if (import(false) || !has(output, "kind  = \"replay\"") || !has(trace, "\nend 3\n"))
		return 1;
	if (names() != 3)
		return 2;
	if (!put(output, "mine") || !put(trace, "mine, too") || import(false) != -EINVAL)
		return 3;
	if (!has(output, "mine") || !has(trace, "mine, too") || names() != 3)
		return 4;
	if (import(true) || !has(output, "kind  = \"replay\"") || !has(trace, "\nend 3\n"))
		return 5;
	return names() == 3 ? 0 : 6;
}

static int in_child(int (*prepare)(void))
{
	int status = -1;
	pid_t child = fork();

	if (child == 0)
		_exit(prepare && prepare() ? 77 : import_three_times());
	CU_ASSERT_EQUAL_FATAL(waitpid(child, &status, 0), child);
	unlink(output);
	unlink(trace);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void usual(void)
{
	CU_ASSERT_EQUAL(in_child(NULL), 0);
}

static void without_unnamed_files(void)
{
	CU_ASSERT_EQUAL(in_child(make_file_systems_poor), 0);
}

static bool prepare(void)
{
	snprintf(input, sizeof(input), "%s/a.fsxops", scratch);
	snprintf(output, sizeof(output), "%s/a.cfg", scratch);
	snprintf(trace, sizeof(trace), "%s/a.trace", scratch);
	return put(input, "write 0x0 0x1000 0x0\nread 0x0 0x100 0x1000\n");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "unnamed files, and names that are exchanged", usual },
		{ "neither of them", without_unnamed_files },
		CU_TEST_INFO_NULL,
	};

	return run_suite_in_scratch("import_files", tests, prepare);
}
