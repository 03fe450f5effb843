/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/settings.h"
#include "tools/ipc/worker_shared.h"
#include "tools/scenario/scenario.h"
#include "tools/scenario/workload_kind.h"
#include "tools/workloads/journal/content.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define FIELD(member) offsetof(struct journal_settings, member)

static struct schema_word distribution_word(size_t i)
{
	return (struct schema_word){ distribution_kinds[i].name, NULL, &distribution_kinds[i] };
}

#define SIZE "a size such as \"200B\", up to 1M"

static const struct schema_key entry_keys[] = {
	{ "dist", SCHEMA_ROW, FIELD(entry.size.kind), "lognormal",
	  .help = "distribution of message sizes. Without any of the following keys: median "
		  "80, p99 1000",
	  .word = distribution_word },
	{ "mean", SCHEMA_SIZE, FIELD(entry.size.mean), "0", SIZE, "mean of `dist`",
	  .max = 1 << 20 },
	{ "median", SCHEMA_SIZE, FIELD(entry.size.median), "0", SIZE, "median of `dist`",
	  .max = 1 << 20 },
	{ "p99", SCHEMA_SIZE, FIELD(entry.size.p99), "0", SIZE, "99th percentile of `dist`",
	  .max = 1 << 20 },
	{ "min", SCHEMA_SIZE, FIELD(entry.size.min), "0", SIZE,
	  "smallest message; also a parameter of uniform and pareto", .max = 1 << 20 },
	{ "max", SCHEMA_SIZE, FIELD(entry.size.max), "0", SIZE,
	  "largest message; also a parameter of uniform", .max = 1 << 20 },
	{ "fields", SCHEMA_COUNT, FIELD(entry.fields), "8", "0 to 16",
	  "number of fields of an entry besides its message, like those that journald "
	  "adds; half of them have the same value in each entry",
	  .max = CONTENT_FIELDS_MAX },
	{ "values", SCHEMA_COUNT, FIELD(entry.values), "16", "1 to 1024",
	  "number of different values of each of the other fields", .min = 1,
	  .max = CONTENT_VALUES_MAX },
	{ .name = NULL },
};

static const struct schema_key rotate_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(rotate.size), "20M", "1M to 1G",
	  "size at which a file is archived and the next one begun. Files grow by 8M, "
	  "so the unused rest is the hole at the end",
	  .min = 1 << 20, .max = 1 << 30 },
	{ "entries", SCHEMA_COUNT, FIELD(rotate.entries), "0", "a number from 0",
	  "number of entries at which a file is archived, if that comes first; 0: "
	  "only by size",
	  .max = INT64_MAX },
	{ "keep", SCHEMA_COUNT, FIELD(rotate.keep), "2", "1 to 16",
	  "number of archived files to keep; the oldest is removed", .min = 1,
	  .max = JOURNAL_KEEP_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_BOOLEAN, FIELD(readers.procmem), "load",
	  .help = "how pages that a punch exposes are read, see `readers[].kind`; all others "
		  "are read by loads",
	  .SCHEMA_WORDS(WORD("load", NULL), WORD("procmem", NULL)) },
	{ "count", SCHEMA_COUNT, FIELD(readers.count), "1", "1 to 64", "number of readers",
	  .min = 1, .max = WORKLOAD_READERS_MAX },
	{ "windows", SCHEMA_COUNT, FIELD(readers.windows), "4", "2 to 64",
	  "number of windows of 8 MiB that each reader keeps mapped of a file", .min = 2,
	  .max = WINDOWS_MAX },
	{ "pace", SCHEMA_DURATION, FIELD(readers.pace), "0", "a duration up to 10s",
	  "time between two steps of a reader; a step reads up to eight entries",
	  .max = 10000000000 },
	{ .name = NULL },
};

static const struct schema_key hole_keys[] = {
	{ "offset", SCHEMA_SIZE, offsetof(struct layout_hole, offset), NULL, "a size",
	  "offset of a hole in the file", .required = 1, .max = INT64_MAX },
	{ "length", SCHEMA_SIZE, offsetof(struct layout_hole, length), NULL, "a size, at least 1",
	  "length of the hole", .required = 1, .min = 1, .max = INT64_MAX },
	{ .name = NULL },
};

static const struct schema_key layout_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(layout.size), "0", "4M to 1T, or 0",
	  "size of a file that is made with these holes, instead of a journal; 0: a "
	  "journal",
	  .max = UINT64_C(1) << 40 },
	{ "holes", SCHEMA_LIST, FIELD(layout.holes), .allowed = "a list of groups",
	  .keys = hole_keys, .item_size = sizeof(struct layout_hole) },
	{ .name = NULL },
};

#define DURATION "a duration such as \"20ms\", up to 10s"

const struct schema_key journal_keys[] = {
	{ "rate", SCHEMA_COUNT, FIELD(rate), "10000", "0 to 10000000",
	  "entries written per second; 0: as fast as it can", .max = 10000000 },
	{ "entry", SCHEMA_GROUP, 0, .keys = entry_keys },
	{ "rotate", SCHEMA_GROUP, 0, .keys = rotate_keys },
	{ "format", SCHEMA_BOOLEAN, FIELD(compact), "compact", .help = "format of the files",
	  .SCHEMA_WORDS(WORD("regular", "with offsets of 64 bits"),
			WORD("compact", "with offsets of 32 bits")) },
	{ "hash", SCHEMA_BOOLEAN, FIELD(keyed), "keyed", .help = "hash function of the files",
	  .SCHEMA_WORDS(WORD("plain", "lookup3"), WORD("keyed", "siphash24 with the file's key")) },
	{ "hole", SCHEMA_SIZE, FIELD(hole), "512K", "4K to 1G",
	  "size of the smallest hole that is punched. The default is journald's; with "
	  "it a file needs 85,292 entries before its entry arrays get a hole",
	  .min = 4096, .max = 1 << 30 },
	{ "folio", SCHEMA_BOOLEAN, FIELD(huge_folios), "any",
	  .help = "which folios a hole is punched into",
	  .SCHEMA_WORDS(
		  WORD("any", "whatever is in the page cache"),
		  WORD("2M",
		       "the pages around both ends of the hole are first dropped and read back as "
		       "folios of 2 MiB")) },
	{ "aim", SCHEMA_BOOLEAN, FIELD(aim), "none", .help = "layout of a file",
	  .SCHEMA_WORDS(
		  WORD("none", "not adjusted"),
		  WORD("auto",
		       "adjusted so that its holes expose used pages: the first array that is "
		       "large enough for a hole begins in the second half of a folio, the file "
		       "ends in an odd page, and the writer pauses while a hole is punched, which "
		       "it would disturb on a machine with few processors")) },
	{ "gather", SCHEMA_DURATION, FIELD(gather), "20ms", DURATION,
	  "longest time that a punch which exposes pages waits for the readers to "
	  "arrive",
	  .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(settle), "200us", DURATION,
	  "time between their arrival and the punch", .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(linger), "1ms", DURATION,
	  "time between a punch and the next", .max = 10000000000 },
	{ "readers", SCHEMA_GROUP, 0, .keys = reader_keys },
	{ "layout", SCHEMA_GROUP, 0, .keys = layout_keys },
	{ .name = NULL },
};

int journal_size_distribution(const struct journal_settings *settings, struct distribution *size,
			      char *why, size_t room)
{
	struct distribution_spec spec = settings->entry.size;

	/* The default is similar to the log of a system. */
	if (!spec.mean && !spec.median && !spec.p99 && !spec.min && !spec.max &&
	    spec.kind == distribution_kind_find("lognormal")) {
		spec.median = 80;
		spec.p99 = 1000;
	}
	return distribution_make(size, &spec, why, room);
}

static int check_layout(const struct journal_layout *layout, char *why, size_t room)
{
	const struct layout_hole *holes = layout->holes.items;

	if (layout->size && layout->size < 4 << 20) {
		snprintf(why, room, "a file of %ju bytes; allowed: 4M to 1T, or 0",
			 (uintmax_t)layout->size);
		return -EINVAL;
	}
	if (!layout->size != !layout->holes.count || layout->holes.count > LAYOUT_HOLES_MAX) {
		snprintf(why, room,
			 "%zu holes in a file of %ju bytes; allowed: 1 to %d, and a size",
			 layout->holes.count, (uintmax_t)layout->size, LAYOUT_HOLES_MAX);
		return -EINVAL;
	}
	for (size_t i = 0; i < layout->holes.count; i++)
		if (holes[i].length > layout->size ||
		    holes[i].offset > layout->size - holes[i].length) {
			snprintf(why, room,
				 "hole %zu ends beyond the end of the file; allowed: within it", i);
			return -EINVAL;
		}
	return 0;
}

int journal_settings_check(const struct scenario *scenario, const void *from, const char **key,
			   char *why, size_t room)
{
	const struct journal_settings *settings = from;
	struct distribution size;
	int r;

	if (scenario->mount.data_path == LAYER_DAEMON) {
		*key = "kind";
		snprintf(why, room,
			 "a journal is written through mappings, which mount.data_path = "
			 "\"daemon\" does not show the other descriptors; allowed: passthrough, "
			 "mixed");
		return -EINVAL;
	}
	*key = "layout";
	r = check_layout(&settings->layout, why, room);
	if (r)
		return r;
	*key = "entry.dist";
	r = journal_size_distribution(settings, &size, why, room);
	if (!r)
		distribution_release(&size);
	return r;
}
