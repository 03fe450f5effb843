/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of scenarios. The reference in tools/doc/keys.md and foliostorm-scenario(5) is printed
 * from these tables: `cmake --build build --target reference`. */
#include "injector/base/units.h"
#include "injector/probe/gate_types.h"
#include "tools/scenario/rule_keys.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/scenario_schedule.h"
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

/* The names of a table of rows, ended by a row without a name. */
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
	snprintf(why, size, "\"%.40s\" is no such probability; allowed: 0.5 to 0.999999", text);
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
	{ "kind", SCHEMA_ROW, FIELD(backing.kind), "image",
	  .help = "what the files of the run lie on", .word = backing_word },
	{ "size", SCHEMA_SIZE, FIELD(backing.size), "512M", "a size such as \"512M\", 300M to 1T",
	  "size of the image or the tmpfs. It must hold the files and 128M more. An image is "
	  "sparse",
	  .min = 300ULL << 20, .max = 1ULL << 40 },
	{ "fs", SCHEMA_ROW, FIELD(backing.fs), "xfs", .help = "file system of the image",
	  .word = fs_word },
	{ "path", SCHEMA_TEXT, FIELD(backing.path), NULL, "a directory on XFS",
	  "the directory to work in. With `kind = \"directory\"`, and only then" },
	{ .name = NULL },
};

static const struct schema_key mount_keys[] = {
	{ "data_path", SCHEMA_WORD, FIELD(mount.data_path), "passthrough",
	  .help = "who moves the data of files", .word = data_path_word },
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
		  WORD("pages", "each word says which file, page, generation and place it is of"),
		  WORD("copy", "what another file holds, see [real clients](clients.md), "
			       "punched only where it has pages of zeros")) },
	{ "from", SCHEMA_TEXT, FILE_FIELD(from), NULL, "a path",
	  "with `content = \"copy\"`: the file to copy, from one folio to 1G long" },
	{ "command", SCHEMA_TEXT, FILE_FIELD(command), NULL,
	  "a shell command that makes the file {out}",
	  "with `content = \"copy\"`: makes what is copied, before the run begins; for a guest on "
	  "the host",
	  .command = COMMAND_OF_HOST },
	{ "run_as", SCHEMA_PARSED, FILE_FIELD(user), NULL, PROGRAM_USER_ALLOWED,
	  "who the command runs as; without it root, or who the caller is",
	  .parse = program_user_parse, .noun = "text" },
	{ "first", SCHEMA_SIZE, FILE_FIELD(first), "0B",
	  "a size such as \"64M\", a multiple of folio, less than size",
	  "where the data begins. What is before it is one hole that nobody touches: a page can "
	  "have the number that it had in a crash, and the file stays small",
	  .max = STAMP_FILE_SIZE_MAX },
	{ "folio", SCHEMA_SIZE, FILE_FIELD(folio), "2M", "a power of two from \"4K\" to \"2M\"",
	  "size of the folios that hold the file. The file is divided into regions of that size",
	  .min = 4096, .max = 2 << 20 },
	{ "make", SCHEMA_ROW, FILE_FIELD(maker), "write",
	  .help = "how the folios get into the page cache", .word = maker_word },
	{ .name = NULL },
};

static const struct schema_key storm_keys[] = {
	{ "op", SCHEMA_ROW, FIELD(storm.op), "punch", .help = "what is done to the folio",
	  .word = storm_op_word },
	{ "aim", SCHEMA_PARSED, FIELD(storm.aim), "auto", AIM_ALLOWED,
	  "which page of the folio is hit. auto: the best for the kernel; batched, interleaved, "
	  "both: the best for that shape of the split; random: any; every:N: multiples of N in "
	  "turn; A-B: these pages in turn. `foliostorm aim` draws it",
	  .parse = parse_aim, .noun = "word or page" },
	{ "length", SCHEMA_SIZE, FIELD(storm.length), "1 page",
	  "a size such as \"1 page\", a multiple of 8 bytes, not more than the folio",
	  "length of the hole; some operations go to the end of the file instead", .min = 8,
	  .max = 2 << 20 },
	{ "skip", SCHEMA_SIZE, FIELD(storm.skip), "0B",
	  "a size such as \"2K\", a multiple of 8 bytes, less than a page",
	  "bytes of the aimed page before the hole: the hole begins within the page, as "
	  "journald's do",
	  .max = PAGE_SIZE_MOST - 8 },
	{ "through", SCHEMA_BOOLEAN, FIELD(storm.through_mount), "mount",
	  .help = "which way the punch goes",
	  .SCHEMA_WORDS(WORD("backing", "to the file beneath the layer"),
			WORD("mount", "through the layer")) },
	{ "gather", SCHEMA_DURATION, FIELD(storm.gather), "20ms",
	  "a duration such as \"20ms\", up to 10s",
	  "how long the storm waits at most for its readers to arrive at the next folio",
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
	  "punches after which the run ends, if its duration is not over before; 0: no limit",
	  .max = 1000000000 },
	{ .name = NULL },
};

static const struct schema_key cgroup_keys[] = {
	{ "memory_max", SCHEMA_SIZE, FIELD(cgroup.memory_max), "0B", "0B, or a size from \"64M\"",
	  "the most memory that the processes of the run get, page cache included, see [memory "
	  "pressure](memory.md). 0B: no limit" },
	{ .name = NULL },
};

static const struct schema_key zram_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(zram.size), "256M", "a size from \"1M\" to \"64G\"",
	  "size of the swap in compressed memory that the run makes, before compression, see "
	  "[memory pressure](memory.md). Without the group `zram` there is none",
	  .min = 1 << 20, .max = 64ULL << 30 },
	{ .name = NULL },
};

#define HOLD "a duration such as \"20us\", up to 1ms"

static const struct schema_key gate_keys[] = {
	{ "split", SCHEMA_DURATION, FIELD(gate.split), "0", HOLD,
	  "hold a split at each level, while the folio is frozen. A reader's look-up that comes "
	  "before the folio is frozen is held until it is, at most 1 ms: its reference would make "
	  "the split fail",
	  .max = GATE_HOLD_MAX },
	{ "meet", SCHEMA_DURATION, FIELD(gate.meet), "0", HOLD,
	  "hold a split once it has frozen its folio, until a reader looks it up, at most so long",
	  .max = GATE_HOLD_MAX },
	{ "reader", SCHEMA_DURATION, FIELD(gate.reader), "0", HOLD,
	  "hold a reader whose look-up returned a folio without its page: until the split is "
	  "over, at most 1 ms, and that long more",
	  .max = GATE_HOLD_MAX },
	{ "lookup", SCHEMA_DURATION, FIELD(gate.lookup), "0", HOLD,
	  "hold every reader's look-up before it tries the folio's lock", .max = GATE_HOLD_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_ROW, READER_FIELD(ops), NULL, .help = "how a page is read", .required = 1,
	  .word = reader_word },
	{ "count", SCHEMA_COUNT, READER_FIELD(count), "1", "a number from 1 to 64, and 64 in all",
	  "number of readers of this kind", .min = 1, .max = STORM_READERS_MAX },
	{ "command", SCHEMA_TEXT, READER_FIELD(command), NULL,
	  "a program and its arguments, with {file} and {mount}",
	  "of exec: what is run, and compared with what it prints undisturbed. Quotes are as a "
	  "shell has them, and nothing else is special",
	  .command = COMMAND_OF_RUN },
	{ "run_as", SCHEMA_PARSED, READER_FIELD(user), NULL, PROGRAM_USER_ALLOWED,
	  "of exec: who it runs as; without it root. It begins in the mount, where {file} is the "
	  "file's name and {mount} is `.`. In a guest there are root and numbers alone",
	  .parse = program_user_parse, .noun = "text" },
	{ "timeout", SCHEMA_DURATION, READER_FIELD(timeout), "30s",
	  "a duration such as \"30s\", from 10ms to 1h",
	  "of exec: a run that takes longer is killed, and not judged", .min = 10000000,
	  .max = 3600000000000 },
	{ "pages", SCHEMA_PARSED, READER_FIELD(pages), "exposed", "a range such as \"384-511\"",
	  "which pages are read. A range: those pages of the folio that the storm is at",
	  .parse = parse_pages, .noun = "word or range",
	  .SCHEMA_WORDS(WORD("exposed",
			     "the best of the pages that the punch at hand exposes (all pages of "
			     "the folio where it exposes none worth it)"),
			WORD("all", "any page of any file")) },
	{ "where", SCHEMA_WORD, READER_FIELD(where), "random", .help = "which of those pages",
	  .SCHEMA_WORDS(WORD("random", "any, whatever others read"),
			WORD("own", "each reader others than the rest, side by side with theirs"),
			WORD("same", "all readers the one that is drawn for all")) },
	{ "order", SCHEMA_WORD, READER_FIELD(order), "any",
	  .help = "of pread: what it brings into the page cache where a page is missing, see "
		  "[refaults](memory.md#refaults). Small and large folios are read beneath the "
		  "layer",
	  .SCHEMA_WORDS(WORD("any", "what the kernel likes, through the layer"),
			WORD("small", "folios of one page"),
			WORD("large", "one folio as large as `files[].folio`")) },
	{ "pace", SCHEMA_DURATION, READER_FIELD(pace), "0",
	  "a duration such as \"10us\", up to 10s", "time between two accesses",
	  .max = 10000000000 },
	{ "wait", SCHEMA_PARSED, READER_FIELD(wait), "auto", "a duration such as \"5us\", up to 1s",
	  "when to read a page that the storm is about to hit. A duration: touch nothing until the "
	  "punched page is unmapped, wait that long, read. But for over, readers that take no "
	  "page faults (pread) and those of `all` pages read all the time",
	  .parse = parse_wait, .noun = "word or duration",
	  .SCHEMA_WORDS(WORD("auto",
			     "as with a duration, which is measured and learned; with `gate.meet`, "
			     "and the gate there, as none"),
			WORD("none", "all the time"),
			WORD("over",
			     "held until the storm is done with the folio, then all of them at the "
			     "same instant, nine accesses each")) },
	{ "cpu", SCHEMA_PARSED, READER_FIELD(cpu), "auto", "auto, or a number from 0",
	  "processor of the first of them; the others run on those after it. auto: from the last "
	  "processor down, the first is the storm's",
	  .parse = parse_cpu, .noun = "number" },
	{ .name = NULL },
};

static const struct schema_key expect_keys[] = {
	{ "verdict", SCHEMA_WORD, FIELD(expect.verdict), "auto", .help = "the verdict to expect",
	  .SCHEMA_WORDS(WORD("auto", "hit on kernels in `affected`, clean elsewhere"),
			WORD("hit", NULL), WORD("clean", NULL)) },
	{ "power", SCHEMA_PARSED, FIELD(expect.power), "0.999", "a number from 0.5 to 0.999999",
	  "how probable it has to be that a kernel with the race would have been caught: less than "
	  "that, and no hit, is INCONCLUSIVE, see [power](verdict.md#power)",
	  .parse = parse_power, .noun = "number" },
	{ "min_exposures", SCHEMA_COUNT, FIELD(expect.min_exposures), "0", "a number from 0",
	  "fewer exposures and no hit: INCONCLUSIVE, whatever the power", .max = 1000000000 },
	{ "passages", SCHEMA_COUNT, FIELD(expect.passages), "0", "a number from 0 to 1000000000",
	  "passages without a hit that make a run CLEAN, in place of `expect.power`: for whoever "
	  "knows how often a kernel with the race hits, see [power](verdict.md#power). 0: by the "
	  "power",
	  .max = 1000000000 },
	{ "made", SCHEMA_COUNT, FIELD(expect.made), "100", "a number from 1 to 1000000000",
	  "of a [schedule](schedule.md): passages that are made or withstood. With so many the run "
	  "is "
	  "over, before its duration is; with fewer, and no hit, it is INCONCLUSIVE",
	  .min = 1, .max = 1000000000 },
	{ "xfail", SCHEMA_TEXTS, FIELD(expect.xfail), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which the other verdict is known: it is no failure there, and the "
	  "expected one is. See [regression suites](suites.md)",
	  .parse = parse_range, .item_size = sizeof(struct kernel_range) },
	{ .name = NULL },
};

const struct schema_key scenario_keys[] = {
	{ "title", SCHEMA_TEXT, FIELD(title), NULL, "a text", "one line that tells the story",
	  .required = 1 },
	{ "race", SCHEMA_ROW, FIELD(race), "folio-split", .help = "what the verdict is about",
	  .word = race_word },
	{ "affected", SCHEMA_TEXTS, FIELD(affected), NULL, "a list such as ( \"6.15 - 6.18.19\" )",
	  "kernel versions on which a hit is expected. A bound without a patch level is the whole "
	  "series: \"6.17\" is every 6.17, \"6.15 - ...\" begins with 6.15-rc1. "
	  "A vendor's backport does not show in the version",
	  .parse = parse_range, .item_size = sizeof(struct kernel_range) },
	{ "seed", SCHEMA_COUNT, FIELD(seed), "1", "a number from 0 to 2^63 - 1",
	  "seed of all random decisions: pages that are punched and read", .max = INT64_MAX },
	{ "duration", SCHEMA_DURATION, FIELD(duration), "10s",
	  "seconds, or a duration such as \"10s\", up to 24h",
	  "duration of the storm; setup time is excluded. A [workload](workloads.md) without a "
	  "storm may end earlier, and 0 lets it go on until it ends",
	  .max = 86400000000000, .seconds = 1 },
	{ "until", SCHEMA_WORD, FIELD(until), "duration",
	  .help = "what ends the storm before its duration is over",
	  .SCHEMA_WORDS(WORD("duration", "nothing"),
			WORD("hit",
			     "the first hit: of bytes, a capture, a misplaced slot or a report of "
			     "the kernel"),
			WORD("proof", "a hit, or as much as a CLEAN verdict stands on, see "
				      "[power](verdict.md#power)")) },
	{ "watchdog", SCHEMA_DURATION, FIELD(watchdog), "20s",
	  "a duration such as \"20s\", from 1s to 24h",
	  "a punch or a reader that takes longer ends the run: ERROR", .min = 1000000000,
	  .max = 86400000000000 },
	{ "witness", SCHEMA_BOOLEAN, FIELD(witness), "false",
	  .help = "count look-ups and captures in the kernel, by BPF, see [gate and "
		  "witness](witness.md). A gate brings it along; a run that cannot have it "
		  "goes on without and says so" },
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
	  .help = "steps before each iteration of the [threads](threads.md), with files "
		  "that were made anew",
	  .keys = thread_step_keys, .item_size = sizeof(struct thread_step) },
	{ "after", SCHEMA_LIST, FIELD(after), .allowed = "a list of groups",
	  .help = "steps when each thread has done its own", .keys = thread_step_keys,
	  .item_size = sizeof(struct thread_step) },
	{ "schedule", SCHEMA_LIST, FIELD(schedule), .allowed = "a list of groups",
	  .keys = schedule_keys, .item_size = sizeof(struct schedule_hold) },
	{ "schedule_engine", SCHEMA_WORD, FIELD(schedule_engine), "auto",
	  .help = "who follows the [schedule](schedule.md)",
	  .SCHEMA_WORDS(WORD("auto", "qemu in guests, bpf elsewhere"),
			WORD("bpf", "BPF programs in the kernel, also in a guest"),
			WORD("qemu", "from outside of a guest, through QEMU's gdb stub")) },
	{ "inspect", SCHEMA_GROUP, 0, .keys = inspect_keys,
	  .given = offsetof(struct scenario, inspect.given) },
	{ "workload", SCHEMA_KIND, FIELD(workload),
	  .help = "what a process of its own does in the mount, beside storm and readers or "
		  "instead of them, see [workloads](workloads.md)",
	  .kinds = workload_schema },
	{ "rules", SCHEMA_LIST, FIELD(rules), .keys = rule_keys,
	  .item_size = sizeof(struct rule_spec) },
	{ "expect", SCHEMA_GROUP, 0, .keys = expect_keys },
	{ .name = NULL },
};
