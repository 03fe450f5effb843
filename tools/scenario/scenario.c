/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/scenario.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/probe/gate_types.h"
#include "tools/scenario/rule_keys.h"
#include "tools/scenario/scenario_check.h"
#include "tools/scenario/workload_kind.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIELD(member)        .offset = offsetof(struct scenario, member)
#define FILE_FIELD(member)   .offset = offsetof(struct scenario_file, member)
#define READER_FIELD(member) .offset = offsetof(struct scenario_reader, member)

/* One of a few names; the place in the list is the value. */
static int parse_choice(const char *const *names, const char *text, char *why, size_t size)
{
	size_t used;

	for (int i = 0; names[i]; i++)
		if (!strcmp(names[i], text))
			return i;
	used = (size_t)snprintf(why, size, "\"%s\" is unknown; allowed:", text);
	for (int i = 0; names[i] && used < size; i++)
		used += (size_t)snprintf(why + used, size - used, "%s %s", i ? "," : "", names[i]);
	return -EINVAL;
}

static int parse_enum(const char *const *names, const char *text, void *field, char *why,
		      size_t size)
{
	int choice = parse_choice(names, text, why, size);

	if (choice < 0)
		return choice;
	*(int *)field = choice;
	return 0;
}

static int parse_backing(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "image", "directory", "tmpfs", NULL }, text, field,
			  why, size);
}

static int parse_fs(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "xfs", "ext4", NULL }, text, field, why, size);
}

static int parse_expectation(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "auto", "hit", "clean", NULL }, text, field, why,
			  size);
}

#define DATA_PATHS "passthrough, mixed, daemon"

static int parse_data_path(const char *text, void *field, char *why, size_t size)
{
	if (!layer_data_path_parse(text, field))
		return 0;
	snprintf(why, size, "\"%s\" is unknown; allowed: " DATA_PATHS, text);
	return -EINVAL;
}

static int parse_through(const char *text, void *field, char *why, size_t size)
{
	int choice =
		parse_choice((const char *const[]){ "backing", "mount", NULL }, text, why, size);

	if (choice < 0)
		return choice;
	*(bool *)field = choice;
	return 0;
}

static int parse_boolean(const char *text, void *field, char *why, size_t size)
{
	int choice = parse_choice((const char *const[]){ "false", "true", NULL }, text, why, size);

	if (choice < 0)
		return choice;
	*(bool *)field = choice;
	return 0;
}

static int parse_content(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "pages", "copy", NULL }, text, field, why, size);
}

/* Rows that are found by name: `names` is filled with all there are. */
#define PARSE_ROW(function, find, row_type, allowed_names)                                         \
	static int function(const char *text, void *field, char *why, size_t size)                 \
	{                                                                                          \
		const row_type *row = find(text);                                                  \
                                                                                                   \
		if (!row) {                                                                        \
			snprintf(why, size, "\"%s\" is unknown; allowed: " allowed_names, text);   \
			return -EINVAL;                                                            \
		}                                                                                  \
		*(const row_type **)field = row;                                                   \
		return 0;                                                                          \
	}

#define STORM_OPS    "punch, zero-range, truncate, split, reclaim, pageout, drop"
#define READER_KINDS "load, pipe, procmem, pread, exec"
#define FOLIO_MAKERS "write, madvise, readahead"

PARSE_ROW(parse_storm_op, storm_op_find, struct storm_op, STORM_OPS)
PARSE_ROW(parse_reader_kind, reader_kind_find, struct reader_ops, READER_KINDS)
PARSE_ROW(parse_maker, folio_maker_find, struct folio_maker, FOLIO_MAKERS)

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return aim_parse(text, field, why, size);
}

static int parse_range(const char *text, void *field, char *why, size_t size)
{
	return kernel_range_parse(text, field, why, size);
}

static int parse_pages(const char *text, void *field, char *why, size_t size)
{
	struct scenario_pages *pages = field;
	char rest;

	pages->kind = READER_RANGE;
	if (!strcmp(text, "exposed"))
		pages->kind = READER_EXPOSED;
	else if (!strcmp(text, "all"))
		pages->kind = READER_ALL;
	else if (sscanf(text, "%lu-%lu%c", &pages->first, &pages->last, &rest) != 2 ||
		 pages->first > pages->last) {
		snprintf(why, size,
			 "\"%s\" is no choice of pages; allowed: exposed, all, or a range "
			 "of pages of the folio such as \"384-511\"",
			 text);
		return -EINVAL;
	}
	return 0;
}

static int parse_wait(const char *text, void *field, char *why, size_t size)
{
	uint64_t *wait = field;

	if (!strcmp(text, "auto"))
		*wait = READER_WAIT_AUTO;
	else if (!strcmp(text, "none"))
		*wait = READER_WAIT_NONE;
	else if (!strcmp(text, "over"))
		*wait = READER_WAIT_OVER;
	else if (units_parse_duration(text, wait) || *wait > 1000000000) {
		snprintf(why, size,
			 "\"%s\" is no wait; allowed: auto, none, over, or a duration up to 1s",
			 text);
		return -EINVAL;
	}
	return 0;
}

static int parse_where(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "random", "own", "same", NULL }, text, field, why,
			  size);
}

static int parse_order(const char *text, void *field, char *why, size_t size)
{
	return parse_enum((const char *const[]){ "any", "small", "large", NULL }, text, field, why,
			  size);
}

static int parse_cpu(const char *text, void *field, char *why, size_t size)
{
	unsigned int cpu;
	char rest;

	*(int *)field = -1;
	if (!strcmp(text, "auto"))
		return 0;
	if (sscanf(text, "%4u%c", &cpu, &rest) != 1 || cpu >= 4096) {
		snprintf(why, size, "\"%s\" is no processor; allowed: auto, or a number from 0",
			 text);
		return -EINVAL;
	}
	*(int *)field = (int)cpu;
	return 0;
}

static const struct schema_key backing_keys[] = {
	{ "kind", SCHEMA_PARSED, FIELD(backing.kind), "image", "image, directory, tmpfs",
	  "an image made and removed by the run, a directory of an XFS that is there, or a tmpfs "
	  "with huge=always",
	  .parse = parse_backing },
	{ "size", SCHEMA_SIZE, FIELD(backing.size), "512M", "a size such as \"512M\", 300M to 1T",
	  "of the image or the tmpfs", .min = 300ULL << 20, .max = 1ULL << 40 },
	{ "fs", SCHEMA_PARSED, FIELD(backing.fs), "xfs", "xfs, ext4", "of the image",
	  .parse = parse_fs },
	{ "path", SCHEMA_TEXT, FIELD(backing.path), NULL, "a path", "of the directory" },
	{ .name = NULL },
};

static const struct schema_key mount_keys[] = {
	{ "data_path", SCHEMA_PARSED, FIELD(mount.data_path), "passthrough", DATA_PATHS,
	  "how data gets through the layer", .parse = parse_data_path },
	{ "threads", SCHEMA_COUNT, FIELD(mount.threads), "4", "a number from 1 to 64",
	  "of the layer that serve requests", .min = 1, .max = 64 },
	{ .name = NULL },
};

static const struct schema_key file_keys[] = {
	{ "name", SCHEMA_TEXT, FILE_FIELD(name), NULL, "a file name without a slash",
	  "of the file in the mount", .required = 1 },
	{ "size", SCHEMA_SIZE, FILE_FIELD(size), NULL,
	  "a size such as \"64M\", a multiple of folio", "of the file; of a copy what it copies",
	  .min = 4096, .max = STAMP_FILE_SIZE_MAX },
	{ "content", SCHEMA_PARSED, FILE_FIELD(content), "pages", "pages, copy",
	  "pages: each page stamped; copy: of a file, or what a command makes",
	  .parse = parse_content },
	{ "from", SCHEMA_TEXT, FILE_FIELD(from), NULL, "a path", "of the file to copy" },
	{ "command", SCHEMA_TEXT, FILE_FIELD(command), NULL,
	  "a shell command that makes the file {out}", "makes what is copied" },
	{ "first", SCHEMA_SIZE, FILE_FIELD(first), "0B",
	  "a size such as \"64M\", a multiple of folio, less than size",
	  "where its data begin: what is before is one hole", .max = STAMP_FILE_SIZE_MAX },
	{ "folio", SCHEMA_SIZE, FILE_FIELD(folio), "2M", "a power of two from \"4K\" to \"2M\"",
	  "size of the folios that hold it", .min = 4096, .max = 2 << 20 },
	{ "make", SCHEMA_PARSED, FILE_FIELD(maker), "write", FOLIO_MAKERS,
	  "how the folios get into the page cache", .parse = parse_maker },
	{ .name = NULL },
};

static const struct schema_key storm_keys[] = {
	{ "op", SCHEMA_PARSED, FIELD(storm.op), "punch", STORM_OPS, "how the hole is made",
	  .parse = parse_storm_op },
	{ "aim", SCHEMA_PARSED, FIELD(storm.aim), "auto",
	  "auto, batched, interleaved, both, random, every:N, or a page of the folio",
	  "which page of the folio is hit; auto: the best for the kernel", .parse = parse_aim },
	{ "length", SCHEMA_SIZE, FIELD(storm.length), "4K",
	  "a size such as \"4K\", a multiple of 8 bytes, not more than the folio", "of the hole",
	  .min = 8, .max = 2 << 20 },
	{ "skip", SCHEMA_SIZE, FIELD(storm.skip), "0B",
	  "a size such as \"2K\", a multiple of 8 bytes, less than a page",
	  "of the aimed page, before the hole", .max = TARGET_PAGE_SIZE - 8 },
	{ "through", SCHEMA_PARSED, FIELD(storm.through_mount), "mount", "mount, backing",
	  "the punch goes through the layer, or to the file beneath", .parse = parse_through },
	{ "gather", SCHEMA_DURATION, FIELD(storm.gather), "20ms",
	  "a duration such as \"20ms\", up to 10s",
	  "how long the storm waits for its readers at most", .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(storm.settle), "200us",
	  "a duration such as \"200us\", up to 10s", "between the readers' arrival and the punch",
	  .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(storm.linger), "200us",
	  "a duration such as \"200us\", up to 10s", "between the punch and the refill",
	  .max = 10000000000 },
	{ "pause", SCHEMA_DURATION, FIELD(storm.pause), "0",
	  "a duration such as \"1ms\", up to 60s", "between two punches", .max = 60000000000 },
	{ .name = NULL },
};

static const struct schema_key cgroup_keys[] = {
	{ "memory_max", SCHEMA_SIZE, FIELD(cgroup.memory_max), "0B", "0B, or a size from \"64M\"",
	  "more memory than that the run's processes do not get; 0B: no limit" },
	{ .name = NULL },
};

static const struct schema_key zram_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(zram.size), "256M", "a size from \"1M\" to \"64G\"",
	  "of swap in compressed memory, before that", .min = 1 << 20, .max = 64ULL << 30 },
	{ .name = NULL },
};

#define HOLD "a duration such as \"20us\", up to 1ms"

static const struct schema_key gate_keys[] = {
	{ "split", SCHEMA_DURATION, FIELD(gate.split), "0", HOLD,
	  "hold a split at each level, while the folio is frozen", .max = GATE_HOLD_MAX },
	{ "meet", SCHEMA_DURATION, FIELD(gate.meet), "0", HOLD,
	  "hold a split once it has frozen its folio, until a reader looks it up, at most so long",
	  .max = GATE_HOLD_MAX },
	{ "reader", SCHEMA_DURATION, FIELD(gate.reader), "0", HOLD,
	  "hold a reader whose look-up returned a folio without its page", .max = GATE_HOLD_MAX },
	{ "lookup", SCHEMA_DURATION, FIELD(gate.lookup), "0", HOLD,
	  "hold every reader's look-up before it tries the lock", .max = GATE_HOLD_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_PARSED, READER_FIELD(ops), NULL, READER_KINDS, "how pages are read",
	  .required = 1, .parse = parse_reader_kind },
	{ "count", SCHEMA_COUNT, READER_FIELD(count), "1", "a number from 1 to 64",
	  "of readers of this kind", .min = 1, .max = STORM_READERS_MAX },
	{ "command", SCHEMA_TEXT, READER_FIELD(command), NULL,
	  "a program and its arguments, with {file} and {mount}", "of exec: what is run" },
	{ "timeout", SCHEMA_DURATION, READER_FIELD(timeout), "30s",
	  "a duration such as \"30s\", from 10ms to 1h", "of exec: it is killed after that long",
	  .min = 10000000, .max = 3600000000000 },
	{ "pages", SCHEMA_PARSED, READER_FIELD(pages), "exposed",
	  "exposed, all, or a range such as \"384-511\"",
	  "exposed: what the split exposes; all: any page; a range: pages of the folio",
	  .parse = parse_pages },
	{ "where", SCHEMA_PARSED, READER_FIELD(where), "random", "random, own, same",
	  "of those pages; own: none that another reader has; same: the one that all take",
	  .parse = parse_where },
	{ "order", SCHEMA_PARSED, READER_FIELD(order), "any", "any, small, large",
	  "of pread: of the folios that it brings into the page cache beneath the layer",
	  .parse = parse_order },
	{ "pace", SCHEMA_DURATION, READER_FIELD(pace), "0",
	  "a duration such as \"10us\", up to 10s", "between two accesses", .max = 10000000000 },
	{ "wait", SCHEMA_PARSED, READER_FIELD(wait), "auto",
	  "auto, none, over, or a duration such as \"5us\", up to 1s",
	  "none: reads all the time; a duration: watches for the unmapping, waits, reads; auto: "
	  "whatever lets splits succeed; over: held until the storm is done there, with all others",
	  .parse = parse_wait },
	{ "cpu", SCHEMA_PARSED, READER_FIELD(cpu), "auto", "auto, or a number from 0",
	  "processor of the first of them, the others on those after it", .parse = parse_cpu },
	{ .name = NULL },
};

static const struct schema_key expect_keys[] = {
	{ "verdict", SCHEMA_PARSED, FIELD(expect.verdict), "auto", "auto, hit, clean",
	  "auto: hit on affected kernels, clean elsewhere", .parse = parse_expectation },
	{ "min_exposures", SCHEMA_COUNT, FIELD(expect.min_exposures), "200", "a number from 0",
	  "fewer and no hit: inconclusive", .max = 1000000000 },
	{ "xfail", SCHEMA_TEXTS, FIELD(expect.xfail), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which the other verdict is known and no failure",
	  .parse = parse_range, .item_size = sizeof(struct kernel_range) },
	{ .name = NULL },
};

const struct schema_key scenario_keys[] = {
	{ "title", SCHEMA_TEXT, FIELD(title), NULL, "a text", "one line that tells the story",
	  .required = 1 },
	{ "affected", SCHEMA_TEXTS, FIELD(affected), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which a hit is expected", .parse = parse_range,
	  .item_size = sizeof(struct kernel_range) },
	{ "seed", SCHEMA_COUNT, FIELD(seed), "1", "a number from 0 to 2^63 - 1",
	  "of all random decisions", .max = INT64_MAX },
	{ "duration", SCHEMA_DURATION, FIELD(duration), "10s",
	  "seconds, or a duration such as \"10s\", up to 24h",
	  "of the storm; 0: until the workload ends", .max = 86400000000000, .seconds = 1 },
	{ "watchdog", SCHEMA_DURATION, FIELD(watchdog), "20s",
	  "a duration such as \"20s\", from 1s", "a reader or punch that takes longer ends the run",
	  .min = 1000000000, .max = 86400000000000 },
	{ "backing", SCHEMA_GROUP, 0, .keys = backing_keys },
	{ "mount", SCHEMA_GROUP, 0, .keys = mount_keys },
	{ "files", SCHEMA_LIST, FIELD(files), .allowed = "a list of groups", .keys = file_keys,
	  .item_size = sizeof(struct scenario_file) },
	{ "storm", SCHEMA_GROUP, 0, .keys = storm_keys },
	{ "cgroup", SCHEMA_GROUP, 0, .keys = cgroup_keys,
	  .given = offsetof(struct scenario, cgroup.given) },
	{ "zram", SCHEMA_GROUP, 0, .keys = zram_keys,
	  .given = offsetof(struct scenario, zram.given) },
	{ "witness", SCHEMA_PARSED, FIELD(witness), "false", "true, false",
	  "count look-ups and captures in the kernel; a gate does so by itself",
	  .parse = parse_boolean },
	{ "gate", SCHEMA_GROUP, 0, .keys = gate_keys },
	{ "readers", SCHEMA_LIST, FIELD(readers), .allowed = "a list of groups",
	  .keys = reader_keys, .item_size = sizeof(struct scenario_reader) },
	{ "workload", SCHEMA_KIND, FIELD(workload), .allowed = WORKLOAD_KINDS,
	  .help = "what a process of its own does in the mount", .kinds = workload_schema },
	{ "rules", SCHEMA_LIST, FIELD(rules), .keys = rule_keys,
	  .item_size = sizeof(struct rule_spec) },
	{ "expect", SCHEMA_GROUP, 0, .keys = expect_keys },
	{ .name = NULL },
};

/* Whether the key of an option takes its value: read by itself, so that the error can name what the
 * user wrote. */
static int check_override(const char *option, const char *path, const char *value)
{
	const struct schema_key *key = schema_find(scenario_keys, path);
	const struct schema_key keys[] = { *key, { .name = NULL } };
	const struct schema_source source = { .file = option };
	struct scenario *into = calloc(1, sizeof(*into));
	char *assignment = NULL, message[256] = "";
	config_t config;
	int r = -ENOMEM;

	config_init(&config);
	report_capture(message, sizeof(message));
	if (into && asprintf(&assignment, "%s=%s", key->name, value) >= 0)
		r = schema_set(&config, assignment)
			    ?: schema_read(&source, config_root_setting(&config), keys, "", into);
	report_capture(NULL, 0);
	config_destroy(&config);
	free(assignment);
	free(into);
	return r == -EINVAL ? report(0, "%s %s: allowed: %s", option, value, key->allowed)
	       : r          ? report(r, "%s %s", option, value)
			    : 0;
}

/* The short options of the command line are overrides of their keys. */
static int apply_overrides(config_t *config, const struct scenario_overrides *overrides)
{
	const struct {
		const char *option, *path, *value;
	} options[] = {
		{ "--seed", "seed", overrides->seed },
		{ "--duration", "duration", overrides->duration },
		{ "--expect", "expect.verdict", overrides->expect },
	};
	char assignment[128];
	int r = 0;

	for (const char *const *set = overrides->sets; set && *set && !r; set++)
		r = schema_set(config, *set);
	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]) && !r; i++) {
		if (!options[i].value)
			continue;
		snprintf(assignment, sizeof(assignment), "%s=%s", options[i].path,
			 options[i].value);
		r = check_override(options[i].option, options[i].path, options[i].value)
			    ?: schema_set(config, assignment);
	}
	return r;
}

int scenario_load(struct scenario *scenario, const char *path,
		  const struct scenario_overrides *overrides, const struct kernel_version *kernel)
{
	struct schema_source source = { .file = path };
	char *slash;
	int r;

	memset(scenario, 0, sizeof(*scenario));
	config_init(&scenario->config);
	scenario->path = strdup(path);
	if (!scenario->path)
		return report(-ENOMEM, "%s", path);
	/* @include is relative to the scenario's directory. */
	slash = strrchr(scenario->path, '/');
	if (slash) {
		*slash = '\0';
		config_set_include_dir(&scenario->config, *scenario->path ? scenario->path : "/");
		*slash = '/';
	}
	if (!config_read_file(&scenario->config, path))
		return schema_unread(&scenario->config, path);
	if (config_lookup(&scenario->config, "rules") &&
	    config_setting_length(config_root_setting(&scenario->config)) == 1)
		return report(0,
			      "%s: has rules alone, and is no scenario; foliostorm mount --rules "
			      "takes it, or a scenario that has it by @include",
			      path);
	r = apply_overrides(&scenario->config, overrides);
	if (r)
		return r;
	r = workload_find_file(&scenario->config, path);
	if (!r)
		r = schema_read(&source, config_root_setting(&scenario->config), scenario_keys, "",
				scenario);
	if (r)
		return r;
	scenario->has_storm = config_lookup(&scenario->config, "storm") != NULL;
	return scenario_check(scenario, &source, kernel);
}

void scenario_release(struct scenario *scenario)
{
	struct scenario_file *files = scenario->files.items;

	for (size_t i = 0; i < scenario->files.count; i++)
		if (files[i].golden_fd > 0)
			close(files[i].golden_fd);
	schema_free(scenario_keys, scenario);
	free(scenario->path);
	scenario->path = NULL;
	config_destroy(&scenario->config);
}

char *scenario_text(const struct scenario *scenario)
{
	char *text = NULL;
	size_t size;
	FILE *memory = open_memstream(&text, &size);

	if (!memory)
		return NULL;
	config_write(&scenario->config, memory);
	fclose(memory);
	return text;
}

int scenario_write(const struct scenario *scenario, const char *path)
{
	return config_write_file((config_t *)&scenario->config, path) ? 0
								      : report(-EIO, "%s", path);
}

static bool in_ranges(const struct schema_list *list, const struct kernel_version *kernel)
{
	const struct kernel_range *ranges = list->items;

	for (size_t i = 0; i < list->count; i++)
		if (kernel_in_range(kernel, &ranges[i]))
			return true;
	return false;
}

bool scenario_affects(const struct scenario *scenario, const struct kernel_version *kernel)
{
	return in_ranges(&scenario->affected, kernel);
}

bool scenario_xfails(const struct scenario *scenario, const struct kernel_version *kernel)
{
	return in_ranges(&scenario->expect.xfail, kernel);
}

enum expectation scenario_expects(const struct scenario *scenario,
				  const struct kernel_version *kernel)
{
	if (scenario->expect.verdict != EXPECT_AUTO)
		return scenario->expect.verdict;
	return scenario_affects(scenario, kernel) ? EXPECT_HIT : EXPECT_CLEAN;
}

bool scenario_wants_witness(const struct scenario *scenario)
{
	return scenario->witness || scenario->gate.split || scenario->gate.meet ||
	       scenario->gate.reader || scenario->gate.lookup;
}

const char *scenario_reader_name(const struct scenario *scenario, unsigned int number)
{
	const struct scenario_reader *readers = scenario->readers.items;

	for (size_t i = 0; i < scenario->readers.count; number -= (unsigned int)readers[i++].count)
		if (number < readers[i].count)
			return readers[i].ops->name;
	return scenario->workload.kind ? scenario->workload.kind->name : "unknown";
}
