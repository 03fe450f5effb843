/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What files of a run copy: where it comes from, how much of it is allowed, what is left over. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"
#include "tools/scenario/copies.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static struct scenario scenario;
static char directory[64], message[1024];

/* A scenario whose file "a" is a copy: key is "from" or "command". */
static void load(const char *key, const char *value)
{
	char files[512];
	const struct scenario_lines lines = { .files = files,
					      .more = "backing = { size = \"300M\"; };" };

	snprintf(files, sizeof(files),
		 "files = ( { name = \"a\"; content = \"copy\"; folio = \"64K\"; %s = \"%s\"; } );",
		 key, value);
	CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &lines, NULL), 0);
}

/* NULL: there is no complaint */
static void says(const char *complaint)
{
	CU_ASSERT_EQUAL(!complaint, !*message);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, complaint ?: ""));
}

static int obtain(void)
{
	int r;

	*message = '\0';
	report_capture(message, sizeof(message));
	r = copies_obtain(&scenario);
	report_capture(NULL, 0);
	return r;
}

static const struct scenario_file *first_file(void)
{
	return scenario.files.items;
}

/* Makes a file of that size in the directory. Returns its path. */
static const char *make_file(off_t size)
{
	static char path[96];
	FILE *file;

	snprintf(path, sizeof(path), "%s/source", directory);
	file = fopen(path, "w");
	CU_ASSERT_PTR_NOT_NULL_FATAL(file);
	fputs("begins", file);
	CU_ASSERT_EQUAL(fflush(file), 0);
	CU_ASSERT_EQUAL(ftruncate(fileno(file), size), 0);
	fclose(file);
	return path;
}

/* The bytes that the file begins with, and its size. */
static void holds(const char *bytes, uint64_t size)
{
	char got[64] = "";

	CU_ASSERT_EQUAL(first_file()->size, size);
	CU_ASSERT_EQUAL(pread(first_file()->golden_fd, got, strlen(bytes), 0),
			(ssize_t)strlen(bytes));
	CU_ASSERT_STRING_EQUAL(got, bytes);
}

static void of_a_file(void)
{
	static const struct {
		off_t size;
		const char *complaint; /* NULL: it will do */
	} rows[] = {
		{ 64 << 10, NULL },
		{ 100000, NULL },
		{ (64 << 10) - 1, "has 65535 bytes; allowed: from one folio to 1G" },
		{ (1 << 30) + 1, "has 1073741825 bytes; allowed: from one folio to 1G" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		load("from", make_file(rows[i].size));
		CU_ASSERT_EQUAL(obtain(), rows[i].complaint ? -EINVAL : 0);
		says(rows[i].complaint);
		if (!rows[i].complaint)
			holds("begins", (uint64_t)rows[i].size);
		scenario_release(&scenario);
	}
	unlink(make_file(1));
	load("from", directory);
	CU_ASSERT_EQUAL(obtain(), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "allowed: from one folio to 1G"));
	scenario_release(&scenario);
	load("from", "/nowhere/f");
	CU_ASSERT_EQUAL(obtain(), -EINVAL);
	CU_ASSERT_STRING_EQUAL(message, "files: a: /nowhere/f: No such file or directory");
	scenario_release(&scenario);
}

/* Commands work in a directory of their own, of which nothing is left. */
static void of_a_command(void)
{
	static const struct {
		const char *command, *complaint;
		int error;
	} rows[] = {
		{ "printf made >{out} && truncate -s 64K {out}", NULL, 0 },
		{ "exit 3", "files: a: its command failed with 3: exit 3", -EINVAL },
		{ "true", "No such file or directory", -EINVAL },
		{ "printf short >{out}", "has 5 bytes; allowed: from one folio to 1G", -EINVAL },
		{ "cat >{out}; printf made >>{out} && truncate -s 64K {out}", NULL, 0 },
		{ "ln -s /etc/passwd {out}", "Too many levels of symbolic links", -EINVAL },
		{ "mkfifo {out}", "has 0 bytes; allowed: from one folio to 1G", -EINVAL },
	};

	setenv("TMPDIR", directory, 1);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		load("command", rows[i].command);
		CU_ASSERT_EQUAL(obtain(), rows[i].error);
		says(rows[i].complaint);
		if (!rows[i].error) {
			int fd = first_file()->golden_fd;

			holds("made", 64 << 10);
			/* What is there is not made again. */
			CU_ASSERT_EQUAL(obtain(), 0);
			CU_ASSERT_EQUAL(first_file()->golden_fd, fd);
		}
		scenario_release(&scenario);
		CU_ASSERT_EQUAL(rmdir(directory), 0);
		CU_ASSERT_EQUAL(mkdir(directory, 0700), 0);
	}
	/* What a command leaves beside its file is told of, and stays. */
	load("command", "truncate -s 64K {out} && touch {out}.more");
	CU_ASSERT_EQUAL(obtain(), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "its command left more than {out}"));
	CU_ASSERT_EQUAL(rmdir(directory), -1);
	scenario_release(&scenario);
	unsetenv("TMPDIR");
}

/* Somebody else's command, in a directory that is given to him, cannot lead root elsewhere. */
static void as_a_user(void)
{
	static const struct {
		const char *command, *complaint;
		int error;
	} rows[] = {
		{ "test $(id -u).$(id -g).$(id -G) = 65534.65533.65533 && printf made >{out} && "
		  "truncate -s 64K {out}",
		  NULL, 0 },
		{ "ln -s /etc/shadow {out}", "Too many levels of symbolic links", -EINVAL },
		{ "cat /etc/shadow >{out}", "its command failed with 1", -EINVAL },
	};
	char value[256];

	if (geteuid()) {
		skip_test("not root");
		return;
	}
	setenv("TMPDIR", directory, 1);
	chmod(directory, 0711);
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		snprintf(value, sizeof(value), "%s\"; run_as = \"65534:65533", rows[i].command);
		load("command", value);
		CU_ASSERT_EQUAL(obtain(), rows[i].error);
		says(rows[i].complaint);
		if (!rows[i].error)
			holds("made", 64 << 10);
		scenario_release(&scenario);
	}
	chmod(directory, 0700);
	unsetenv("TMPDIR");
}

static void room(void)
{
	load("command", "truncate -s 173M {out}");
	CU_ASSERT_EQUAL(obtain(), -EINVAL);
	CU_ASSERT_STRING_EQUAL(message,
			       "backing.size: too small for the files; allowed: at least 301M");
	scenario_release(&scenario);
	load("command", "truncate -s 172M {out}");
	CU_ASSERT_EQUAL(obtain(), 0);
	scenario_release(&scenario);
}

/* For a guest: its scenario copies from where the guest finds the files. */
static void moved(void)
{
	char *text;

	load("command", "truncate -s 64K {out}");
	CU_ASSERT_EQUAL(copies_move(&scenario, "/guest"), 0);
	CU_ASSERT_STRING_EQUAL(first_file()->from, "/guest/a");
	CU_ASSERT_PTR_NULL(first_file()->command);
	text = scenario_text(&scenario);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "from = \"/guest/a\";"));
	CU_ASSERT_PTR_NULL(strstr(text, "command"));
	free(text);
	scenario_release(&scenario);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "of a file", of_a_file },    { "of a command", of_a_command },
		{ "as a user", as_a_user },    { "room for them", room },
		{ "moved to a guest", moved }, CU_TEST_INFO_NULL,
	};
	char command[128];
	int code;

	snprintf(directory, sizeof(directory), "/tmp/foliostorm-copies.XXXXXX");
	if (!mkdtemp(directory))
		return 1;
	code = run_suite("copies", tests);
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command) ? 1 : code;
}
