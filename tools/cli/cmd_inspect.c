/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/inspect/cache_rounds.h"
#include "tools/base/keys.h"
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"
#include "tools/machine/file_cache.h"

#include <argp.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { OPTION_JSON = 'j' };

struct arguments {
	const char *path;
	bool json;
};

static const struct argp_option options[] = {
	{ "json", OPTION_JSON, NULL, 0, "Print JSON", 0 },
	{ 0 },
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case OPTION_JSON:
		arguments->json = true;
		return 0;
	default:
		return command_line_take_one(key, argument, state, "file", &arguments->path);
	}
}

/* Looks in rounds until no violation is left, or those left were there in all rounds. sum: of the
 * last look. Returns 0; -EBUSY the tree changed in every try; other -errno. */
static int look(const struct cache *cache, struct cache_rounds *rounds, struct cache_sum *sum)
{
	int r;

	for (int round = 0; round < CACHE_ROUNDS; round++) {
		int tries = 100;

		if (round)
			units_sleep(CACHE_ROUND_PAUSE);
		do {
			cache_rounds_begin(rounds);
			r = cache_check(cache, sum, cache_rounds_visit, rounds);
		} while (!r && sum->locked && --tries);
		if (r || !tries)
			return r ? r : -EBUSY;
		if (!cache_rounds_end(rounds, !round))
			return 0;
	}
	return 0;
}

static void print_violation(const struct cache_violation *violation)
{
	printf("page %" PRIu64 " (%" PRIu64 " pages): %s (%s), entry 0x%" PRIx64, violation->page,
	       violation->pages, cache_fault_names[violation->fault],
	       cache_fault_family(violation->fault), violation->entry);
	if (violation->folio.address)
		printf(", folio of page %" PRIu64 ", order %u, refcount %d, flags 0x%" PRIx64,
		       violation->folio.index, violation->folio.order, violation->folio.refcount,
		       violation->folio.flags);
	putchar('\n');
}

static json_t *violation_json(const struct cache_violation *violation)
{
	return json_pack("{s:I, s:I, s:s, s:s, s:o, s:I, s:I, s:i, s:o}", "page",
			 (json_int_t)violation->page, "pages", (json_int_t)violation->pages,
			 "fault", cache_fault_names[violation->fault], "family",
			 cache_fault_family(violation->fault), "entry",
			 json_sprintf("0x%" PRIx64, violation->entry), "folio",
			 (json_int_t)violation->folio.index, "order",
			 (json_int_t)violation->folio.order, "refcount", violation->folio.refcount,
			 "flags", json_sprintf("0x%" PRIx64, violation->folio.flags));
}

static void print_json(const char *path, const struct cache_sum *sum, const struct cache_list *left)
{
	json_t *list = json_array(), *all;

	for (size_t i = 0; i < left->count; i++)
		json_array_append_new(list, violation_json(&left->items[i].violation));
	all = json_pack("{s:o, s:I, s:I, s:I, s:I, s:o}", "file", key_text_of(path), "slots",
			(json_int_t)sum->slots, "folios", (json_int_t)sum->folios, "pages",
			(json_int_t)sum->pages, "shadows", (json_int_t)sum->shadows, "violations",
			list);
	command_line_print_json(all);
	json_decref(all);
}

static int inspect(const struct arguments *arguments, struct cache_rounds *rounds)
{
	_cleanup_close_ int fd = open(arguments->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	const struct cache_list *left = &rounds->left;
	struct kernel_version kernel;
	struct file_cache file;
	struct cache_sum sum;
	char why[256];
	int r;

	if (fd < 0)
		return report(-errno, "%s", arguments->path), EXIT_USAGE;
	if (kernel_running(&kernel))
		return report(0, "the running kernel's release is not a version"),
		       EXIT_PRECONDITION;
	r = file_cache_open(&file, fd, &kernel, why, sizeof(why));
	if (r) {
		report(0, "%s cannot be inspected: %s", arguments->path, why);
		return r == -EINVAL ? EXIT_USAGE : EXIT_PRECONDITION;
	}
	r = look(&file.cache, rounds, &sum);
	if (r)
		return report(r, "inspecting %s", arguments->path), EXIT_RUN_ERROR;
	if (arguments->json) {
		print_json(arguments->path, &sum, left);
	} else {
		for (size_t i = 0; i < left->count; i++)
			print_violation(&left->items[i].violation);
		printf("%s: %" PRIu64 " slots, %" PRIu64 " folios of %" PRIu64 " pages, %" PRIu64
		       " shadow entries; %zu violations\n",
		       arguments->path, sum.slots, sum.folios, sum.pages, sum.shadows, left->count);
	}
	return left->count ? EXIT_NOT_AS_EXPECTED : EXIT_AS_EXPECTED;
}

int cmd_inspect(int argc, char **argv)
{
	static const struct argp argp = {
		.options = options,
		.parser = parse,
		.args_doc = "FILE",
		.doc = "Checks the page cache of a file in the running kernel, as fsck checks a "
		       "file system. Reads one page of the file and changes nothing.\vExit codes: "
		       "0 no violations; 1 violations; 2 usage; 4 the check could not be "
		       "completed; 77 this kernel cannot be inspected.",
	};
	struct arguments arguments = { .path = NULL };
	struct cache_rounds *rounds;
	int code;

	command_line_parse(&argp, argc, argv, &arguments);
	rounds = calloc(1, sizeof(*rounds));
	if (!rounds)
		return report(-ENOMEM, "the inspection"), EXIT_RUN_ERROR;
	code = inspect(&arguments, rounds);
	free(rounds);
	return code;
}
