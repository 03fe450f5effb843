/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused before anything is mounted, and names of data paths. */
#include "fusefs/check.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[64];

/* A path in the directory of the test; of two calls the results are there at once. */
static const char *in_top(const char *name)
{
	static char paths[2][128];
	static int turn;
	char *path = paths[turn++ % 2];

	snprintf(path, sizeof(paths[0]), "%s%s%s", *name == '/' ? "" : top, *name == '/' ? "" : "/",
		 name);
	return path;
}

static void places(void)
{
	static const struct {
		const char *source, *mountpoint; /* in the directory, or absolute */
		int error;
		const char *complaint; /* part of it */
	} rows[] = {
		{ "a", "b", 0, "" },
		/* A layer over its own source. */
		{ "a", "a", 0, "" },
		{ "a", "ab", 0, "" },
		{ "none", "b", -ENOENT, "source " },
		{ "file", "b", -ENOTDIR, "name a directory to mirror" },
		{ "a", "none", -ENOENT, "make the directory first" },
		{ "a", "file", -ENOTDIR, "name a directory" },
		{ "a", "file/below", -ENOTDIR, "mountpoint " },
		{ "a", "a/below", -EINVAL, "lies in the source " },
		{ "/", "b", -EINVAL, "lies in the source /" },
		{ "a", "/proc", -EBUSY, "something is mounted there; unmount it first" },
	};
	char message[512];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct layer_config config = { .source = in_top(rows[i].source),
						     .mountpoint = in_top(rows[i].mountpoint),
						     .data_path = LAYER_DAEMON };
		int r;

		*message = '\0';
		report_capture(message, sizeof(message));
		r = check_config(&config);
		report_capture(NULL, 0);
		if (r != rows[i].error || !strstr(message, rows[i].complaint))
			printf("\n    row %zu: %d %s", i, r, message);
		CU_ASSERT_EQUAL(r, rows[i].error);
		CU_ASSERT_PTR_NOT_NULL(strstr(message, rows[i].complaint));
		CU_ASSERT_EQUAL(!*message, !r);
	}
}

/* Each says what to do. */
static void remedies(void)
{
	char message[512];

	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(check_report_no_passthrough(), -EOPNOTSUPP);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "6.9"));
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "daemon"));
	CU_ASSERT_EQUAL(check_report_not_stackable("/srv"), -ELOOP);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "/srv"));
	report_capture(NULL, 0);
}

static void preconditions(void)
{
	static const struct {
		int error;
		bool missing;
	} rows[] = {
		{ 0, false },        { -EPERM, true },   { -ENODEV, true },  { -EOPNOTSUPP, true },
		{ -ELOOP, true },    { -EINVAL, false }, { -ENOENT, false }, { -EBUSY, false },
		{ -ENOTDIR, false }, { EPERM, false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(layer_precondition_missing(rows[i].error), rows[i].missing);
}

static void data_paths(void)
{
	static const char *const names[] = { "passthrough", "mixed", "daemon" };
	enum layer_data_path data_path;

	for (int i = 0; i < LAYER_DATA_PATHS; i++) {
		CU_ASSERT_EQUAL(layer_data_path_parse(names[i], &data_path), 0);
		CU_ASSERT_EQUAL(data_path, (enum layer_data_path)i);
		CU_ASSERT_STRING_EQUAL(layer_data_path_name(data_path), names[i]);
	}
	CU_ASSERT_EQUAL(layer_data_path_parse("mix", &data_path), -EINVAL);
	CU_ASSERT_EQUAL(layer_data_path_parse("", &data_path), -EINVAL);
}

/* What only root with FUSE gets to. */
static bool can_mount(void)
{
	int fd = geteuid() ? -1 : open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "source and mountpoint", places },
		{ "remedies", remedies },
		{ "what the machine lacks", preconditions },
		{ "names of data paths", data_paths },
		CU_TEST_INFO_NULL,
	};
	char command[128];
	int code;

	if (!can_mount()) {
		fprintf(stderr, "skipped: root or /dev/fuse is missing\n");
		return SKIP;
	}
	snprintf(top, sizeof(top), "/tmp/foliostorm-check.XXXXXX");
	if (!mkdtemp(top) || mkdir(in_top("a"), 0700) || mkdir(in_top("a/below"), 0700) ||
	    mkdir(in_top("ab"), 0700) || mkdir(in_top("b"), 0700) ||
	    close(creat(in_top("file"), 0600)))
		return 1;
	code = run_suite("check", tests);
	snprintf(command, sizeof(command), "rm -r %s", top);
	return system(command) ? 1 : code;
}
