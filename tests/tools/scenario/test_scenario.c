/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Scenarios as they are loaded: what is there by default, what a text sets, what just is allowed.
 * Mistakes are in test_scenario_wrong.c. */
#include "injector/base/array.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"

#include <string.h>

/* Rows of reader_kinds[], each in its own file. */
extern const struct reader_ops reader_load, reader_pread;

static struct scenario scenario;

/* Where a row finds its value. */
enum base { SCENARIO, FIRST_FILE, FIRST_READER };

struct value {
	const char *name;
	enum base base;
	size_t offset, size;
	uint64_t value; /* of a negative one its low bytes */
};

#define SCENARIO_VALUE(member, value)                                                              \
	{                                                                                          \
#member, SCENARIO, offsetof(struct scenario, member),                              \
			sizeof(((struct scenario *)0)->member), (uint64_t)(value)                  \
	}
#define FILE_VALUE(member, value)                                                                  \
	{                                                                                          \
#member, FIRST_FILE, offsetof(struct scenario_file, member),                       \
			sizeof(((struct scenario_file *)0)->member), (uint64_t)(value)             \
	}
#define READER_VALUE(member, value)                                                                \
	{                                                                                          \
#member, FIRST_READER, offsetof(struct scenario_reader, member),                   \
			sizeof(((struct scenario_reader *)0)->member), (uint64_t)(value)           \
	}

static void has_values(const struct value *values, size_t count)
{
	const char *bases[] = { [SCENARIO] = (const char *)&scenario,
				[FIRST_FILE] = scenario.files.items,
				[FIRST_READER] = scenario.readers.items };

	for (size_t i = 0; i < count; i++) {
		uint64_t value = 0, wanted = 0;

		memcpy(&value, bases[values[i].base] + values[i].offset, values[i].size);
		memcpy(&wanted, &values[i].value, values[i].size);
		if (value != wanted)
			printf("\n    %s: %ju, wanted %ju", values[i].name, (uintmax_t)value,
			       (uintmax_t)wanted);
		CU_ASSERT_EQUAL(value, wanted);
	}
}

#define HAS_VALUES(values) has_values(values, ARRAY_SIZE(values))

static void load(const struct scenario_lines *lines)
{
	int r = scenario_load_lines(&scenario, lines, NULL);

	if (r)
		printf("\n    %s", scenario_complaint);
	CU_ASSERT_EQUAL_FATAL(r, 0);
	CU_ASSERT_STRING_EQUAL(scenario_complaint, "");
}

static void defaults(void)
{
	static const struct value values[] = {
		SCENARIO_VALUE(affected.count, 0),
		SCENARIO_VALUE(seed, 1),
		SCENARIO_VALUE(duration, 10000000000),
		SCENARIO_VALUE(watchdog, 20000000000),
		SCENARIO_VALUE(backing.kind, &backing_kinds[0]),
		SCENARIO_VALUE(backing.fs, &backing_filesystems[0]),
		SCENARIO_VALUE(backing.size, 512 << 20),
		SCENARIO_VALUE(backing.path, 0),
		SCENARIO_VALUE(mount.data_path, LAYER_PASSTHROUGH),
		SCENARIO_VALUE(mount.threads, 4),
		SCENARIO_VALUE(files.count, 1),
		FILE_VALUE(first, 0),
		FILE_VALUE(folio, 2 << 20),
		FILE_VALUE(content, CONTENT_PAGES),
		FILE_VALUE(from, 0),
		FILE_VALUE(command, 0),
		SCENARIO_VALUE(has_storm, true),
		SCENARIO_VALUE(storm.aim.kind, AIM_KIND_AUTO),
		SCENARIO_VALUE(storm.length, 4096),
		SCENARIO_VALUE(storm.skip, 0),
		SCENARIO_VALUE(storm.through_mount, true),
		SCENARIO_VALUE(storm.gather, 20000000),
		SCENARIO_VALUE(storm.settle, 200000),
		SCENARIO_VALUE(storm.linger, 200000),
		SCENARIO_VALUE(storm.pause, 0),
		SCENARIO_VALUE(cgroup.given, false),
		SCENARIO_VALUE(cgroup.memory_max, 0),
		SCENARIO_VALUE(zram.given, false),
		SCENARIO_VALUE(zram.size, 256 << 20),
		SCENARIO_VALUE(witness, false),
		SCENARIO_VALUE(gate.split, 0),
		SCENARIO_VALUE(gate.meet, 0),
		SCENARIO_VALUE(gate.reader, 0),
		SCENARIO_VALUE(gate.lookup, 0),
		SCENARIO_VALUE(readers.count, 1),
		READER_VALUE(count, 1),
		READER_VALUE(command, 0),
		READER_VALUE(timeout, 30000000000),
		READER_VALUE(pages.kind, READER_EXPOSED),
		READER_VALUE(where, READER_RANDOM),
		READER_VALUE(order, REFAULT_ANY),
		READER_VALUE(pace, 0),
		READER_VALUE(wait, READER_WAIT_AUTO),
		READER_VALUE(cpu, -1),
		SCENARIO_VALUE(schedule.count, 0),
		SCENARIO_VALUE(workload.kind, 0),
		SCENARIO_VALUE(rules.count, 0),
		SCENARIO_VALUE(expect.verdict, EXPECT_AUTO),
		SCENARIO_VALUE(expect.min_exposures, 0),
		SCENARIO_VALUE(expect.made, 100),
		SCENARIO_VALUE(expect.xfail.count, 0),
	};
	const struct scenario_file *file;

	load(&(struct scenario_lines){ .title = NULL });
	HAS_VALUES(values);
	CU_ASSERT_STRING_EQUAL(scenario.title, "t");
	CU_ASSERT_STRING_EQUAL(scenario.storm.op->name, "punch");
	file = scenario.files.items;
	CU_ASSERT_STRING_EQUAL(file->name, "a");
	CU_ASSERT_STRING_EQUAL(file->maker->name, "write");
	CU_ASSERT_PTR_EQUAL(((struct scenario_reader *)scenario.readers.items)->ops, &reader_load);
	CU_ASSERT_FALSE(scenario_wants_witness(&scenario));
	scenario_release(&scenario);
}

/* None of them the default. */
static void values(void)
{
	static const struct scenario_lines lines = {
		.title = "title = \"a story\";",
		.files = "files = ( { name = \"f\"; size = \"8M\"; first = \"64K\"; folio = "
			 "\"64K\"; make = \"madvise\"; } );",
		.storm =
			"storm = { op = \"zero-range\"; aim = \"every:3\"; length = \"8K\"; skip = "
			"\"16B\"; through = \"backing\"; gather = \"1ms\"; settle = \"2us\"; "
			"linger = \"3ns\"; pause = \"4s\"; };",
		.readers = "readers = ( { kind = \"pread\"; count = 2; timeout = \"1s\"; pages = "
			   "\"3-9\"; where = \"same\"; order = \"small\"; pace = \"5us\"; wait = "
			   "\"6us\"; cpu = 0; }, { kind = \"pipe\"; } );",
		.more = "affected = ( \"6.15 - 6.18.19\", \"7.0-rc1\" );\n"
			"seed = 7; duration = 2.5; watchdog = \"1m\";\n"
			"backing = { kind = \"directory\"; fs = \"ext4\"; size = \"1G\"; path = "
			"\"/srv\"; };\n"
			"mount = { data_path = \"mixed\"; threads = 9; };\n"
			"cgroup = { memory_max = \"64M\"; };\n"
			"zram = { size = \"2M\"; };\n"
			"witness = true;\n"
			"gate = { split = \"1us\"; meet = \"2us\"; reader = \"3us\"; lookup = "
			"\"4us\"; };\n"
			"rules = ( { when = \"fsync\"; do = { delay = \"1ms\"; }; } );\n"
			"expect = { verdict = \"hit\"; min_exposures = 0; xfail = ( \"6.12\" ); };",
	};
	static const struct value values[] = {
		SCENARIO_VALUE(affected.count, 2),
		SCENARIO_VALUE(seed, 7),
		SCENARIO_VALUE(duration, 2500000000),
		SCENARIO_VALUE(watchdog, 60000000000),
		SCENARIO_VALUE(backing.kind, &backing_kinds[1]),
		SCENARIO_VALUE(backing.fs, &backing_filesystems[1]),
		SCENARIO_VALUE(backing.size, 1 << 30),
		SCENARIO_VALUE(mount.data_path, LAYER_MIXED),
		SCENARIO_VALUE(mount.threads, 9),
		FILE_VALUE(size, 8 << 20),
		FILE_VALUE(first, 64 << 10),
		FILE_VALUE(folio, 64 << 10),
		SCENARIO_VALUE(storm.aim.kind, AIM_KIND_EVERY),
		SCENARIO_VALUE(storm.aim.number, 3),
		SCENARIO_VALUE(storm.length, 8192),
		SCENARIO_VALUE(storm.skip, 16),
		SCENARIO_VALUE(storm.through_mount, false),
		SCENARIO_VALUE(storm.gather, 1000000),
		SCENARIO_VALUE(storm.settle, 2000),
		SCENARIO_VALUE(storm.linger, 3),
		SCENARIO_VALUE(storm.pause, 4000000000),
		SCENARIO_VALUE(cgroup.given, true),
		SCENARIO_VALUE(cgroup.memory_max, 64 << 20),
		SCENARIO_VALUE(zram.given, true),
		SCENARIO_VALUE(zram.size, 2 << 20),
		SCENARIO_VALUE(witness, true),
		SCENARIO_VALUE(gate.split, 1000),
		SCENARIO_VALUE(gate.meet, 2000),
		SCENARIO_VALUE(gate.reader, 3000),
		SCENARIO_VALUE(gate.lookup, 4000),
		SCENARIO_VALUE(readers.count, 2),
		READER_VALUE(ops, &reader_pread),
		READER_VALUE(count, 2),
		READER_VALUE(timeout, 1000000000),
		READER_VALUE(pages.kind, READER_RANGE),
		READER_VALUE(pages.first, 3),
		READER_VALUE(pages.last, 9),
		READER_VALUE(where, READER_SAME),
		READER_VALUE(order, REFAULT_SMALL),
		READER_VALUE(pace, 5000),
		READER_VALUE(wait, 6000),
		READER_VALUE(cpu, 0),
		SCENARIO_VALUE(rules.count, 1),
		SCENARIO_VALUE(expect.verdict, EXPECT_HIT),
		SCENARIO_VALUE(expect.min_exposures, 0),
		SCENARIO_VALUE(expect.xfail.count, 1),
	};
	const struct scenario_file *file;

	load(&lines);
	HAS_VALUES(values);
	CU_ASSERT_STRING_EQUAL(scenario.title, "a story");
	CU_ASSERT_STRING_EQUAL(scenario.backing.path, "/srv");
	CU_ASSERT_STRING_EQUAL(scenario.storm.op->name, "zero-range");
	file = scenario.files.items;
	CU_ASSERT_STRING_EQUAL(file->name, "f");
	CU_ASSERT_STRING_EQUAL(file->maker->name, "madvise");
	scenario_release(&scenario);
}

/* What is just allowed, where the same a little further is a mistake. */
static void just_allowed(void)
{
#define FILES(text)                                                                                \
	{                                                                                          \
		.files = "files = ( " text " );"                                                   \
	}
#define STORM(text)                                                                                \
	{                                                                                          \
		.storm = "storm = { " text " };"                                                   \
	}
#define READERS(text)                                                                              \
	{                                                                                          \
		.readers = "readers = ( " text " );"                                               \
	}
#define ONLY(text)                                                                                 \
	{                                                                                          \
		.files = "", .storm = "", .readers = "", .more = "workload = { " text " };"        \
	}
	static const struct scenario_lines rows[] = {
		{ .more = "duration = \"1ms\";" },
		{ .files = "",
		  .storm = "",
		  .readers = "",
		  .more = "workload = { kind = \"journal\"; }; duration = 0;" },
		{ .more = "cgroup = { memory_max = \"64M\"; };" },
		{ .more = "cgroup = { memory_max = \"0B\"; };" },
		FILES("{ name = \"a\"; size = \"384M\"; }"),
		FILES("{ name = \"a\"; size = \"1G\"; first = \"640M\"; }"),
		{ .files = "files = ( { name = \"a\"; size = \"1G\"; } );",
		  .more = "backing = { kind = \"directory\"; path = \"/srv\"; };" },
		FILES("{ name = \"a\"; size = \"8M\"; first = \"6M\"; }"),
		FILES("{ name = \"...\"; size = \"2M\"; }, { name = \"b\"; size = \"2M\"; }"),
		FILES("{ name = \"012345678901234567890123456789012345678901234567890123456789"
		      "012\"; size = \"2M\"; }"),
		STORM("length = \"8B\"; skip = \"4088B\";"),
		STORM("op = \"pageout\"; length = \"8K\";"),
		{ .storm = "storm = { op = \"pageout\"; };",
		  .more = "backing = { kind = \"tmpfs\"; };" },
		STORM("aim = 511;"),
		STORM("aim = 510; length = \"8K\";"),
		STORM("aim = 510; length = \"4K\"; skip = \"8B\";"),
		STORM("aim = 511; length = \"2K\"; skip = \"2K\";"),
		STORM("aim = 0; length = \"2M\";"),
		{ .files = "files = ( { name = \"a\"; size = \"8M\"; folio = \"8K\"; } );",
		  .storm = "storm = { aim = 1; };" },
		READERS("{ kind = \"load\"; count = 63; }, { kind = \"pread\"; }"),
		READERS("{ kind = \"load\"; pages = \"0-511\"; }"),
		READERS("{ kind = \"load\"; count = 3; pages = \"0-2\"; where = \"own\"; }"),
		READERS("{ kind = \"load\"; count = 3; pages = \"0-2\"; where = \"own\"; }, "
			"{ kind = \"load\"; pages = \"all\"; }"),
		READERS("{ kind = \"load\"; count = 9; where = \"own\"; }"),
		READERS("{ kind = \"load\"; wait = \"over\"; where = \"same\"; }"),
		READERS("{ kind = \"pread\"; order = \"large\"; }"),
		{ .storm = "", .readers = "readers = ( { kind = \"load\"; pages = \"all\"; } );" },
		{ .readers = "", .more = "workload = { kind = \"journal\"; };" },
		ONLY("kind = \"stale-folios\"; size = \"48M\"; memory = \"16M\";"),
		ONLY("kind = \"stale-folios\"; size = \"384M\";"),
		ONLY("kind = \"journal\"; layout = { size = \"4M\"; holes = ( { offset = "
		     "\"4095K\"; "
		     "length = \"1K\"; } ); };"),
		{ .files = "files = ( { name = \"a\"; content = \"copy\"; from = \"/x\"; } );",
		  .storm = "storm = { aim = \"both\"; length = \"8K\"; };",
		  .readers = "readers = ( { kind = \"exec\"; command = \"true {file}\"; } );" },
		{ .files = "files = ( { name = \"a\"; content = \"copy\"; command = \"x\"; } );",
		  .more = "mount = { data_path = \"mixed\"; };" },
	};
#undef FILES
#undef STORM
#undef READERS
#undef ONLY

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		int r = scenario_load_lines(&scenario, &rows[i], NULL);

		if (r)
			printf("\n    row %zu: %s", i, scenario_complaint);
		CU_ASSERT_EQUAL(r, 0);
		scenario_release(&scenario);
	}
}

/* What may hang is told of, and is no mistake. */
static void warnings(void)
{
	const struct scenario_lines lines = {
		.more = "rules = ( { when = \"fsync\"; do = { hold = \"h\"; }; } );"
	};

	CU_ASSERT_EQUAL(scenario_load_lines(&scenario, &lines, NULL), 0);
	CU_ASSERT_PTR_EQUAL(
		strstr(scenario_complaint, "s.cfg:5: rules[0]: warning: hold h has no count"),
		scenario_complaint);
	CU_ASSERT_EQUAL(scenario.rules.count, 1);
	scenario_release(&scenario);
}

/* Whom the inode's lock keeps out of the storm's splits. */
static void locked_out(void)
{
	static const struct {
		const char *op, *reader, *backing; /* the latter two: keys of the group */
		bool out;
	} rows[] = {
		{ "punch", "kind = \"pread\";", "", true },
		{ "zero-range", "kind = \"preadv2\";", "", true },
		{ "truncate", "kind = \"pread\";", "kind = \"directory\"; path = \"/\";", true },
		{ "punch", "kind = \"pread\"; order = \"small\";", "", true },
		{ "punch", "kind = \"pread\"; order = \"large\";", "", false },
		{ "punch", "kind = \"load\";", "", false },
		{ "punch", "kind = \"pread\";", "kind = \"image\"; fs = \"ext4\";", false },
		{ "punch", "kind = \"pread\";", "kind = \"tmpfs\";", false },
		{ "split", "kind = \"pread\";", "", false },
		{ "reclaim", "kind = \"pread\";", "", false },
		{ "pageout", "kind = \"pread\";", "", false },
		{ "drop", "kind = \"pread\";", "", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		char storm[64], readers[96], backing[96];
		const struct scenario_lines lines = {
			.storm = storm,
			.readers = readers,
			.more = backing,
		};

		snprintf(storm, sizeof(storm), "storm = { op = \"%s\"; };", rows[i].op);
		snprintf(readers, sizeof(readers), "readers = ( { %s } );", rows[i].reader);
		snprintf(backing, sizeof(backing), "backing = { %s };", rows[i].backing);
		CU_ASSERT_EQUAL_FATAL(scenario_load_lines(&scenario, &lines, NULL), 0);
		if (scenario_locks_out(&scenario, scenario.readers.items) != rows[i].out) {
			printf("\n    row %zu", i);
			CU_FAIL("the other answer");
		}
		/* Nobody locks anybody out. */
		scenario.has_storm = false;
		CU_ASSERT_FALSE(scenario_locks_out(&scenario, scenario.readers.items));
		scenario_release(&scenario);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "defaults", defaults },
		{ "values", values },
		{ "what is just allowed", just_allowed },
		{ "warnings", warnings },
		{ "who is locked out", locked_out },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scenario", tests);
}
