/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/backing.h"
#include "tools/run/worker_reader.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct reader_ops *kind_of(const char *name)
{
	for (size_t i = 0; reader_kinds[i]; i++)
		if (!strcmp(reader_kinds[i]->name, name))
			return reader_kinds[i];
	abort();
}

static const struct backing_kind *backing_of(const char *name)
{
	for (const struct backing_kind *kind = backing_kinds; kind->name; kind++)
		if (!strcmp(kind->name, name))
			return kind;
	abort();
}

/* What differs from a load of an image through passthrough, on processor 1, while the storm is on
 * processor 0. */
static const struct {
	const char *reader, *storm, *backing;
	enum layer_data_path data_path;
	enum refault_order order;
	int cpu;
	unsigned int storm_cpus; /* bits */
	bool can_hit;
} rows[] = {
	{ "load", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, true },
	{ "pipe", "truncate", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, true },
	{ "procmem", "punch", "image", LAYER_MIXED, REFAULT_ANY, 1, 1, true },
	/* No storm, no split of it. */
	{ "load", NULL, "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, false },
	/* FUSE's own page cache. */
	{ "load", "punch", "image", LAYER_DAEMON, REFAULT_ANY, 1, 1, false },
	{ "pread", "punch", "tmpfs", LAYER_DAEMON, REFAULT_ANY, 1, 1, false },
	/* Where the storm is. */
	{ "load", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 0, 1, false },
	{ "load", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, -1, 1, false },
	{ "load", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 0, 5, true },
	{ "load", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, -1, 5, true },
	/* The inode's lock. */
	{ "pread", "punch", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, false },
	{ "pread", "zero-range", "directory", LAYER_MIXED, REFAULT_ANY, 1, 1, false },
	{ "preadv2", "collapse-range", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, false },
	{ "pread", "punch", "image", LAYER_PASSTHROUGH, REFAULT_SMALL, 1, 1, false },
	{ "pread", "punch", "image", LAYER_PASSTHROUGH, REFAULT_LARGE, 1, 1, true },
	{ "pread", "split", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, true },
	{ "preadv2", "split", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, true },
	{ "pread", "punch", "tmpfs", LAYER_PASSTHROUGH, REFAULT_ANY, 1, 1, true },
	{ "pread", "split", "image", LAYER_PASSTHROUGH, REFAULT_ANY, 0, 1, false },
};

static void who_can_hit(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct scenario_reader reader = {
			.ops = kind_of(rows[i].reader),
			.order = rows[i].order,
		};
		struct scenario scenario = {
			.backing = { .kind = backing_of(rows[i].backing),
				     .fs = backing_filesystems },
			.mount.data_path = rows[i].data_path,
			.has_storm = rows[i].storm,
		};
		cpu_set_t storm;

		if (rows[i].storm)
			scenario.storm.op = storm_op_find(rows[i].storm);
		CPU_ZERO(&storm);
		for (unsigned int cpu = 0; cpu < 8; cpu++)
			if (rows[i].storm_cpus >> cpu & 1)
				CPU_SET(cpu, &storm);
		if (worker_reader_can_hit(&scenario, &reader, rows[i].cpu, &storm) !=
		    rows[i].can_hit) {
			printf("\n    row %zu", i);
			CU_FAIL("the other answer");
		}
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "which readers can hit", who_can_hit },
		CU_TEST_INFO_NULL,
	};

	return run_suite("where readers run", tests);
}
