/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random file operations on every data path of the layer and with each cache mode (--cache), each
 * checked against a model. Then many processes in one tree, which is compared with the tree
 * beneath.
 *
 * usage: operations [OPTION]...
 *
 *   -n COUNT     operations on one file, for each data path and cache mode (default 4000)
 *   -m COUNT     operations on a small tree (default 2000)
 *   -t SECONDS   run time of the many processes (default 1)
 *   -p COUNT     number of processes (default 8)
 *   -s SEED      of the random numbers (default 1)
 *   -d PATH      only this data path; xfs: without the layer
 *   -c CACHE     only this cache mode: none, auto, always, writeback
 *   -r SCRIPT    run the operations in this file instead, as printed by a failure
 *   -f           flawed operations: leaves a byte out of long writes
 *
 * Operations run in episodes, each with new files. A failed episode is reduced to few operations
 * that still fail, which are printed. Exit codes: 0 passed, 1 failed, 2 usage, 77 skipped.
 */
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "tests/hostile/crowd.h"
#include "tests/hostile/episodes.h"
#include "tests/hostile/script.h"
#include "tests/support/layer_fixture.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

enum { EPISODE = 5000, SCRIPT_MAX = 100000 };

static struct {
	size_t on_one, in_tree;
	unsigned int seconds, processes;
	struct episode_options episodes;
	enum layer_data_path from, to;
	unsigned int first_cache, last_cache; /* enum layer_cache */
	bool bare;
} settings = {
	.on_one = 4000,
	.in_tree = 2000,
	.seconds = 1,
	.processes = 8,
	.episodes.seed = 1,
	.to = LAYER_DAEMON,
	.last_cache = LAYER_CACHE_WRITEBACK,
};

static struct fixture fixture;

struct episode {
	unsigned int names;
	char why[256];
};

/* The paths of one new directory: through the layer, and beneath. */
static void name_directory(char *place, char *beneath)
{
	static unsigned int number;

	number++;
	snprintf(place, PATH_MAX, "%s/%u", settings.bare ? fixture.beneath : fixture.mount, number);
	snprintf(beneath, PATH_MAX, "%s/%u", fixture.beneath, number);
}

/* As `fails` of shrink(). */
static size_t run_episode(void *context, const struct operation *operations, size_t count)
{
	char place[PATH_MAX], beneath[PATH_MAX];
	struct episode *episode = context;
	struct world world;
	size_t done = 0;
	int r;

	name_directory(place, beneath);
	if (mkdir(beneath, 0755)) {
		snprintf(episode->why, sizeof(episode->why), "mkdir %s: %s", beneath,
			 strerror(errno));
		return 1;
	}
	r = world_make(&world, place, beneath, episode->names);
	world.flawed = settings.episodes.flawed;
	world.keeps_writes = fixture.cache == LAYER_CACHE_WRITEBACK;
	while (!r && done < count)
		r = operation_run(&world, &operations[done++]);
	r = r ?: world_check_all(&world);
	snprintf(episode->why, sizeof(episode->why), "%s", world.why);
	world_free(&world);
	world_remove(beneath);
	/* A world that could not be made is a failure too, if not of an operation. */
	return r ? done ?: 1 : 0;
}

static int report_failure(struct episode *episode, struct operation *operations, size_t count)
{
	const struct failure failure = { .run = run_episode,
					 .context = episode,
					 .why = episode->why,
					 .setting = "names",
					 .value = episode->names };

	printf("operation %zu: %s\n", count, episode->why);
	failure_print(&failure, operations, count);
	return 1;
}

static int run_operations(unsigned int names, size_t count, uint64_t seed)
{
	_cleanup_free_ struct operation *operations = malloc(EPISODE * sizeof(*operations));
	struct episode episode = { .names = names };

	if (!operations)
		return 1;
	for (size_t done = 0, piece; done < count; done += piece) {
		size_t failed;

		piece = count - done < EPISODE ? count - done : EPISODE;
		for (size_t i = 0; i < piece; i++)
			operations[i] = operation_make(&seed, names > 1);
		failed = run_episode(&episode, operations, piece);
		if (failed)
			return report_failure(&episode, operations, failed);
	}
	return 0;
}

static int run_script(const char *path)
{
	_cleanup_free_ struct operation *operations = calloc(SCRIPT_MAX, sizeof(*operations));
	struct episode episode = { .names = 1 };
	size_t count, failed;

	if (!operations) {
		perror(path);
		return 1;
	}
	if (script_read(path, "names", &episode.names, operations, SCRIPT_MAX, &count))
		return 1;
	failed = run_episode(&episode, operations, count);
	if (failed)
		printf("operation %zu of %zu: %s\n", failed, count, episode.why);
	return failed != 0;
}

static int run_crowd(void)
{
	char place[PATH_MAX], beneath[PATH_MAX];
	int64_t operations;

	name_directory(place, beneath);
	if (mkdir(beneath, 0755))
		return 1;
	/* With these cache modes the kernel is told that nobody changes files beneath. */
	operations = crowd_run(place, beneath, fixture.cache < LAYER_CACHE_ALWAYS,
			       settings.processes, settings.seconds, settings.episodes.seed);
	printf("    %u processes: %jd operations\n", settings.processes, (intmax_t)operations);
	return operations < 0;
}

static double seconds_since(uint64_t began)
{
	return (double)(units_now() - began) / 1e9;
}

static int run_parts(void)
{
	uint64_t began = units_now();

	if (settings.episodes.script)
		return run_script(settings.episodes.script);
	if (run_operations(1, settings.on_one, settings.episodes.seed))
		return 1;
	printf("    one file: %zu operations, %.1f s\n", settings.on_one, seconds_since(began));
	began = units_now();
	if (run_operations(WORLD_NAMES, settings.in_tree, settings.episodes.seed))
		return 1;
	printf("    a tree: %zu operations, %.1f s\n", settings.in_tree, seconds_since(began));
	return settings.seconds ? run_crowd() : 0;
}

static int run_data_path(enum layer_data_path data_path, enum layer_cache cache)
{
	int code;

	if (settings.bare)
		return puts("xfs"), run_parts();
	printf("%s, cache %s\n", layer_data_path_name(data_path), layer_cache_name(cache));
	fixture.cache = cache;
	if (fixture_mount(&fixture, data_path, NULL, 0)) {
		printf("the layer does not mount\n");
		return 1;
	}
	code = run_parts();
	if (fixture_unmount(&fixture)) {
		printf("the layer does not end well\n");
		code = 1;
	}
	return code;
}

static int parse(int argc, char **argv)
{
	int option;

	while ((option = getopt(argc, argv, "n:m:t:p:d:c:" EPISODE_OPTIONS)) != -1) {
		switch (option) {
		case 'n':
			settings.on_one = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			settings.in_tree = strtoul(optarg, NULL, 10);
			break;
		case 't':
			settings.seconds = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'p':
			settings.processes = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'd':
			settings.bare = !strcmp(optarg, "xfs");
			if (!settings.bare && layer_data_path_parse(optarg, &settings.from))
				return -1;
			settings.to = settings.from;
			break;
		case 'c':
			settings.last_cache = LAYER_CACHE_NONE;
			while (settings.last_cache < LAYER_CACHES &&
			       strcmp(layer_cache_name(settings.last_cache), optarg) != 0)
				settings.last_cache++;
			if (settings.last_cache == LAYER_CACHES)
				return -1;
			settings.first_cache = settings.last_cache;
			break;
		default:
			if (!episode_option(&settings.episodes, option, optarg))
				return -1;
		}
	}
	return optind == argc ? 0 : -1;
}

int main(int argc, char **argv)
{
	int code;

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (parse(argc, argv)) {
		fprintf(stderr, "usage: operations [-n COUNT] [-m COUNT] [-t SECONDS] [-p COUNT] "
				"[-s SEED] [-d PATH] [-c CACHE] [-r SCRIPT] [-f]\n");
		return 2;
	}
	code = fixture_make(&fixture);
	for (unsigned int path = settings.from; path <= settings.to; path++)
		for (unsigned int cache = settings.first_cache;
		     !code && cache <= settings.last_cache; cache++)
			/* Writes are kept only on the daemon's data path. */
			if (cache != LAYER_CACHE_WRITEBACK || path == LAYER_DAEMON)
				code = run_data_path(path, cache);
	fixture_remove(&fixture);
	return code;
}
