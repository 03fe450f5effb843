/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random file operations, then a power cut: the files must be in a state that it may leave.
 *
 * usage: powercut [-n EPISODES] [-m OPERATIONS] [-s SEED] [-r SCRIPT] [-f]
 *
 *   -n  number of power cuts, with the ways to lose changes in turn (default 60)
 *   -m  operations before each (default 40)
 *   -s  seed of the random numbers (default 1)
 *   -r  run the operations in this file instead, as printed by a failure
 *   -f  the model ignores the first sync of each episode, to see that the error is noticed
 *
 * A failed episode is reduced to few operations that still fail, which are printed. Exit codes:
 * 0 passed, 1 failed, 2 usage, 77 skipped.
 */
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/rules/rules.h"
#include "tests/hostile/durable.h"
#include "tests/hostile/episodes.h"
#include "tests/hostile/script.h"
#include "tests/support/layer_fixture.h"
#include "tools/scenario/scenario_rules.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { OPERATIONS_MAX = 400, RULE_SIZE = 256 };

static struct {
	unsigned int cuts, operations;
	struct episode_options episodes;
} settings = { .cuts = 60, .operations = 40, .episodes.seed = 1 };

static struct fixture fixture;

/* The ways to lose changes, tried in turn. */
static const struct {
	const char *text;
	struct lose_settings settings;
} ways[] = {
	{ "{ }", { .names = LOSE_ORDERED } },
	{ "{ names = \"any\"; }", { .names = LOSE_ANY } },
	{ "{ keep = \"random\"; }", { .keep.kind = LOSE_RANDOM } },
	{ "{ keep = \"random\"; torn = \"sector\"; }",
	  { .keep.kind = LOSE_RANDOM, .torn = LOSE_TORN_SECTOR } },
	{ "{ keep = \"random\"; names = \"any\"; }",
	  { .names = LOSE_ANY, .keep.kind = LOSE_RANDOM } },
};

struct episode {
	unsigned int way, number;
	char why[256];
};

static int mount_layer(const struct episode *episode, struct rules **rules)
{
	const struct rules_config config = { .seed = settings.episodes.seed + episode->number };
	char text[RULE_SIZE], why[RULE_SIZE];
	struct hooks hooks;

	snprintf(text, sizeof(text),
		 "when = { op = \"mkdir\"; path = \"*/cut\"; }; do = { crash = %s; };",
		 ways[episode->way].text);
	if (rules_make(rules, &config) || rules_read_text(text, *rules, why, sizeof(why)))
		return -1;
	hooks = rules_hooks(*rules);
	return fixture_mount(&fixture, LAYER_DAEMON, &hooks, 4);
}

/* Makes everything durable that world_make() has made. Returns 0 on success. */
static int sync_world(const struct world *world)
{
	_cleanup_close_ int d = openat(world->top, "d", O_RDONLY | O_CLOEXEC);
	_cleanup_close_ int e = openat(world->top, "e", O_RDONLY | O_CLOEXEC);

	return fsync(world->top) || fsync(d) || fsync(e) || fsync(world->handles[0].fd);
}

/* Returns the number of operations up to the failing one, or 0. */
static size_t run_operations(struct episode *episode, struct world *world,
			     const struct operation *operations, size_t count)
{
	struct durable *durable = durable_make(world, &ways[episode->way].settings);
	bool flawed = settings.episodes.flawed;
	size_t done = 0;
	int r = durable ? 0 : -1;

	while (!r && done < count) {
		const struct operation *operation = &operations[done++];
		const char *name = operation_kinds[operation->kind].name;
		struct durable_before before = durable_before(world, operation);

		/* Comparing files would sync them. */
		if (!strcmp(name, "check"))
			continue;
		r = operation_run(world, operation);
		if (flawed && !strncmp(name, "sync", 4))
			flawed = false;
		else if (!r)
			r = durable_follow(durable, operation, &before);
	}
	if (!r && (!mkdirat(world->top, "cut", 0700) || errno != EIO))
		r = world_differs(world, "the power is not cut: %s", strerror(errno));
	if (!r && (!faccessat(world->top, "a", F_OK, 0) || errno != EIO))
		r = world_differs(world, "the layer goes on: %s", strerror(errno));
	if (!r)
		r = durable_check(durable);
	if (durable)
		durable_free(durable);
	return r ? done ?: 1 : 0;
}

/* As `fails` of shrink(). */
static size_t run_episode(void *context, const struct operation *operations, size_t count)
{
	char place[PATH_MAX], beneath[PATH_MAX];
	struct episode *episode = context;
	struct rules *rules = NULL;
	struct world world = { .why = "the layer does not mount" };
	size_t failed = 1;

	snprintf(place, sizeof(place), "%s/w", fixture.mount);
	snprintf(beneath, sizeof(beneath), "%s/w", fixture.beneath);
	if (!mkdir(beneath, 0755) && !mount_layer(episode, &rules)) {
		if (!world_make(&world, place, beneath, WORLD_NAMES) && !sync_world(&world))
			failed = run_operations(episode, &world, operations, count);
		snprintf(episode->why, sizeof(episode->why), "%s", world.why);
		world_free(&world);
		if (fixture_unmount(&fixture) && !failed) {
			snprintf(episode->why, sizeof(episode->why), "the layer does not end well");
			failed = count ?: 1;
		}
	}
	rules_free(rules);
	world_remove(beneath);
	return failed;
}

static int report_failure(struct episode *episode, struct operation *operations, size_t count)
{
	const struct failure failure = { .run = run_episode,
					 .context = episode,
					 .why = episode->why,
					 .setting = "way",
					 .value = episode->way };

	printf("power cut %u, %s: %s\n", episode->number, ways[episode->way].text, episode->why);
	failure_print(&failure, operations, count);
	return 1;
}

static int run_all(void)
{
	static struct operation operations[OPERATIONS_MAX];
	uint64_t seed = settings.episodes.seed;

	for (unsigned int i = 0; i < settings.cuts; i++) {
		struct episode episode = { .way = i % ARRAY_SIZE(ways), .number = i };

		for (size_t at = 0; at < settings.operations; at++)
			operations[at] = operation_make(&seed, true);
		if (run_episode(&episode, operations, settings.operations))
			return report_failure(&episode, operations, settings.operations);
	}
	printf("%u power cuts after %u operations each\n", settings.cuts, settings.operations);
	return 0;
}

static int run_script(const char *path)
{
	static struct operation operations[OPERATIONS_MAX];
	struct episode episode = { .way = 0 };
	size_t count;

	if (script_read(path, "way", &episode.way, operations, OPERATIONS_MAX, &count))
		return 1;
	episode.way %= ARRAY_SIZE(ways);
	if (!run_episode(&episode, operations, count))
		return 0;
	puts(episode.why);
	return 1;
}

static int parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:m:" EPISODE_OPTIONS)) != -1) {
		switch (option) {
		case 'n':
			settings.cuts = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'm':
			settings.operations = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		default:
			if (!episode_option(&settings.episodes, option, optarg))
				return -1;
		}
	}
	return optind == argc && settings.operations <= OPERATIONS_MAX ? 0 : -1;
}

int main(int argc, char **argv)
{
	int code;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv)) {
		fprintf(stderr, "usage: powercut [-n EPISODES] [-m OPERATIONS] [-s SEED] "
				"[-r SCRIPT] [-f]\n");
		return 2;
	}
	code = fixture_make(&fixture);
	if (!code)
		code = settings.episodes.script ? run_script(settings.episodes.script) : run_all();
	fixture_remove(&fixture);
	return code;
}
