/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bisections of real histories whose kernels nobody builds or boots: what each commit's would
 * come to stands in its files. */
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tests/support/suite.h"
#include "tests/tools/bisect/scenario.h"
#include "tools/base/program_path.h"
#include "tools/bisect/bisect_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHY = 512 }; /* bytes of a message */

static char tree[64], out[64];

static void shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void shell(const char *format, ...)
{
	char command[1024];
	va_list args;
	bool failed;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	failed = system(command) != 0;
	if (failed)
		printf("\n    %s", command);
	CU_ASSERT_FALSE(failed);
}

/*
 * A commit of each letter: Good or Bad from then on; harmless (-), in the directory "other" (o);
 * one that does Not build or is Dead when booted, until the next letter; Two changes the culprit's
 * line again.
 */
static void make_history(const char *letters)
{
	shell("rm -rf %s %s && git init -q %s && mkdir %s %s/other", tree, out, tree, out, tree);
	shell("cd %s && printf 'VERSION = 6\\nPATCHLEVEL = 1\\nSUBLEVEL = 7\\nEXTRAVERSION =\\n' "
	      ">Makefile",
	      tree);
	for (size_t i = 0; letters[i]; i++) {
		const char letter = letters[i];

		if (strchr("GBT", letter))
			shell("printf 'a\\nb\\nc\\n%c\\n' >%s/kernel", letter, tree);
		shell("printf '%s' >%s/state", strchr("ND", letter) ? (char[]){ letter, '\0' } : "",
		      tree);
		shell("echo >%s/%s-%zu", tree, letter == 'o' ? "other/file" : "noise", i);
		shell("cd %s && git add . && git commit -qm 'commit %zu' && git tag v%zu", tree, i,
		      i);
	}
}

static int fake_build(void *context, const char *at, const char *image, char *why, size_t size)
{
	char path[256], *state = NULL, *kernel = NULL;
	bool does_not;
	FILE *file;

	++*(unsigned int *)context;
	snprintf(path, sizeof(path), "%s/state", at);
	CU_ASSERT_EQUAL(text_file_read(path, &state, NULL), 0);
	snprintf(path, sizeof(path), "%s/kernel", at);
	CU_ASSERT_EQUAL(text_file_read(path, &kernel, NULL), 0);
	snprintf(why, size, "mm/filemap.c:1: error");
	if (*state != 'N') {
		file = fopen(image, "w");
		fputc(*state ? *state : kernel[strlen("a.b.c.")], file);
		fclose(file);
	}
	free(kernel);
	does_not = *state == 'N';
	free(state);
	return does_not;
}

struct fake {
	unsigned int builds, runs, interrupt_at;
};

static int fake_run(void *context, const struct bisect_kernel *kernel,
		    const struct bisect_attempt *attempt, json_t **result)
{
	struct fake *fake = context;
	char *image = NULL;

	(void)attempt;
	*result = NULL;
	if (++fake->runs == fake->interrupt_at)
		return -EINTR;
	CU_ASSERT_EQUAL(text_file_read(kernel->text, &image, NULL), 0);
	if (*image == 'D')
		*result = json_pack("{s:s, s:s, s:{s:s}}", "verdict", "ERROR", "reason", "panic",
				    "guest", "died", "panic");
	else
		*result = json_pack("{s:s, s:s, s:i, s:i, s:i}", "verdict",
				    *image == 'G' ? "CLEAN" : "HIT", "reason", "r", "punches", 50,
				    "punches_hit", *image == 'G' ? 0 : 40, "passages", 50);
	free(image);
	return 0;
}

static int bisect_history(struct fake *fake, const char *good, const char *bad, bool fixed,
			  const char *path, json_t **found, char why[WHY])
{
	static struct run_arguments run;
	static struct guest_arguments machine;
	struct bisect_worktree worktree = { .builder = { fake_build, &fake->builds },
					    .runner = { fake_run, fake },
					    .identity = "0123456789abcdef" };
	const struct bisect_config config = {
		.scenario = scenario_path,
		.out = out,
		.fixed = fixed,
		.machine = &machine,
		.run = &run,
		.runner = { bisect_worktree_run, &worktree },
	};
	const struct bisect_tree arguments = { .tree = tree,
					       .good = good,
					       .bad = bad,
					       .paths = { path },
					       .path_count = path != NULL };
	struct bisect bisect;
	int r;

	*found = NULL;
	run.overrides.sets = run.sets;
	report_capture(why, WHY);
	r = bisect_tree_check(&arguments, fixed) ?: bisect_worktree_open(&worktree, tree, out);
	if (!r) {
		r = bisect_open(&bisect, &config)
			    ?: bisect_tree(&bisect, &arguments, &worktree, found);
		bisect_release(&bisect);
		if (!r)
			bisect_worktree_close(&worktree);
	}
	report_capture(NULL, 0);
	return r;
}

static const char *text_of(const json_t *found, const char *key)
{
	return json_string_value(json_object_get(found, key)) ?: "";
}

/* The user's tree is as it was, and nothing of git's is left. */
static void is_untouched(void)
{
	shell("cd %s && test -z \"$(git status --porcelain)\" && git symbolic-ref -q HEAD "
	      ">/dev/null && "
	      "test \"$(git worktree list | wc -l)\" -eq 1 && test -z \"$(git for-each-ref "
	      "refs/bisect)\"",
	      tree);
}

static void histories(void)
{
	static const struct {
		const char *letters;
		bool fixed;
		const char *subject; /* "": not one commit */
		bool proven;
	} rows[] = {
		{ "G---B---", false, "commit 4", true },
		{ "GB", false, "commit 1", true },
		{ "G--oo-B", false, "commit 6", true },
		{ "B---G---", true, "commit 4", true },
		{ "BG", true, "commit 1", true },
		/* What neither builds nor boots is passed over, */
		{ "G-N-B-D-", false, "commit 4", true },
		{ "GN--DB--", false, "", false },
		{ "G-DN-B--", false, "commit 5", true },
		/* and a change that others stand on cannot be undone. */
		{ "G--B-T--", false, "commit 3", false },
	};
	char why[WHY], last[16];
	json_t *found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const bool fixed = rows[i].fixed;
		struct fake fake = { .runs = 0 };
		int r;

		make_history(rows[i].letters);
		snprintf(last, sizeof(last), "v%zu", strlen(rows[i].letters) - 1);
		r = bisect_history(&fake, fixed ? last : "v0", fixed ? "v0" : last, fixed, NULL,
				   &found, why);
		CU_ASSERT_EQUAL(r, 0);
		if (r)
			printf("\n    %s: %s", rows[i].letters, why);
		CU_ASSERT_STRING_EQUAL(text_of(found, "subject"), rows[i].subject);
		CU_ASSERT_EQUAL(json_is_true(json_object_get(found, "proven")), rows[i].proven);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(found, "proof")),
				*rows[i].subject ? 3 : 0);
		CU_ASSERT_EQUAL(json_array_size(json_object_get(found, "candidates")) > 1,
				!*rows[i].subject);
		json_decref(found);
		is_untouched();
		/* The log is one that git takes. */
		/* The exit code is git's of today: 1 where the start already decides. */
		shell("cd %s && git bisect replay %s/bisect.log 2>&1 | grep -qE 'is the "
		      "first|could be any of' && git bisect reset >/dev/null 2>&1",
		      tree, out);
	}
}

static void paths(void)
{
	struct fake fake = { .runs = 0 };
	char why[WHY];
	json_t *found;

	make_history("G--o--B---");
	CU_ASSERT_EQUAL(bisect_history(&fake, "v0", "v9", false, "kernel", &found, why), 0);
	CU_ASSERT_STRING_EQUAL(text_of(found, "subject"), "commit 6");
	/* Both ends, culprit, parent, revert: only one commit changes the path. */
	CU_ASSERT(fake.builds <= 5);
	json_decref(found);
}

static void goes_on(void)
{
	struct fake fake;
	unsigned int builds;
	char why[WHY];
	json_t *found;

	for (unsigned int at = 1; at <= 5; at += 2) {
		make_history("G-N-B---");
		fake = (struct fake){ .interrupt_at = at };
		CU_ASSERT_EQUAL(bisect_history(&fake, "v0", "v7", false, NULL, &found, why),
				-EINTR);
		CU_ASSERT_EQUAL(bisect_history(&fake, "v0", "v7", false, NULL, &found, why), 0);
		CU_ASSERT_STRING_EQUAL(text_of(found, "subject"), "commit 4");
		json_decref(found);
		builds = fake.builds;
		fake.runs = 0;
		CU_ASSERT_EQUAL(bisect_history(&fake, "v0", "v7", false, NULL, &found, why), 0);
		CU_ASSERT_EQUAL(fake.builds, builds);
		CU_ASSERT_EQUAL(fake.runs, 0);
		json_decref(found);
		is_untouched();
	}
}

static void refusals(void)
{
	static const struct {
		const char *letters, *before, *good, *bad;
		bool fixed;
		const char *why;
	} rows[] = {
		{ "G-B", "echo more >>kernel", "v0", "v2", false,
		  "there are changes that no commit has (kernel)" },
		{ "G-B",
		  "git clone -q --depth 1 file://$PWD ../shallow && rm -rf .git && mv "
		  "../shallow/.git . && rm -rf ../shallow && git tag v0 && git tag v2 2>/dev/null "
		  "|| :",
		  "v0", "v2", false, "a shallow clone, whose commits are not all there" },
		{ "G-B", "rm -rf .git", "v0", "v2", false, "not a work tree of git" },
		{ "G-B", ":", "v0", "v9", false, "--bad v9: no commit of" },
		{ "G-B", ":", "v1", "v1", false, "are both" },
		{ "G-B", ":", "v2", "v0", false, "newer than --bad v0; --fixed looks" },
		{ "G-B", ":", "v0", "v2", true, "older than --bad v2, so there is no fix" },
		{ "G-G", ":", "v0", "v2", false, "are both good" },
		{ "B-B", ":", "v0", "v2", false, "are both bad" },
		{ "B-G", ":", "v0", "v2", false, "the wrong way round" },
		{ "G-N", ":", "v0", "v2", false,
		  "cannot be judged: ERROR: it does not build: mm/filemap.c:1: error" },
	};
	char why[WHY];
	json_t *found;

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct fake fake = { .runs = 0 };

		make_history(rows[i].letters);
		shell("cd %s && %s", tree, rows[i].before);
		CU_ASSERT_NOT_EQUAL(bisect_history(&fake, rows[i].good, rows[i].bad, rows[i].fixed,
						   NULL, &found, why),
				    0);
		CU_ASSERT_PTR_NULL(found);
		/* Building a kernel takes minutes: an end that does not build is not built
		 * again. */
		if (strchr(rows[i].letters, 'N'))
			CU_ASSERT_EQUAL(fake.builds, 1);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
		if (!strstr(why, rows[i].why))
			printf("\n    %s", why);
	}
}

static CU_TestInfo tests[] = {
	{ "the commit is found and proved", histories },
	{ "only commits of a path are tried", paths },
	{ "it goes on where it was interrupted", goes_on },
	{ "what cannot be bisected is refused", refusals },
	CU_TEST_INFO_NULL,
};

static bool prepare(void)
{
	snprintf(tree, sizeof(tree), "%s/tree", scratch);
	snprintf(out, sizeof(out), "%s/out", scratch);
	return make_scenario() && !setenv("GIT_CONFIG_GLOBAL", "/dev/null", 1) &&
	       !setenv("GIT_CONFIG_NOSYSTEM", "1", 1) && !setenv("GIT_AUTHOR_NAME", "a", 1) &&
	       !setenv("GIT_AUTHOR_EMAIL", "a@b", 1) && !setenv("GIT_COMMITTER_NAME", "a", 1) &&
	       !setenv("GIT_COMMITTER_EMAIL", "a@b", 1);
}

int main(void)
{
	char command[64];

	if (!program_path("git", command, sizeof(command))) {
		puts("skipped: git is not installed");
		return SKIP;
	}
	return run_suite_in_scratch("bisect_tree", tests, prepare);
}
