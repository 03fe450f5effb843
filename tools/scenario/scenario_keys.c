/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of scenarios. The reference in tools/doc/keys.md and foliostorm-scenario(5) is printed
 * from these tables: `cmake --build build --target reference`. */
#include "injector/base/units.h"
#include "injector/probe/gate_types.h"
#include "tools/scenario/rule_keys.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/scenario_schedule.h"
#include "tools/scenario/shown.h"
#include "tools/scenario/thread_keys.h"
#include "tools/scenario/workload_kind.h"
#include "tools/threads/threads.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD(member)        .offset = offsetof(struct scenario, member)
#define FILE_FIELD(member)   .offset = offsetof(struct scenario_file, member)
#define READER_FIELD(member) .offset = offsetof(struct scenario_reader, member)

/* Defines a function that returns word i of a table of rows, ended by a row without a name. */
#define TABLE_WORDS(function, table)                                                               \
	static struct schema_word function(size_t i)                                               \
	{                                                                                          \
		return (struct schema_word){ (table)[i].name, (table)[i].help, &(table)[i] };      \
	}

TABLE_WORDS(storm_op_word, storm_ops)
TABLE_WORDS(maker_word, folio_makers)
TABLE_WORDS(backing_word, backing_kinds)
TABLE_WORDS(fs_word, backing_filesystems)
TABLE_WORDS(race_word, races)

static struct schema_word reader_word(size_t i)
{
	const struct reader_ops *ops = reader_kinds[i];

	return ops ? (struct schema_word){ ops->name, ops->help, ops }
		   : (struct schema_word){ .name = NULL };
}

static struct schema_word data_path_word(size_t i)
{
	struct schema_word word = { .name = NULL };

	if (i < LAYER_DATA_PATHS) {
		word.name = layer_data_path_name((enum layer_data_path)i);
		word.help = layer_data_path_help((enum layer_data_path)i);
	}
	return word;
}

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return aim_parse(text, field, why, size);
}

static int parse_range(const char *text, void *field, char *why, size_t size)
{
	return kernel_range_parse(text, field, why, size);
}

static int parse_power(const char *text, void *field, char *why, size_t size)
{
	double *power = field;
	char *end;

	*power = strtod(text, &end);
	if (end != text && !*end && *power >= 0.5 && *power <= 0.999999)
		return 0;
	snprintf(why, size, "\"%.40s\" is not a valid probability; allowed: 0.5 to 0.999999", text);
	return -EINVAL;
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
			 "\"%s\" is not a choice of pages; allowed: exposed, all, or a range "
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
			 "\"%s\" is not a wait; allowed: auto, none, over, or a duration up to 1s",
			 text);
		return -EINVAL;
	}
	return 0;
}

static int parse_cpu(const char *text, void *field, char *why, size_t size)
{
	unsigned int cpu;
	char rest;

	*(int *)field = -1;
	if (!strcmp(text, "auto"))
		return 0;
	if (sscanf(text, "%4u%c", &cpu, &rest) != 1 || cpu >= 4096) {
		snprintf(why, size, "\"%s\" is not a processor; allowed: auto, or a number from 0",
			 text);
		return -EINVAL;
	}
	*(int *)field = (int)cpu;
	return 0;
}

static const struct schema_key backing_keys[] = {
	{ "kind", SCHEMA_ROW, FIELD(backing.kind), "image",
	  .help = "where the files of the run are stored", .word = backing_word },
	{ "size", SCHEMA_SIZE, FIELD(backing.size), "512M", "a size such as \"512M\", 300M to 1T",
	  "size of the image or the tmpfs. It must hold the files and 128M more. The "
	  "image is a sparse file",
	  .min = 300ULL << 20, .max = 1ULL << 40 },
	{ "fs", SCHEMA_ROW, FIELD(backing.fs), "xfs", .help = "file system of the image",
	  .word = fs_word },
	{ "path", SCHEMA_TEXT, FIELD(backing.path), NULL, "a directory on XFS",
	  "the directory to work in; required with `kind = \"directory\"`, not "
	  "allowed otherwise" },
	{ .name = NULL },
};

static const struct schema_key mount_keys[] = {
	{ "data_path", SCHEMA_WORD, FIELD(mount.data_path), "passthrough",
	  .help = "the path of file data", .word = data_path_word },
	{ "threads", SCHEMA_COUNT, FIELD(mount.threads), "4", "a number from 1 to 64",
	  "threads of the layer that serve requests", .min = 1, .max = 64 },
	{ .name = NULL },
};

static const struct schema_key file_keys[] = {
	{ "name", SCHEMA_TEXT, FILE_FIELD(name), NULL,
	  "up to 63 characters without a slash, each name once",
	  "name of the file in the mount. There are 1 to 255 files; a scenario with a workload "
	  "alone has none",
	  .required = 1 },
	{ "size", SCHEMA_SIZE, FILE_FIELD(size), NULL,
	  "a size such as \"64M\", a multiple of folio, up to 512G",
	  "size of the file. Required, except for a copy, which has the size of what it copies",
	  .min = 4096, .max = STAMP_FILE_SIZE_MAX },
	{ "content", SCHEMA_WORD, FILE_FIELD(content), "pages", .help = "what the file holds",
	  .SCHEMA_WORDS(
		  WORD("pages", "stamps: each word names its file, page, generation and place"),
		  WORD("copy",
		       "a copy of another file, see [real clients](clients.md); it is punched only "
		       "where it has pages of zeros")) },
	{ "from", SCHEMA_TEXT, FILE_FIELD(from), NULL, "a path",
	  "with `content = \"copy\"`: the file to copy; its size is from one folio to "
	  "1G" },
	{ "command", SCHEMA_TEXT, FILE_FIELD(command), NULL,
	  "a shell command that makes the file {out}",
	  "with `content = \"copy\"`: makes the file to copy, before the run begins. "
	  "For a guest it runs on the host",
	  .command = COMMAND_OF_HOST },
	{ "run_as", SCHEMA_PARSED, FILE_FIELD(user), NULL, PROGRAM_USER_ALLOWED,
	  "user that runs the command; without it the user who started foliostorm",
	  .parse = program_user_parse, .noun = "text" },
	{ "first", SCHEMA_SIZE, FILE_FIELD(first), "0B",
	  "a size such as \"64M\", a multiple of folio, less than size",
	  "where the data begin. Everything before is one hole that is never used, so "
	  "that a page can have the same number as in a crash while the file stays "
	  "small",
	  .max = STAMP_FILE_SIZE_MAX },
	{ "folio", SCHEMA_SIZE, FILE_FIELD(folio), "2M", "a power of two from \"4K\" to \"2M\"",
	  "wanted size of the file's folios; the file is divided into regions of that "
	  "size",
	  .min = 4096, .max = 2 << 20 },
	{ "make", SCHEMA_ROW, FILE_FIELD(maker), "write",
	  .help = "how the folios get into the page cache", .word = maker_word },
	{ .name = NULL },
};

static const struct schema_key storm_keys[] = {
	{ "op", SCHEMA_ROW, FIELD(storm.op), "punch", .help = "what is done to the folio",
	  .word = storm_op_word },
	{ "aim", SCHEMA_PARSED, FIELD(storm.aim), "auto", AIM_ALLOWED,
	  "which page of the folio is punched. auto: the best one for the kernel; "
	  "batched, interleaved, both: the best one for that shape of the split; "
	  "random: any page; every:N: the multiples of N, in turn; A-B: these pages, "
	  "in turn. `foliostorm aim` draws the effect",
	  .parse = parse_aim, .noun = "word or page" },
	{ "length", SCHEMA_SIZE, FIELD(storm.length), "1 page",
	  "a size such as \"1 page\", a multiple of 8 bytes, not more than the folio",
	  "length of the hole; some operations affect everything up to the end of the "
	  "file instead",
	  .min = 8, .max = 2 << 20 },
	{ "skip", SCHEMA_SIZE, FIELD(storm.skip), "0B",
	  "a size such as \"2K\", a multiple of 8 bytes, less than a page",
	  "bytes of the aimed page to leave before the hole; the hole then begins "
	  "within the page, as journald's holes do",
	  .max = PAGE_SIZE_MOST - 8 },
	{ "through", SCHEMA_BOOLEAN, FIELD(storm.through_mount), "mount",
	  .help = "where the operation is made",
	  .SCHEMA_WORDS(WORD("backing", "on the file beneath the layer"),
			WORD("mount", "on the file in the mount, through the layer")) },
	{ "gather", SCHEMA_DURATION, FIELD(storm.gather), "20ms",
	  "a duration such as \"20ms\", up to 10s",
	  "longest time that the storm waits for its readers to arrive at the next "
	  "folio",
	  .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(storm.settle), "200us",
	  "a duration such as \"200us\", up to 10s", "time between their arrival and the punch",
	  .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(storm.linger), "200us",
	  "a duration such as \"200us\", up to 10s", "time between the punch and the refill",
	  .max = 10000000000 },
	{ "pause", SCHEMA_DURATION, FIELD(storm.pause), "0",
	  "a duration such as \"1ms\", up to 60s", "time between two punches", .max = 60000000000 },
	{ "punches", SCHEMA_COUNT, FIELD(storm.punches), "0", "a number from 0 to 1000000000",
	  "number of punches after which the run ends, if its duration has not ended "
	  "it before; 0: no limit",
	  .max = 1000000000 },
	{ .name = NULL },
};

static const struct schema_key cgroup_keys[] = {
	{ "memory_max", SCHEMA_SIZE, FIELD(cgroup.memory_max), "0B", "0B, or a size from \"64M\"",
	  "memory limit of the processes of the run, including their page cache, see "
	  "[memory pressure](memory.md). 0B: no limit" },
	{ .name = NULL },
};

static const struct schema_key zram_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(zram.size), "256M", "a size from \"1M\" to \"64G\"",
	  "size, before compression, of a zram swap device that the run creates, see "
	  "[memory pressure](memory.md). Without the group `zram` there is none",
	  .min = 1 << 20, .max = 64ULL << 30 },
	{ .name = NULL },
};

#define HOLD "a duration such as \"20us\", up to 1ms"

static const struct schema_key gate_keys[] = {
	{ "split", SCHEMA_DURATION, FIELD(gate.split), "0", HOLD,
	  "time to hold a split at each level, while the folio is frozen. A reader's "
	  "look-up that comes too early is itself held until the folio is frozen, at "
	  "most 1 ms, because its reference would make the split fail",
	  .max = GATE_HOLD_MAX },
	{ "meet", SCHEMA_DURATION, FIELD(gate.meet), "0", HOLD,
	  "longest time to hold a split that has frozen its folio, until a reader "
	  "looks the folio up",
	  .max = GATE_HOLD_MAX },
	{ "reader", SCHEMA_DURATION, FIELD(gate.reader), "0", HOLD,
	  "time to hold a reader whose look-up returned a folio without its page, "
	  "counted from the end of the split, which is awaited for at most 1 ms",
	  .max = GATE_HOLD_MAX },
	{ "lookup", SCHEMA_DURATION, FIELD(gate.lookup), "0", HOLD,
	  "time to hold each reader's look-up before it tries to lock the folio",
	  .max = GATE_HOLD_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_ROW, READER_FIELD(ops), NULL, .help = "how a page is read", .required = 1,
	  .word = reader_word },
	{ "count", SCHEMA_COUNT, READER_FIELD(count), "1", "a number from 1 to 64, and 64 in all",
	  "number of readers of this kind", .min = 1, .max = STORM_READERS_MAX },
	{ "command", SCHEMA_TEXT, READER_FIELD(command), NULL,
	  "a program and its arguments, with {file} and {mount}",
	  "for exec: the program to run. Its output is compared with that of an "
	  "undisturbed run. Quotes work as in a shell; no other character is special",
	  .command = COMMAND_OF_RUN },
	{ "run_as", SCHEMA_PARSED, READER_FIELD(user), NULL, PROGRAM_USER_ALLOWED,
	  "for exec: user that runs the program; without it root. The working "
	  "directory is the mount, {file} is the file's name and {mount} is `.`. A "
	  "guest knows only root and numeric IDs",
	  .parse = program_user_parse, .noun = "text" },
	{ "timeout", SCHEMA_DURATION, READER_FIELD(timeout), "30s",
	  "a duration such as \"30s\", from 10ms to 1h",
	  "for exec: a run that takes longer is killed and not judged", .min = 10000000,
	  .max = 3600000000000 },
	{ "pages", SCHEMA_PARSED, READER_FIELD(pages), "exposed", "a range such as \"384-511\"",
	  "which pages are read. A range: these pages of the folio that the storm "
	  "works on",
	  .parse = parse_pages, .noun = "word or range",
	  .SCHEMA_WORDS(
		  WORD("exposed",
		       "the pages that the current punch exposes best (all pages of the folio, if "
		       "it exposes none that is worthwhile)"),
		  WORD("all", "any page of any file")) },
	{ "where", SCHEMA_WORD, READER_FIELD(where), "random",
	  .help = "how a reader chooses among these pages",
	  .SCHEMA_WORDS(
		  WORD("random", "each reader chooses independently"),
		  WORD("own", "each reader has pages of its own, next to those of the others"),
		  WORD("same", "all readers read the same page")) },
	{ "order", SCHEMA_WORD, READER_FIELD(order), "any",
	  .help = "for pread: which folios its reads add to the page cache, see "
		  "[refaults](memory.md#refaults). With small and large it reads beneath the "
		  "layer",
	  .SCHEMA_WORDS(WORD("any", "the kernel decides; it reads through the layer"),
			WORD("small", "folios of one page"),
			WORD("large", "one folio of the size `files[].folio`")) },
	{ "pace", SCHEMA_DURATION, READER_FIELD(pace), "0",
	  "a duration such as \"10us\", up to 10s", "time between two accesses",
	  .max = 10000000000 },
	{ "wait", SCHEMA_PARSED, READER_FIELD(wait), "auto", "a duration such as \"5us\", up to 1s",
	  "when to read a page that the storm is about to punch. A duration: wait "
	  "until the punched page is unmapped, then for that time, then read. Readers "
	  "that take no page faults (pread), and those with `pages = \"all\"`, read "
	  "all the time, except with over",
	  .parse = parse_wait, .noun = "word or duration",
	  .SCHEMA_WORDS(
		  WORD("auto", "a duration that the reader learns from measurements; like none if "
			       "`gate.meet` is set and the gate is active"),
		  WORD("none", "read all the time"),
		  WORD("over",
		       "wait until the storm has finished with the folio, then all readers start "
		       "at the same instant and make nine accesses each")) },
	{ "cpu", SCHEMA_PARSED, READER_FIELD(cpu), "auto", "auto, or a number from 0",
	  "processor of the first of these readers; the others use the following "
	  "ones. auto: processors are assigned from the last one down; the storm has "
	  "the first",
	  .parse = parse_cpu, .noun = "number" },
	{ .name = NULL },
};

static const struct schema_key expect_keys[] = {
	{ "verdict", SCHEMA_WORD, FIELD(expect.verdict), "auto", .help = "the expected verdict",
	  .SCHEMA_WORDS(WORD("auto", "hit on kernels in `affected`, clean elsewhere"),
			WORD("hit", NULL), WORD("clean", NULL)) },
	{ "power", SCHEMA_PARSED, FIELD(expect.power), "0.999", "a number from 0.5 to 0.999999",
	  "the least probability, with which a kernel with the race would have been "
	  "caught, that makes a run without a hit CLEAN rather than INCONCLUSIVE, see "
	  "[power](verdict.md#power)",
	  .parse = parse_power, .noun = "number" },
	{ "min_exposures", SCHEMA_COUNT, FIELD(expect.min_exposures), "0", "a number from 0",
	  "a run without a hit and with fewer exposures is INCONCLUSIVE, whatever its "
	  "power",
	  .max = 1000000000 },
	{ "passages", SCHEMA_COUNT, FIELD(expect.passages), "0", "a number from 0 to 1000000000",
	  "number of passages without a hit that make a run CLEAN, instead of "
	  "`expect.power`. Use it if you know how often a kernel with the race hits, "
	  "see [power](verdict.md#power). 0: use the power",
	  .max = 1000000000 },
	{ "made", SCHEMA_COUNT, FIELD(expect.made), "100", "a number from 1 to 1000000000",
	  "for a [schedule](schedule.md): number of passages, made or withstood, that "
	  "end the run before its duration does. A run without a hit and with fewer "
	  "is INCONCLUSIVE. CLEAN takes `shown` as well",
	  .min = 1, .max = 1000000000 },
	{ "xfail", SCHEMA_TEXTS, FIELD(expect.xfail), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which the opposite of the expected verdict is a known "
	  "failure. See [regression suites](suites.md)",
	  .parse = parse_range, .item_size = sizeof(struct kernel_range) },
	{ .name = NULL },
};

const struct schema_key scenario_keys[] = {
	{ "title", SCHEMA_TEXT, FIELD(title), NULL, "a text", "title of the scenario, in one line",
	  .required = 1 },
	{ "race", SCHEMA_ROW, FIELD(race), "folio-split",
	  .help = "the race that the scenario looks for", .word = race_word },
	{ "affected", SCHEMA_TEXTS, FIELD(affected), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which a hit is expected. A bound without a patch level "
	  "means the whole series: \"6.17\" is every 6.17, and \"6.15 - ...\" begins "
	  "with 6.15-rc1. Backports by vendors do not show in the version",
	  .parse = parse_range, .item_size = sizeof(struct kernel_range) },
	{ "seed", SCHEMA_COUNT, FIELD(seed), "1", "a number from 0 to 2^63 - 1",
	  "seed of all random decisions, such as which pages are punched and read",
	  .max = INT64_MAX },
	{ "duration", SCHEMA_DURATION, FIELD(duration), "10s",
	  "seconds, or a duration such as \"10s\", up to 24h",
	  "duration of the storm, without setup time. With a [workload](workloads.md) "
	  "and no storm the run ends when the workload does, or after this time; 0: "
	  "when the workload ends",
	  .max = 86400000000000, .seconds = 1 },
	{ "until", SCHEMA_WORD, FIELD(until), "duration", .help = "what ends the storm early",
	  .SCHEMA_WORDS(WORD("duration", "nothing"),
			WORD("hit", "the first hit: wrong bytes, a capture, a misplaced slot or a "
				    "kernel report"),
			WORD("proof", "a hit, or enough evidence for a CLEAN verdict, see "
				      "[power](verdict.md#power)")) },
	{ "watchdog", SCHEMA_DURATION, FIELD(watchdog), "20s",
	  "a duration such as \"20s\", from 1s to 24h",
	  "a punch or a read that takes longer than this ends the run with the "
	  "verdict ERROR",
	  .min = 1000000000, .max = 86400000000000 },
	{ "witness", SCHEMA_BOOLEAN, FIELD(witness), "false",
	  .help = "count look-ups and captures in the kernel, by BPF, see [gate and "
		  "witness](witness.md). The group `gate` implies it. If BPF is not "
		  "available, the run continues without the witness and says so" },
	{ "backing", SCHEMA_GROUP, 0, .keys = backing_keys },
	{ "mount", SCHEMA_GROUP, 0, .keys = mount_keys },
	{ "files", SCHEMA_LIST, FIELD(files), .allowed = "a list of groups", .keys = file_keys,
	  .item_size = sizeof(struct scenario_file) },
	{ "storm", SCHEMA_GROUP, 0, .keys = storm_keys },
	{ "cgroup", SCHEMA_GROUP, 0, .keys = cgroup_keys,
	  .given = offsetof(struct scenario, cgroup.given) },
	{ "zram", SCHEMA_GROUP, 0, .keys = zram_keys,
	  .given = offsetof(struct scenario, zram.given) },
	{ "gate", SCHEMA_GROUP, 0, .keys = gate_keys },
	{ "readers", SCHEMA_LIST, FIELD(readers), .allowed = "a list of groups",
	  .keys = reader_keys, .item_size = sizeof(struct scenario_reader) },
	{ "threads", SCHEMA_LIST, FIELD(threads), .allowed = "a list of groups",
	  .keys = thread_keys, .item_size = sizeof(struct thread_script) },
	{ "before", SCHEMA_LIST, FIELD(before), .allowed = "a list of groups",
	  .help = "steps before each iteration of the [threads](threads.md), when the files "
		  "have been made anew",
	  .keys = thread_step_keys, .item_size = sizeof(struct thread_step) },
	{ "after", SCHEMA_LIST, FIELD(after), .allowed = "a list of groups",
	  .help = "steps after each iteration, when all threads have done theirs",
	  .keys = thread_step_keys, .item_size = sizeof(struct thread_step) },
	{ "schedule", SCHEMA_LIST, FIELD(schedule), .allowed = "a list of groups",
	  .keys = schedule_keys, .item_size = sizeof(struct schedule_hold) },
	{ "schedule_engine", SCHEMA_WORD, FIELD(schedule_engine), "auto",
	  .help = "what follows the [schedule](schedule.md)",
	  .SCHEMA_WORDS(WORD("auto", "qemu in guests, bpf elsewhere"),
			WORD("bpf", "BPF programs in the kernel, also in a guest"),
			WORD("qemu", "from outside of a guest, through QEMU's gdb stub")) },
	{ "shown", SCHEMA_LIST, FIELD(shown), .allowed = "a list of groups",
	  .help = "runs in which this schedule, or these threads, hit. Without such a row a run "
		  "without a hit is INCONCLUSIVE. A run that hits prints the row, see "
		  "[interleavings](verdict.md#interleavings)",
	  .keys = shown_keys, .item_size = sizeof(struct shown) },
	{ "inspect", SCHEMA_GROUP, 0, .keys = inspect_keys,
	  .given = offsetof(struct scenario, inspect.given) },
	{ "workload", SCHEMA_KIND, FIELD(workload),
	  .help = "what a separate process does in the mount, beside storm and readers or "
		  "instead of them, see [workloads](workloads.md)",
	  .kinds = workload_schema },
	{ "rules", SCHEMA_LIST, FIELD(rules), .keys = rule_keys,
	  .item_size = sizeof(struct rule_spec) },
	{ "expect", SCHEMA_GROUP, 0, .keys = expect_keys },
	{ .name = NULL },
};
