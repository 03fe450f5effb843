/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Compares permissions: each attempt by each identity must have the same result, and leave the same
 * files, on XFS and through the layer on every data path. Known differences are in differences.c.
 * The files are compared both beneath the layer and through it.
 */
#include "injector/base/cleanup.h"
#include "tests/hostile/attempts.h"
#include "tests/hostile/differences.h"
#include "tests/hostile/identities.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>

enum { CASES_MAX = 2048, SHOWN = 40, LIMIT_SECONDS = 300, ENTRIES = 3, NAME = 24 };

/* An attempt on one path. */
struct trial {
	enum tree tree;
	const struct attempt *attempt;
	char path[NAME];
	/* The entries of the tree that the attempt may change, ended by NULL. "new" is what
	 * attempts make. */
	char names[ENTRIES][NAME];
	const char *entries[ENTRIES + 1];
	char *before; /* description of the unchanged tree; NULL: not made yet */
};

struct outcome {
	long result;
	char *after; /* description of the tree beneath; NULL: unchanged */
	char *seen;  /* description through the layer; NULL: unchanged, or no layer */
};

/* Where the trees are beneath, and where attempts use them. */
struct side {
	const char *beneath, *place;
};

/* A child with an identity. */
struct actor {
	pid_t child;
	int asks, answers;
};

struct question {
	size_t trial;
	char directory[160];
};

static struct fixture fixture;
static struct trial trials[CASES_MAX];
static size_t trial_count;
static struct outcome bare[IDENTITIES][CASES_MAX];

static void add_entry(struct trial *trial, const char *path)
{
	for (int i = 0; path && i < ENTRIES; i++) {
		if (trial->entries[i])
			continue;
		snprintf(trial->names[i], NAME, "%.*s", (int)strcspn(path, "/"), path);
		trial->entries[i] = trial->names[i];
		return;
	}
}

static void add_trial(const struct attempt_table *table, const struct attempt *attempt,
		      const char *path)
{
	struct trial *trial = &trials[trial_count];

	if (trial_count++ >= CASES_MAX)
		abort();
	trial->tree = table->tree;
	trial->attempt = attempt;
	snprintf(trial->path, NAME, "%s", path);
	add_entry(trial, path);
	add_entry(trial, "new");
	add_entry(trial, attempt->other);
}

static void add_trials(const struct attempt_table *table)
{
	for (const struct attempt *attempt = table->rows; attempt->name; attempt++) {
		_cleanup_free_ char *paths = strdup(attempt->paths);
		char *rest = paths, *path;

		while ((path = strsep(&rest, " ")))
			add_trial(table, attempt, path);
	}
}

static void act(const struct identity *identity, int asks, int answers)
{
	struct question question;
	long result;

	alarm(LIMIT_SECONDS);
	signal(SIGPIPE, SIG_IGN);
	if (identity_take(identity))
		_exit(1);
	while (read(asks, &question, sizeof(question)) == sizeof(question)) {
		const struct trial *trial = &trials[question.trial];

		/* An error here would be the same on both sides. */
		if (chdir(question.directory))
			_exit(1);
		result = trial->attempt->run(trial->attempt, trial->path);
		(void)!chdir("/");
		if (write(answers, &result, sizeof(result)) != sizeof(result))
			break;
	}
	_exit(0);
}

static struct actor start(const struct identity *identity)
{
	struct actor actor;
	int asks[2], answers[2];

	CU_ASSERT_FATAL(!pipe2(asks, O_CLOEXEC) && !pipe2(answers, O_CLOEXEC));
	fflush(NULL);
	actor.child = fork();
	if (!actor.child) {
		close(asks[1]);
		close(answers[0]);
		act(identity, asks[0], answers[1]);
	}
	close(asks[0]);
	close(answers[1]);
	actor.asks = asks[1];
	actor.answers = answers[0];
	return actor;
}

static void finish(const struct actor *actor)
{
	int status;

	close(actor->asks);
	close(actor->answers);
	waitpid(actor->child, &status, 0);
	CU_ASSERT_EQUAL(status, 0);
}

static void name_tree(char *path, const char *place, enum tree tree)
{
	snprintf(path, 160, "%s/%d", place, tree);
}

static void note_changes(const struct side *side, const struct trial *trial,
			 struct outcome *outcome)
{
	char path[160], text[TREE_TEXT];

	name_tree(path, side->beneath, trial->tree);
	tree_describe(path, trial->entries, text);
	if (!strcmp(text, trial->before))
		return;
	outcome->after = strdup(text);
	if (side->place != side->beneath) {
		name_tree(path, side->place, trial->tree);
		tree_describe(path, trial->entries, text);
		outcome->seen = strdup(text);
	}
	/* Restores beneath, as other programs would, unless the kernel may assume that nobody
	 * does. */
	name_tree(path, fixture.cache >= LAYER_CACHE_ALWAYS ? side->place : side->beneath,
		  trial->tree);
	CU_ASSERT_EQUAL_FATAL(tree_restore(trial->tree, path, trial->entries), 0);
	if (fixture.layer)
		CU_ASSERT_EQUAL(fixture_settle(&fixture), 0);
}

/* Before the first attempt each tree is unchanged. */
static void note_before(const struct side *side, struct trial *trial)
{
	char path[160], text[TREE_TEXT];

	if (trial->before)
		return;
	name_tree(path, side->beneath, trial->tree);
	tree_describe(path, trial->entries, text);
	trial->before = strdup(text);
}

static void try_one(const struct side *side, const struct actor *actor, size_t number,
		    struct outcome *outcome)
{
	struct question question = { .trial = number };

	name_tree(question.directory, side->place, trials[number].tree);
	CU_ASSERT_FATAL(write(actor->asks, &question, sizeof(question)) == sizeof(question));
	CU_ASSERT_FATAL(read(actor->answers, &outcome->result, sizeof(outcome->result)) ==
			sizeof(outcome->result));
	note_changes(side, &trials[number], outcome);
}

static void make_trees(const struct side *side)
{
	char path[160];

	for (enum tree tree = TREE_FILES; tree <= TREE_SPECIAL; tree++) {
		name_tree(path, side->beneath, tree);
		CU_ASSERT_EQUAL_FATAL(tree_make(tree, path), 0);
	}
	for (size_t i = 0; i < trial_count; i++)
		note_before(side, &trials[i]);
}

static void try_all(const struct side *side, const struct identity *identity,
		    struct outcome *outcomes)
{
	struct actor actor = start(identity);

	for (size_t i = 0; i < trial_count; i++)
		try_one(side, &actor, i, &outcomes[i]);
	finish(&actor);
}

static bool is_same(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static void print_result(const char *who, long result)
{
	if (result < 0)
		printf("        %-8s %s\n", who, strerrorname_np((int)-result));
	else
		printf("        %-8s %ld\n", who, result);
}

/* Prints the lines of `text` that `other` lacks. */
static void print_lines(const char *who, const char *text, const char *other)
{
	_cleanup_free_ char *lines = strdup(text);
	char *rest = lines, *line;

	while ((line = strsep(&rest, "\n")))
		if (!strstr(other, line))
			printf("        %-8s %s\n", who, line);
}

static void print_difference(const struct trial *trial, const struct identity *identity,
			     const struct outcome *want, const struct outcome *got)
{
	const char *bare_after = want->after ? want->after : trial->before;
	const char *after = got->after ? got->after : trial->before;

	printf("\n    %s of %s by %s\n", trial->attempt->name, trial->path, identity->name);
	print_result("XFS:", want->result);
	print_result("layer:", got->result);
	print_lines("XFS:", bare_after, after);
	print_lines("layer:", after, bare_after);
	if (got->seen)
		print_lines("through:", got->seen, after);
}

/* Returns the number of unexpected differences. */
static unsigned int compare(const struct identity *identity, enum layer_data_path data_path,
			    const struct outcome *want, const struct outcome *got)
{
	unsigned int wrong = 0, where = 1U << data_path;

	if (fixture.cache == LAYER_CACHE_WRITEBACK)
		where |= ON_WRITEBACK;
	for (size_t i = 0; i < trial_count; i++) {
		if (want[i].result == got[i].result && is_same(want[i].after, got[i].after) &&
		    is_same(got[i].after, got[i].seen))
			continue;
		if (difference_find(trials[i].attempt->name, trials[i].path, identity, where))
			continue;
		if (wrong++ < SHOWN)
			print_difference(&trials[i], identity, &want[i], &got[i]);
	}
	return wrong;
}

static void free_outcomes(struct outcome *outcomes)
{
	for (size_t i = 0; i < trial_count; i++) {
		free(outcomes[i].after);
		free(outcomes[i].seen);
		outcomes[i] = (struct outcome){ .result = 0 };
	}
}

static void test_bare(void)
{
	const struct side side = { fixture.bare, fixture.bare };

	make_trees(&side);
	for (size_t i = 0; i < IDENTITIES; i++)
		try_all(&side, &identities[i], bare[i]);
}

static void compare_all(enum layer_data_path data_path)
{
	const struct side side = { fixture.beneath, fixture.mount };
	static struct outcome outcomes[CASES_MAX];
	unsigned int wrong = 0;

	CU_ASSERT_EQUAL_FATAL(fixture_mount(&fixture, data_path, NULL, 0), 0);
	for (size_t i = 0; i < IDENTITIES; i++) {
		try_all(&side, &identities[i], outcomes);
		wrong += compare(&identities[i], data_path, bare[i], outcomes);
		free_outcomes(outcomes);
	}
	if (wrong)
		printf("    with cache %s", layer_cache_name(fixture.cache));
	CU_ASSERT_EQUAL(wrong, 0);
	CU_ASSERT_EQUAL(fixture_unmount(&fixture), 0);
}

static void compare_with(enum layer_data_path data_path)
{
	/* Caching on the mixed path is the same as with passthrough, and only the daemon keeps
	 * writes. */
	static const enum layer_cache last[LAYER_DATA_PATHS] = {
		[LAYER_PASSTHROUGH] = LAYER_CACHE_ALWAYS,
		[LAYER_MIXED] = LAYER_CACHE_NONE,
		[LAYER_DAEMON] = LAYER_CACHE_WRITEBACK,
	};

	for (unsigned int cache = 0; cache <= last[data_path]; cache++) {
		fixture.cache = cache;
		compare_all(data_path);
	}
}

static void test_passthrough(void)
{
	const struct side side = { fixture.beneath, fixture.beneath };

	make_trees(&side);
	compare_with(LAYER_PASSTHROUGH);
}

static void test_mixed(void)
{
	compare_with(LAYER_MIXED);
}

static void test_daemon(void)
{
	compare_with(LAYER_DAEMON);
}

static void test_list(void)
{
	size_t operations = 0;

	for (size_t i = 0; i < trial_count; i++)
		operations += !i || trials[i].attempt != trials[i - 1].attempt;
	printf("%zu operations, %zu attempts, %d identities\n", operations, trial_count,
	       IDENTITIES);
	CU_ASSERT_EQUAL(difference_report(), 0);
	for (size_t i = 0; i < IDENTITIES; i++)
		free_outcomes(bare[i]);
	for (size_t i = 0; i < trial_count; i++)
		free(trials[i].before);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "on XFS", test_bare },
		{ "the same by passthrough", test_passthrough },
		{ "the same by mixed", test_mixed },
		{ "the same by daemon", test_daemon },
		{ "what is known to differ", test_list },
		CU_TEST_INFO_NULL,
	};
	int code = fixture_make(&fixture);

	for (size_t i = 0; i < ATTEMPT_TABLES; i++)
		add_trials(&attempt_tables[i]);
	if (!code)
		code = run_suite("permissions", tests);
	fixture_remove(&fixture);
	return code;
}
