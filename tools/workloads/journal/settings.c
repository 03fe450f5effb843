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
	  .help = "distribution of the sizes of the messages. Without any of the following: median "
		  "80, p99 1000",
	  .word = distribution_word },
	{ "mean", SCHEMA_SIZE, FIELD(entry.size.mean), "0", SIZE, "mean of `dist`",
	  .max = 1 << 20 },
	{ "median", SCHEMA_SIZE, FIELD(entry.size.median), "0", SIZE, "median of `dist`",
	  .max = 1 << 20 },
	{ "p99", SCHEMA_SIZE, FIELD(entry.size.p99), "0", SIZE,
	  "99th percentile of `dist`: 99 percent are below", .max = 1 << 20 },
	{ "min", SCHEMA_SIZE, FIELD(entry.size.min), "0", SIZE,
	  "smallest message; one of the two parameters of uniform and pareto", .max = 1 << 20 },
	{ "max", SCHEMA_SIZE, FIELD(entry.size.max), "0", SIZE,
	  "largest message; a parameter of uniform", .max = 1 << 20 },
	{ "fields", SCHEMA_COUNT, FIELD(entry.fields), "8", "0 to 16",
	  "fields of an entry besides its message, journald's own; half of them have the same "
	  "value in each entry",
	  .max = CONTENT_FIELDS_MAX },
	{ "values", SCHEMA_COUNT, FIELD(entry.values), "16", "1 to 1024",
	  "values of each of the other fields", .min = 1, .max = CONTENT_VALUES_MAX },
	{ .name = NULL },
};

static const struct schema_key rotate_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(rotate.size), "20M", "1M to 1G",
	  "a file whose last object ends there is archived, and the next one begun. Files grow by "
	  "8M, so the rest of those is the hole at the end",
	  .min = 1 << 20, .max = 1 << 30 },
	{ "entries", SCHEMA_COUNT, FIELD(rotate.entries), "0", "a number from 0",
	  "the same by entries, whichever comes first; 0: by size alone", .max = INT64_MAX },
	{ "keep", SCHEMA_COUNT, FIELD(rotate.keep), "2", "1 to 16",
	  "archived files that stay; the oldest gives way", .min = 1, .max = JOURNAL_KEEP_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_BOOLEAN, FIELD(readers.procmem), "load",
	  .help = "how a page that a punch exposes is read, see `readers[].kind`; all else is read "
		  "by loads",
	  .SCHEMA_WORDS(WORD("load", NULL), WORD("procmem", NULL)) },
	{ "count", SCHEMA_COUNT, FIELD(readers.count), "1", "1 to 64", "number of readers",
	  .min = 1, .max = WORKLOAD_READERS_MAX },
	{ "windows", SCHEMA_COUNT, FIELD(readers.windows), "4", "2 to 64",
	  "windows of 8 MiB that each reader has mapped of a file at a time", .min = 2,
	  .max = WINDOWS_MAX },
	{ "pace", SCHEMA_DURATION, FIELD(readers.pace), "0", "a duration up to 10s",
	  "time between two steps of a reader, of up to eight entries", .max = 10000000000 },
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
	  "size of a file with these holes, that is made instead of a journal; 0: a journal",
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
	  "the smallest hole that is punched. The default is journald's, for which a file has to "
	  "have 85,292 entries before its entry arrays have one; smaller ones come sooner",
	  .min = 4096, .max = 1 << 30 },
	{ "folio", SCHEMA_BOOLEAN, FIELD(huge_folios), "any", .help = "what a hole is punched into",
	  .SCHEMA_WORDS(
		  WORD("any", "what is in the page cache"),
		  WORD("2M",
		       "what the hole begins and ends in is dropped and read back as 2 MiB folios "
		       "first")) },
	{ "aim", SCHEMA_BOOLEAN, FIELD(aim), "none", .help = "how a file is laid out",
	  .SCHEMA_WORDS(
		  WORD("none", "as it comes"),
		  WORD("auto",
		       "its holes expose pages that are in use: the first array that is large "
		       "enough for a hole begins behind the middle of a folio, the file ends in "
		       "an odd page, and the writer rests while a hole is made, which it would "
		       "disturb where there are few processors")) },
	{ "gather", SCHEMA_DURATION, FIELD(gather), "20ms", DURATION,
	  "how long a punch that exposes something waits for the readers to be there",
	  .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(settle), "200us", DURATION,
	  "time between their arrival and the punch", .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(linger), "1ms", DURATION,
	  "time after a punch, before the next", .max = 10000000000 },
	{ "readers", SCHEMA_GROUP, 0, .keys = reader_keys },
	{ "layout", SCHEMA_GROUP, 0, .keys = layout_keys },
	{ .name = NULL },
};

int journal_size_distribution(const struct journal_settings *settings, struct distribution *size,
			      char *why, size_t room)
{
	struct distribution_spec spec = settings->entry.size;

	/* What nothing is said of: much like what a system logs. */
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
