/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The layer against XFS itself: the same scripts in both must see the same, on every data path. */
#include "injector/base/cleanup.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/layer_transcript.h"
#include "tests/support/suite.h"

#include <fcntl.h>
#include <string.h>

static struct fixture fixture;

/* Runs a script in a new directory. */
static struct transcript perform(const struct script *script, const char *place, const char *name)
{
	struct transcript transcript = { .text = NULL };
	char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s/%s", place, name);
	umask(022);
	if (mkdir(path, 0755) || chdir(path))
		return transcript;
	/* In a child, which leaves nothing open behind. */
	as_user(&transcript, 0, 0, NULL, script->run);
	(void)!chdir("/");
	return transcript;
}

static char *next_line(char **text)
{
	return *text ? strsep(text, "\n") : NULL;
}

/* Prints the first lines that differ. Returns how many do. */
static int compare(const struct script *script, struct transcript *bare,
		   struct transcript *mirrored)
{
	char *left = bare->text, *right = mirrored->text, *want, *got;
	int different = 0;

	if (!left || !right)
		return 1;
	while ((want = next_line(&left))) {
		got = next_line(&right);
		if (got && !strcmp(want, got))
			continue;
		if (++different <= 8)
			printf("\n    %s\n      XFS:   %s\n      layer: %s", script->name, want,
			       got ? got : "(end)");
	}
	return different + (next_line(&right) != NULL);
}

static void mirror_all(enum layer_data_path data_path, const char *prefix)
{
	const unsigned int left_out =
		(data_path == LAYER_PASSTHROUGH ? SCRIPT_CHANGES_FLAGS : 0) |
		(fixture.cache == LAYER_CACHE_WRITEBACK ? SCRIPT_FINDS_HOLES : 0);
	char name[64];

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, data_path, NULL, 0), 0);
	for (size_t i = 0; scripts[i].name; i++) {
		struct transcript bare, mirrored;

		if (scripts[i].takes & left_out)
			continue;
		snprintf(name, sizeof(name), "%s-%zu", prefix, i);
		bare = perform(&scripts[i], fixture.bare, name);
		mirrored = perform(&scripts[i], fixture.mount, name);
		CU_ASSERT_EQUAL(compare(&scripts[i], &bare, &mirrored), 0);
		free(bare.text);
		free(mirrored.text);
	}
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void test_passthrough(void)
{
	mirror_all(LAYER_PASSTHROUGH, "passthrough");
}

static void test_mixed(void)
{
	mirror_all(LAYER_MIXED, "mixed");
}

static void test_daemon(void)
{
	mirror_all(LAYER_DAEMON, "daemon");
}

/* Whatever the kernel keeps, it is as it is on XFS. */
static void test_kept(void)
{
	static const char *const prefixes[LAYER_DATA_PATHS][LAYER_CACHES] = {
		[LAYER_PASSTHROUGH] = { "", "auto-p", "always-p" },
		[LAYER_MIXED] = { "", "auto-m", "always-m" },
		[LAYER_DAEMON] = { "", "auto-d", "always-d", "writeback-d" },
	};

	for (unsigned int path = 0; path < LAYER_DATA_PATHS; path++)
		for (unsigned int cache = LAYER_CACHE_AUTO; cache < LAYER_CACHES; cache++) {
			fixture.cache = cache;
			if (prefixes[path][cache])
				mirror_all(path, prefixes[path][cache]);
		}
	fixture.cache = LAYER_CACHE_NONE;
}

/* So few that most inodes are opened by handle. */
static void test_few_descriptors(void)
{
	fixture.descriptors = 64;
	mirror_all(LAYER_PASSTHROUGH, "few");
	mirror_all(LAYER_DAEMON, "few-daemon");
	fixture.descriptors = 0;
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "passthrough is like XFS", test_passthrough },
		{ "mixed is like XFS", test_mixed },
		{ "daemon is like XFS", test_daemon },
		{ "what is kept is like XFS", test_kept },
		{ "few descriptors are like XFS", test_few_descriptors },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	if (!code)
		code = run_suite("layer_mirror", tests);
	fixture_remove(&fixture);
	return code;
}
