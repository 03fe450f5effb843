/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Mistakes in a scenario, and what is said of them: file, line, key, what is wrong, what is
 * allowed. What a single key takes is in test_scenario_keys.c. */
#include "injector/base/array.h"
#include "injector/base/page_size.h"
#include "tests/support/scenario_lines.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct mistake {
	struct scenario_lines lines;
	const char *complaint; /* how it begins */
};

static void complain(const struct mistake *mistakes, size_t count)
{
	struct scenario scenario;

	for (size_t i = 0; i < count; i++) {
		int r = scenario_load_lines(&scenario, &mistakes[i].lines, NULL);
		const char *said = strstr(scenario_complaint, mistakes[i].complaint);

		scenario_release(&scenario);
		if (r != -EINVAL || said != scenario_complaint)
			printf("\n    row %zu: wanted \"%s\", got %d \"%s\"", i,
			       mistakes[i].complaint, r, scenario_complaint);
		CU_ASSERT_EQUAL(r, -EINVAL);
		CU_ASSERT_PTR_EQUAL(said, scenario_complaint);
		/* It is said once. */
		CU_ASSERT_PTR_NULL(strchr(scenario_complaint, '\n'));
	}
}

#define COMPLAIN(mistakes) complain(mistakes, ARRAY_SIZE(mistakes))

/* Of the form of the file, whatever the key. */
static void form(void)
{
	static const struct mistake mistakes[] = {
		{ { .title = "" }, "s.cfg: title: missing; allowed: a text" },
		{ { .title = "title = 7;" }, "s.cfg:1: title: not a text; allowed: a text" },
		{ { .title = "title = ( \"t\" );" },
		  "s.cfg:1: title: not a single value; allowed: a text" },
		{ { .title = "titel = \"t\";" },
		  "s.cfg:1: titel: unknown key; did you mean title? allowed here: title, race, "
		  "affected, seed, " },
		{ { .storm = "storm = { aimm = 1; };" },
		  "s.cfg:3: storm.aimm: unknown key; did you mean aim? allowed here: op, aim, "
		  "length, " },
		{ { .readers = "readers = ( { kind = \"load\"; kidn = 1; } );" },
		  "s.cfg:4: readers[0].kidn: unknown key; did you mean kind? allowed here: kind, "
		  "count, " },
		{ { .storm = "storm = 7;" }, "s.cfg:3: storm: not a group; allowed: { ... }" },
		{ { .storm = "storm = ( );" }, "s.cfg:3: storm: not a group; allowed: { ... }" },
		{ { .files = "files = [ 1, 2 ];" },
		  "s.cfg:2: files: not a list; allowed: ( ..., ... )" },
		{ { .files = "files = ( 1 );" },
		  "s.cfg:2: files[0]: not a group; allowed: { ... }" },
		{ { .files = "files = 1;" }, "s.cfg:2: files: not a group; allowed: { ... }" },
		{ { .readers = "readers = ( { } );" },
		  "s.cfg:4: readers[0].kind: missing; allowed: load, pipe, " },
		{ { .more = "affected = ( \"6.15\", { } );" }, "s.cfg:5: affected[1]: not a text" },
		{ { .more = "workload = \"journal\";" },
		  "s.cfg:5: workload: not a group; allowed: { ... }" },
		{ { .more = "workload = { rate = 1; };" },
		  "s.cfg:5: workload.kind: missing; allowed: journal, replay, " },
		{ { .more = "workload = {\nkind = \"sleep\"; };" },
		  "s.cfg:6: workload.kind: \"sleep\" is unknown; allowed: journal, replay, " },
		/* Names are words in quotes. */
		{ { .more = "seed = = 1;" }, "s.cfg:5: syntax error there or on the line before" },
		{ { .storm = "storm = { op = punch; };" },
		  "s.cfg:3: syntax error there or on the line before; words, sizes and" },
		{ { .more = "seed = 1;\nseed = 2;" }, "s.cfg:6: duplicate setting name" },
		{ { .more = "\n@include \"none.cfg\"" }, "s.cfg:6: " },
		{ { "", "", "", "",
		    "rules = ( { when = \"read\"; do = { delay = \"1ms\"; }; } );" },
		  "s.cfg: is a file of rules, not a scenario; foliostorm mount --rules takes it" },
	};

	COMPLAIN(mistakes);
}

static void whole(void)
{
	static const struct mistake mistakes[] = {
		{ { .more = "duration = 0;" },
		  "s.cfg:5: duration: 0 is until the workload ends, which takes one and no storm; "
		  "allowed: 1ms to 24h" },
		{ { .more = "duration = 0;\nworkload = { kind = \"journal\"; };" },
		  "s.cfg:5: duration: 0 is until" },
		{ { .more = "duration = \"999us\";" },
		  "s.cfg:5: duration: out of range; allowed: 1ms to 24h" },
		{ { .more = "backing = { kind = \"directory\"; };" },
		  "s.cfg:5: backing.path: missing; allowed: a directory on XFS" },
		{ { .more = "backing = { path = \"/srv\"; };" },
		  "s.cfg:5: backing.path: kind \"image\" has no path; allowed: only with kind = "
		  "\"directory\"" },
		{ { .more = "backing = { kind = \"tmpfs\"; path = \"/srv\"; };" },
		  "s.cfg:5: backing.path: kind \"tmpfs\" has no path" },
		{ { .more = "cgroup = { memory_max = \"63M\"; };" },
		  "s.cfg:5: cgroup.memory_max: too little; allowed: 0B, or a size from \"64M\"" },
		{ { .files = "files = ( { name = \"a\"; size = \"386M\"; } );" },
		  "s.cfg: backing.size: too small for the files; allowed: at least 514M" },
		{ { .more = "backing = { kind = \"tmpfs\"; size = \"300M\"; };",
		    .files = "files = ( { name = \"a\"; size = \"174M\"; } );" },
		  "s.cfg:5: backing.size: too small for the files; allowed: at least 302M" },
		/* What is before `first` takes none. */
		{ { .files = "files = ( { name = \"a\"; size = \"1G\"; first = \"638M\"; } );" },
		  "s.cfg: backing.size: too small for the files; allowed: at least 514M" },
	};

	COMPLAIN(mistakes);
}

#define FILES(text)                                                                                \
	{                                                                                          \
		.files = "files = ( " text " );"                                                   \
	}

static void files(void)
{
	static const struct mistake mistakes[] = {
		{ { .files = "" }, "s.cfg: files: 0 files; allowed: 1 to 255" },
		{ FILES(""), "s.cfg:2: files: 0 files; allowed: 1 to 255" },
		{ FILES("{ name = \"a\"; size = \"8M\"; folio = \"12K\"; }"),
		  "s.cfg:2: files[0].folio: 12K is not a power of two; allowed: 4K, 8K, ... 2M" },
		{ FILES("{ name = \"a\"; }"),
		  "s.cfg:2: files[0].size: missing; allowed: a size, a multiple of folio" },
		{ FILES("{ name = \"a\"; size = \"3M\"; }"),
		  "s.cfg:2: files[0].size: 3M does not hold whole folios; allowed: a multiple of" },
		{ FILES("{ name = \"a\"; size = \"1M\"; }"),
		  "s.cfg:2: files[0].size: 1M does not hold whole folios" },
		{ FILES("{ name = \"a\"; size = \"8M\"; first = \"1M\"; }"),
		  "s.cfg:2: files[0].first: 1M is not where a folio of the file begins; "
		  "allowed: " },
		{ FILES("{ name = \"a\"; size = \"8M\"; first = \"8M\"; }"),
		  "s.cfg:2: files[0].first: 8M is not where a folio of the file begins" },
		{ FILES("{ name = \"a\"; size = \"8M\"; from = \"/etc/passwd\"; }"),
		  "s.cfg:2: files[0].content: \"pages\" has no from and no command; allowed: with "
		  "copy" },
		{ FILES("{ name = \"a\"; size = \"8M\"; command = \"true\"; }"),
		  "s.cfg:2: files[0].content: \"pages\" has no from and no command" },
		{ FILES("{ name = \"a\"; content = \"copy\"; }"),
		  "s.cfg:2: files[0].content: a copy is of what it copies; allowed: either from or "
		  "command, and neither size nor first" },
		{ FILES("{ name = \"a\"; content = \"copy\"; from = \"/x\"; command = \"y\"; }"),
		  "s.cfg:2: files[0].content: a copy is of what it copies" },
		{ FILES("{ name = \"a\"; content = \"copy\"; from = \"/x\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].content: a copy is of what it copies" },
		{ FILES("{ name = \"a\"; content = \"copy\"; from = \"/x\"; first = \"8M\"; }"),
		  "s.cfg:2: files[0].content: a copy is of what it copies" },
		{ FILES("{ name = \"\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].name: \"\" is not a file name; allowed: up to 63 characters "
		  "without a slash" },
		{ FILES("{ name = \"a/b\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].name: \"a/b\" is" },
		{ FILES("{ name = \".\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].name: \".\" is no" },
		{ FILES("{ name = \"..\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].name: \"..\" is no" },
		{ FILES("{ name = \"0123456789012345678901234567890123456789012345678901234567890"
			"123\"; size = \"8M\"; }"),
		  "s.cfg:2: files[0].name: \"0123" },
		{ FILES("{ name = \"a\"; size = \"8M\"; }, { name = \"b\"; size = \"8M\"; },\n"
			"{ name = \"a\"; size = \"8M\"; }"),
		  "s.cfg:3: files[2].name: \"a\" is used twice; allowed: each name once" },
		{ FILES("{ name = \"a\"; size = \"8M\"; }, { name = \"b\"; size = \"8M\"; },\n"
			"{ name = \"b\"; size = \"8M\"; }"),
		  "s.cfg:3: files[2].name: \"b\" is used twice" },
	};

	COMPLAIN(mistakes);
}

#define STORM(text)                                                                                \
	{                                                                                          \
		.storm = "storm = { " text " };"                                                   \
	}

static void storm(void)
{
	static const struct mistake mistakes[] = {
		{ STORM("length = \"12B\";"),
		  "s.cfg:3: storm.length: not a multiple of 8 bytes; allowed: 8B, 4K, ..." },
		{ STORM("skip = \"12B\";"),
		  "s.cfg:3: storm.skip: not a multiple of 8 bytes; allowed: 0B, 8B, ... 4088B" },
		{ STORM("op = \"drop\"; skip = \"8B\";"),
		  "s.cfg:3: storm.skip: drop takes out whole pages; allowed: skip = \"0B\" and" },
		{ STORM("op = \"reclaim\"; length = \"2K\";"),
		  "s.cfg:3: storm.length: reclaim takes out whole pages" },
		{ { .storm = "storm = { op = \"drop\"; };",
		    .more = "backing = { kind = \"tmpfs\"; };" },
		  "s.cfg:3: storm.op: drop does nothing on a tmpfs; allowed: another operation, "
		  "or " },
		{ { .storm = "storm = { op = \"dedupe\"; };",
		    .more = "backing = { fs = \"ext4\"; };" },
		  "s.cfg:3: storm.op: dedupe does nothing on ext4, whose files share no blocks; "
		  "allowed: " },
		{ STORM("aim = 512;"),
		  "s.cfg:3: storm.aim: outside the folios of files[0]; allowed: pages 0 to 511" },
		{ STORM("aim = 511; length = \"8K\";"),
		  "s.cfg:3: storm.aim: outside the folios of files[0]; allowed: pages 0 to 510" },
		/* A hole that begins within a page reaches into one more. */
		{ STORM("aim = 511; skip = \"8B\";"),
		  "s.cfg:3: storm.aim: outside the folios of files[0]; allowed: pages 0 to 510" },
		{ STORM("length = \"2M\"; skip = \"8B\"; aim = 0;"),
		  "s.cfg:3: storm.length: more than a folio of files[0]; allowed: up to its "
		  "folio" },
		{ { .files = "files = ( { name = \"a\"; size = \"8M\"; },\n"
			     "{ name = \"b\"; size = \"8M\"; folio = \"64K\"; } );",
		    .storm = "storm = { length = \"128K\"; };" },
		  "s.cfg:4: storm.length: more than a folio of files[1]" },
		{ { .files = "files = ( { name = \"a\"; size = \"8M\"; folio = \"8K\"; } );" },
		  "s.cfg:3: storm.aim: a punch of this length exposes nothing in a folio of 2 "
		  "pages (files[0].folio); allowed: a page number, random, or larger folios" },
	};

	COMPLAIN(mistakes);
}

#define READERS(text)                                                                              \
	{                                                                                          \
		.readers = "readers = ( " text " );"                                               \
	}

static void readers(void)
{
	static const struct mistake mistakes[] = {
		{ { .readers = "" }, "s.cfg: readers: 0 readers; allowed: 1 to 64" },
		{ READERS(""), "s.cfg:4: readers: 0 readers; allowed: 1 to 64" },
		{ READERS("{ kind = \"load\"; count = 64; }, { kind = \"pread\"; }"),
		  "s.cfg:4: readers: 65 readers; allowed: 1 to 64" },
		{ { .storm = "", .readers = "readers = ( { kind = \"load\"; } );" },
		  "s.cfg:4: readers[0].pages: follows a storm, and there is none; allowed: all" },
		{ READERS("{ kind = \"load\"; pages = \"0-512\"; }"),
		  "s.cfg:4: readers[0].pages: outside the folios of files[0]; allowed: 0-511" },
		{ READERS("{ kind = \"load\"; pages = \"all\"; where = \"own\"; }"),
		  "s.cfg:4: readers[0].where: this reader follows no storm; allowed: random" },
		{ READERS("{ kind = \"load\"; count = 3; pages = \"0-2\"; where = \"own\"; },\n"
			  "{ kind = \"pread\"; }"),
		  "s.cfg:4: readers[0].where: own: 3 pages for the 4 readers that follow the "
		  "storm; allowed: random, same, or as many pages as readers" },
		{ READERS("{ kind = \"load\"; count = 4; pages = \"3-5\"; where = \"own\"; }"),
		  "s.cfg:4: readers[0].where: own: 3 pages for the 4 readers" },
		{ { .files = "files = ( { name = \"a\"; size = \"8M\"; },\n"
			     "{ name = \"b\"; size = \"8M\"; folio = \"64K\"; } );",
		    .readers = "readers = ( { kind = \"load\"; pages = \"0-16\"; } );" },
		  "s.cfg:5: readers[0].pages: outside the folios of files[1]; allowed: 0-15" },
		{ { .files = "files = ( { name = \"a\"; content = \"copy\"; from = \"/x\"; },\n"
			     "{ name = \"b\"; size = \"8M\"; } );",
		    .readers = "readers = ( { kind = \"exec\"; command = \"true\"; } );" },
		  "s.cfg:5: readers[0].command: stamped files change under it" },
		{ READERS("{ kind = \"load\"; pages = \"all\"; wait = \"over\"; }"),
		  "s.cfg:4: readers[0].wait: \"over\": this reader follows no storm; allowed: "
		  "auto" },
		{ READERS("{ kind = \"load\"; order = \"small\"; }"),
		  "s.cfg:4: readers[0].order: load does not open the file for itself; allowed: "
		  "any, or a kind that does, such as pread" },
		{ READERS("{ kind = \"load\"; command = \"true\"; }"),
		  "s.cfg:4: readers[0].command: load runs no program; allowed: with kind = "
		  "\"exec\"" },
		{ READERS("{ kind = \"exec\"; }"),
		  "s.cfg:4: readers[0].command: missing; allowed: a program and its arguments" },
		{ READERS("{ kind = \"exec\"; command = \"true\"; }"),
		  "s.cfg:4: readers[0].command: stamped files change under it; allowed: files" },
	};

	COMPLAIN(mistakes);
}

#define COPY .files = "files = ( { name = \"a\"; content = \"copy\"; from = \"/x\"; } );"

static void copies(void)
{
	static const struct mistake mistakes[] = {
		{ { COPY, .storm = "storm = { aim = 3; };" },
		  "s.cfg:3: storm.aim: a copy is punched where it has zeros; allowed: auto, "
		  "batched, interleaved, both" },
		{ { COPY, .storm = "storm = { aim = \"random\"; };" },
		  "s.cfg:3: storm.aim: a copy is punched where it has zeros" },
		{ { COPY, .storm = "storm = { skip = \"8B\"; };" },
		  "s.cfg:3: storm: would change a copy; allowed: whole pages, and no "
		  "operation that goes to the end of the file" },
		{ { COPY, .storm = "storm = { length = \"8B\"; };" },
		  "s.cfg:3: storm: would change a copy" },
		{ { COPY, .storm = "storm = { op = \"truncate\"; };" },
		  "s.cfg:3: storm: would change a copy" },
		{ { COPY, .more = "mount = { data_path = \"daemon\"; };" },
		  "s.cfg:5: mount.data_path: copies are read by the kernel; allowed: passthrough, "
		  "mixed" },
		{ { COPY, .readers = "readers = ( { kind = \"exec\"; command = \"'\"; } );" },
		  "s.cfg:4: readers[0].command: \"'\" is not a command; allowed: a program and "
		  "its" },
		{ { COPY,
		    .readers = "readers = ( { kind = \"exec\"; command = \"no/such x\"; } );" },
		  "s.cfg:4: readers[0].command: no program \"no/such\" here; allowed: one that "
		  "PATH" },
	};

	COMPLAIN(mistakes);
}

/* What all that a scenario does, a workload does. */
#define ONLY(text)                                                                                 \
	{                                                                                          \
		.files = "", .storm = "", .readers = "", .more = "workload = { " text " };"        \
	}

static void workloads(void)
{
	static const struct mistake mistakes[] = {
		{ ONLY("kind = \"stale-folios\"; size = \"40M\";"),
		  "s.cfg:5: workload.size: not a multiple of 16M, the pages beneath one node" },
		{ ONLY("kind = \"stale-folios\"; memory = \"1M\";"),
		  "s.cfg:5: workload.memory: not a multiple of 2M, or not 32M less than size" },
		{ ONLY("kind = \"stale-folios\"; memory = \"34M\";"),
		  "s.cfg:5: workload.memory: not a multiple of 2M, or not 32M less than size; "
		  "allowed: 0B, 2M, 4M, ... 32M" },
		{ ONLY("kind = \"stale-folios\"; }; backing = { fs = \"ext4\";"),
		  "s.cfg:5: workload.kind: stale-folios is about the page cache of XFS" },
		{ ONLY("kind = \"stale-folios\"; size = \"400M\";"),
		  "s.cfg: backing.size: too small for the files; allowed: at least 528M" },
		{ ONLY("kind = \"journal\"; }; mount = { data_path = \"daemon\";"),
		  "s.cfg:5: workload.kind: a journal is written through mappings" },
		{ ONLY("kind = \"journal\"; layout = { size = \"3M\"; };"),
		  "s.cfg:5: workload.layout: a file of 3145728 bytes; allowed: 4M to 1T, or 0" },
		{ ONLY("kind = \"journal\"; layout = { size = \"8M\"; };"),
		  "s.cfg:5: workload.layout: 0 holes in a file of 8388608 bytes; allowed: 1 to " },
		{ ONLY("kind = \"journal\"; layout = { size = \"8M\"; holes = ( { offset = \"8M\"; "
		       "length = \"1B\"; } ); };"),
		  "s.cfg:5: workload.layout: hole 0 ends beyond the end of the file" },
		{ ONLY("kind = \"journal\"; entry = { dist = \"normal\"; median = \"1K\"; };"),
		  "s.cfg:5: workload.entry.dist: normal takes 2 of these, and 1 are given; "
		  "allowed: " },
		/* Beside a storm or readers it takes files. */
		{ { .files = "", .readers = "", .more = "workload = { kind = \"journal\"; };" },
		  "s.cfg: files: 0 files; allowed: 1 to 255" },
		{ { .files = "",
		    .storm = "",
		    .readers = "readers = ( { kind = \"load\"; pages = \"all\"; } );",
		    .more = "workload = { kind = \"journal\"; };" },
		  "s.cfg: files: 0 files; allowed: 1 to 255" },
		{ ONLY("kind = \"replay\";"), "s.cfg:5: workload.trace: missing; allowed: a path" },
		{ ONLY("kind = \"replay\"; trace = \"none.trace\";"),
		  "s.cfg:5: workload.trace: none.trace: " },
	};

	COMPLAIN(mistakes);
}

#define RULE(text)                                                                                 \
	{                                                                                          \
		.more = "rules = ( {\n" text " } );"                                               \
	}

static void rules(void)
{
	static const struct mistake mistakes[] = {
		{ RULE("do = { log = true; };"), "s.cfg:5: rules[0].when: missing; allowed: " },
		{ RULE("when = \"fsync\";"), "s.cfg:5: rules[0].do: missing; allowed: a group" },
		{ RULE("when = { path = \"x\"; }; do = { log = true; };"),
		  "s.cfg:6: rules[0].when.op: missing; allowed: any, data, " },
		{ RULE("when = \"fsnyc\"; do = { log = true; };"),
		  "s.cfg:6: rules[0].when: no operation \"fsnyc\"; did you mean fsync? allowed: "
		  "data, " },
		{ RULE("when = \"fsync\"; do = { delay = \"2h\"; };"),
		  "s.cfg:6: rules[0].do.delay: \"2h\" is out of range; allowed: a duration" },
		{ RULE("when = \"read\"; do = { delay = \"1ms\"; };"),
		  "s.cfg:5: rules[0]: reads and writes never come to a layer of the data path "
		  "passthrough" },
		{ RULE("when = \"fsync\"; do = { };"),
		  "s.cfg:5: rules[0]: do does nothing; give hold, release, delay, " },
		{ RULE("when = \"fsync\"; do = { delay = { dist = \"normal\"; }; };"),
		  "s.cfg:5: rules[0]: normal takes 2 of these, and 0 are given; allowed: " },
	};

	COMPLAIN(mistakes);
}

/* Lists of `count` items: "NAME = ( ITEM, ITEM );", a number in each item. */
static const char *list_of(char *text, const char *name, const char *item, int count)
{
	char *at = text + sprintf(text, "%s = ( ", name);

	for (int i = 0; i < count; i++) {
		at += sprintf(at, "%s", i ? ", " : "");
		at += sprintf(at, item, i);
	}
	strcpy(at, " );");
	return text;
}

static void too_many(void)
{
	static const char file[] = "{ name = \"%d\"; size = \"1M\"; folio = \"1M\"; }";
	static const char rule[] = "{ name = \"r%d\"; when = \"fsync\"; do = { log = true; }; }";
	static char files[256 * 60], rules[257 * 80];
	const struct scenario_lines most = { .files = files, .more = rules };
	const struct mistake mistakes[] = {
		{ { .files = files }, "s.cfg:2: files: 256 files; allowed: 1 to 255" },
		{ { .more = rules }, "s.cfg:5: rules: 257 rules; allowed: up to 256" },
	};
	struct scenario scenario;

	list_of(files, "files", file, 255);
	list_of(rules, "rules", rule, 256);
	CU_ASSERT_EQUAL(scenario_load_lines(&scenario, &most, NULL), 0);
	scenario_release(&scenario);
	list_of(files, "files", file, 256);
	list_of(rules, "rules", rule, 257);
	COMPLAIN(mistakes);
}

static void processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_CONF);
	long several = count < STORM_READERS_MAX ? count : STORM_READERS_MAX;
	char last[80], none[80], few[96], complaint[128], of_few[128];
	const struct scenario_lines lines = { .readers = last };
	const struct mistake mistakes[] = {
		{ { .readers = none }, complaint },
		{ { .readers = few }, of_few },
	};
	struct scenario scenario;

	snprintf(last, sizeof(last), "readers = ( { kind = \"load\"; cpu = %ld; } );", count - 1);
	snprintf(none, sizeof(none), "readers = ( { kind = \"load\"; cpu = %ld; } );", count);
	snprintf(complaint, sizeof(complaint),
		 "s.cfg:4: readers[0].cpu: no such processor; allowed: auto, or 0 to %ld",
		 count - 1);
	snprintf(few, sizeof(few), "readers = ( { kind = \"load\"; cpu = %ld; count = %ld; } );",
		 count - several + 1, several);
	snprintf(of_few, sizeof(of_few),
		 "s.cfg:4: readers[0].cpu: no such processor for the last of %ld; allowed: auto, "
		 "or 0 to %ld",
		 several, count - several);
	CU_ASSERT_EQUAL(scenario_load_lines(&scenario, &lines, NULL), 0);
	scenario_release(&scenario);
	complain(mistakes, several > 1 ? 2 : 1);
}

/* On a kernel with pages of 16K. */
static void pages_of_16k(void)
{
	static const struct mistake mistakes[] = {
		{ STORM("length = \"4K\";"),
		  "s.cfg:3: storm.length: 4K is not in whole pages of this kernel, which have 16K; "
		  "allowed: \"1 page\", " },
		{ { .files = "files = ( { name = \"a\"; size = \"8M\"; folio = \"8K\"; } );" },
		  "s.cfg:2: files[0].folio: 8K is less than a page of this kernel; allowed: a "
		  "power "
		  "of two from \"16K\"" },
		{ { .storm = "", .readers = "", .more = "workload = { kind = \"journal\"; };" },
		  "s.cfg:5: workload.kind: journal knows pages of 4K, and those of this kernel "
		  "have "
		  "16K" },
	};
	static const struct scenario_lines right = { .storm = "storm = { };" };
	struct scenario scenario;

	page_size_choose(16384);
	COMPLAIN(mistakes);
	CU_ASSERT_EQUAL(scenario_load_lines(&scenario, &right, NULL), 0);
	CU_ASSERT_EQUAL(scenario.storm.length, 16384);
	scenario_release(&scenario);
	page_size_choose(4096);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "the form of a scenario", form },
		{ "the whole of it", whole },
		{ "files", files },
		{ "storm", storm },
		{ "readers", readers },
		{ "copies", copies },
		{ "workloads", workloads },
		{ "rules", rules },
		{ "too many", too_many },
		{ "processors", processors },
		{ "pages of 16K", pages_of_16k },
		CU_TEST_INFO_NULL,
	};

	return run_suite("scenario_wrong", tests);
}
