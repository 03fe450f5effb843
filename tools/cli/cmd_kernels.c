/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/kernel.h"
#include "injector/base/near_name.h"
#include "injector/base/report.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/guest/arch.h"
#include "tools/guest/kernel.h"
#include "tools/scenario/shipped_load.h"

#include <errno.h>
#include <jansson.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct arguments {
	enum guest_arch arch;
	bool cached, offline, json;
	const char *race;
};

enum { OPTION_ARCH = 256, OPTION_OFFLINE, OPTION_RACE };

static const struct argp_option options[] = {
	{ "arch", OPTION_ARCH, "ARCHITECTURE", 0, "amd64 or arm64 (this machine's)", 0 },
	{ "cached", 'c', NULL, 0, "Only kernels in the cache, which need no network", 0 },
	{ "offline", OPTION_OFFLINE, NULL, 0,
	  "Do not ask the archive: its kernels as of the last time, and those in the cache", 0 },
	{ "race", OPTION_RACE, "RACE", 0, "Only kernels that have that race by their version", 0 },
	{ "json", 'j', NULL, 0, "Print a JSON list", 0 },
	{ 0 },
};

static void take_race(struct argp_state *state, struct arguments *arguments, const char *name)
{
	struct near_names near = { .count = 0 };
	char known[512] = "";
	size_t used = 0;

	arguments->race = name;
	for (const struct race *race = races; race->name; race++) {
		if (race->none)
			continue;
		if (!strcmp(race->name, name))
			return;
		near_names_offer(&near, name, race->name);
		used = append_text(known, sizeof(known), used, "%s%s", used ? ", " : "",
				   race->name);
	}
	argp_error(state, "--race %s: unknown; %s%s%sallowed: %s", name,
		   near.count ? "did you mean " : "", near.count ? near.names[0] : "",
		   near.count ? "? " : "", known);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_ARCH:
		arguments->arch = guest_arch_named(argument);
		if (arguments->arch == GUEST_ARCHES)
			argp_error(state, "--arch %s: allowed: amd64, arm64", argument);
		return 0;
	case OPTION_RACE:
		take_race(state, arguments, argument);
		return 0;
	case OPTION_OFFLINE:
		arguments->offline = true;
		return 0;
	case 'c':
		arguments->cached = true;
		return 0;
	case 'j':
		arguments->json = true;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "%s: allowed are options only", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The shipped scenarios about a race, loaded once for all kernels. */
struct stories {
	struct scenario *items;
	size_t count;
};

/* stories: release them also on error. Returns 0 or -errno, reported. */
static int load_stories(struct stories *stories)
{
	struct kernel_version running;
	struct shipped_list list;
	int r = shipped_list(&list);

	*stories =
		(struct stories){ .items = r ? NULL : calloc(list.count, sizeof(*stories->items)) };
	kernel_running(&running);
	for (size_t i = 0; stories->items && i < list.count; i++) {
		struct scenario *scenario = &stories->items[stories->count];

		if (shipped_is_rules(&list.items[i]))
			continue;
		r = shipped_load(scenario, &list.items[i], &running);
		if (r)
			break;
		if (scenario->race->none)
			scenario_release(scenario);
		else
			stories->count++;
	}
	if (!r && !stories->items)
		r = report(-ENOMEM, "the scenarios");
	shipped_list_release(&list);
	return r;
}

static void release_stories(struct stories *stories)
{
	for (size_t i = 0; i < stories->count; i++)
		scenario_release(&stories->items[i]);
	free(stories->items);
}

/* The races of a version, each once, in the order of races[]. */
static json_t *races_of(const struct stories *stories, const struct kernel_version *version)
{
	json_t *list = json_array();

	for (const struct race *race = races; race->name; race++)
		for (size_t i = 0; i < stories->count; i++)
			if (stories->items[i].race == race &&
			    scenario_affects(&stories->items[i], version)) {
				json_array_append_new(list, json_string(race->name));
				break;
			}
	return list;
}

static bool has_race(const json_t *kernel, const char *race)
{
	const json_t *item;
	size_t i;

	json_array_foreach (json_object_get(kernel, "races"), i, item)
		if (!strcmp(json_string_value(item), race))
			return true;
	return false;
}

/* Adds the races to each kernel, and removes kernels that are not wanted. */
static int judge(json_t *kernels, const struct arguments *arguments)
{
	struct stories stories;
	int r = load_stories(&stories);

	for (size_t i = r ? 0 : json_array_size(kernels); i-- > 0;) {
		json_t *kernel = json_array_get(kernels, i);
		struct kernel_version version;

		kernel_parse(json_string_value(json_object_get(kernel, "version")), &version);
		json_object_set_new(kernel, "races", races_of(&stories, &version));
		if (arguments->race && !has_race(kernel, arguments->race))
			json_array_remove(kernels, i);
	}
	release_stories(&stories);
	return r;
}

static void print_kernels(const json_t *kernels)
{
	const json_t *kernel, *race;
	size_t i, j;

	json_array_foreach (kernels, i, kernel) {
		printf("%-22s %-7s", json_string_value(json_object_get(kernel, "kernel")),
		       json_is_true(json_object_get(kernel, "cached")) ? "cached" : "");
		json_array_foreach (json_object_get(kernel, "races"), j, race)
			printf(" %s", json_string_value(race));
		putchar('\n');
	}
}

int cmd_kernels(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.doc = "Lists the kernels that --kernel accepts: those in the archive, and others "
		       "in the cache. Each line shows the name, whether the kernel is in the "
		       "cache, and which races of the shipped scenarios it has by its "
		       "version.\vBackports do not show in a version; a run decides. Exit codes: 0 "
		       "listed; 3 none matches; 4 the archive cannot be reached; 77 apt is missing "
		       "and neither --cached nor --offline was given.",
	};
	struct arguments arguments = { .arch = guest_arch_here() };
	json_t *kernels = NULL;
	int r;

	command_line_parse(&argp, argc, argv, &arguments);
	if (arguments.cached) {
		kernels = json_array();
		r = 0;
	} else {
		r = guest_kernel_versions(&kernels, arguments.arch, !arguments.offline);
	}
	r = r ?: guest_kernel_cached(kernels, arguments.arch);
	r = r ?: judge(kernels, &arguments);
	if (!r && arguments.json) {
		command_line_print_json(kernels);
	} else if (!r) {
		print_kernels(kernels);
	}
	if (!r && !json_array_size(kernels))
		r = EXIT_INCONCLUSIVE;
	json_decref(kernels);
	return r > 0 ? r : r ? exit_code_of_error(r) : EXIT_AS_EXPECTED;
}
