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

static int complain(char *why, size_t size, const char *text, const char *allowed)
{
	snprintf(why, size, "\"%s\"; allowed: %s", text, allowed);
	return -EINVAL;
}

static int parse_choice(const char *text, bool *field, const char *yes, const char *no, char *why,
			size_t size)
{
	char allowed[64];

	snprintf(allowed, sizeof(allowed), "%s, %s", no, yes);
	if (strcmp(text, yes) && strcmp(text, no))
		return complain(why, size, text, allowed);
	*field = !strcmp(text, yes);
	return 0;
}

static int parse_format(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "compact", "regular", why, size);
}

static int parse_hash(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "keyed", "plain", why, size);
}

static int parse_reader(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "procmem", "load", why, size);
}

static int parse_folio(const char *text, void *field, char *why, size_t size)
{
	if (strcmp(text, "2M") && strcmp(text, "any"))
		return complain(why, size, text, "any, 2M");
	*(uint64_t *)field = *text == '2' ? 2 << 20 : 0;
	return 0;
}

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return parse_choice(text, field, "auto", "none", why, size);
}

static int parse_distribution(const char *text, void *field, char *why, size_t size)
{
	const struct distribution_kind *kind = distribution_kind_find(text);

	if (!kind)
		return complain(why, size, text,
				"uniform, normal, lognormal, exponential, pareto, gamma");
	*(const struct distribution_kind **)field = kind;
	return 0;
}

#define SIZE "a size such as \"200B\", up to 1M"

static const struct schema_key entry_keys[] = {
	{ "dist", SCHEMA_PARSED, FIELD(entry.size.kind), "lognormal",
	  "uniform, normal, lognormal, exponential, pareto, gamma",
	  "of the size of an entry's message", .parse = parse_distribution },
	{ "mean", SCHEMA_SIZE, FIELD(entry.size.mean), "0", SIZE, "of dist", .max = 1 << 20 },
	{ "median", SCHEMA_SIZE, FIELD(entry.size.median), "0", SIZE, "of dist", .max = 1 << 20 },
	{ "p99", SCHEMA_SIZE, FIELD(entry.size.p99), "0", SIZE, "of dist: 99 percent are below",
	  .max = 1 << 20 },
	{ "min", SCHEMA_SIZE, FIELD(entry.size.min), "0", SIZE, "of the message", .max = 1 << 20 },
	{ "max", SCHEMA_SIZE, FIELD(entry.size.max), "0", SIZE, "of the message", .max = 1 << 20 },
	{ "fields", SCHEMA_COUNT, FIELD(entry.fields), "8", "0 to 16", "besides the message",
	  .max = CONTENT_FIELDS_MAX },
	{ "values", SCHEMA_COUNT, FIELD(entry.values), "16", "1 to 1024",
	  "of each field that has not just one", .min = 1, .max = CONTENT_VALUES_MAX },
	{ .name = NULL },
};

static const struct schema_key rotate_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(rotate.size), "20M", "1M to 1G",
	  "where a file is archived and the next one begun", .min = 1 << 20, .max = 1 << 30 },
	{ "entries", SCHEMA_COUNT, FIELD(rotate.entries), "0", "a number from 0",
	  "the same, by entries; 0: by size alone", .max = INT64_MAX },
	{ "keep", SCHEMA_COUNT, FIELD(rotate.keep), "2", "1 to 16", "archived files", .min = 1,
	  .max = JOURNAL_KEEP_MAX },
	{ .name = NULL },
};

static const struct schema_key reader_keys[] = {
	{ "kind", SCHEMA_PARSED, FIELD(readers.procmem), "load", "load, procmem",
	  "how a page that a punch exposes is taken", .parse = parse_reader },
	{ "count", SCHEMA_COUNT, FIELD(readers.count), "1", "1 to 64", "of readers", .min = 1,
	  .max = WORKLOAD_READERS_MAX },
	{ "windows", SCHEMA_COUNT, FIELD(readers.windows), "4", "2 to 64",
	  "of 8 MiB that each has mapped of a file", .min = 2, .max = WINDOWS_MAX },
	{ "pace", SCHEMA_DURATION, FIELD(readers.pace), "0", "a duration up to 10s",
	  "between two steps", .max = 10000000000 },
	{ .name = NULL },
};

static const struct schema_key hole_keys[] = {
	{ "offset", SCHEMA_SIZE, offsetof(struct layout_hole, offset), NULL, "a size",
	  "of the hole in the file", .required = 1, .max = INT64_MAX },
	{ "length", SCHEMA_SIZE, offsetof(struct layout_hole, length), NULL, "a size, at least 1",
	  "of the hole", .required = 1, .min = 1, .max = INT64_MAX },
	{ .name = NULL },
};

static const struct schema_key layout_keys[] = {
	{ "size", SCHEMA_SIZE, FIELD(layout.size), "0", "4M to 1T, or 0",
	  "of a file with these holes, that is made instead of a journal",
	  .max = UINT64_C(1) << 40 },
	{ "holes", SCHEMA_LIST, FIELD(layout.holes), .allowed = "a list of groups",
	  .keys = hole_keys, .item_size = sizeof(struct layout_hole) },
	{ .name = NULL },
};

#define DURATION "a duration such as \"20ms\", up to 10s"

const struct schema_key journal_keys[] = {
	{ "rate", SCHEMA_COUNT, FIELD(rate), "10000", "0 to 10000000",
	  "entries a second; 0: as fast as it can", .max = 10000000 },
	{ "entry", SCHEMA_GROUP, 0, .keys = entry_keys },
	{ "rotate", SCHEMA_GROUP, 0, .keys = rotate_keys },
	{ "format", SCHEMA_PARSED, FIELD(compact), "compact", "regular, compact", "of the files",
	  .parse = parse_format },
	{ "hash", SCHEMA_PARSED, FIELD(keyed), "keyed", "plain, keyed", "of the files",
	  .parse = parse_hash },
	{ "hole", SCHEMA_SIZE, FIELD(hole), "512K", "4K to 1G",
	  "the smallest that is punched; journald's is the default", .min = 4096, .max = 1 << 30 },
	{ "folio", SCHEMA_PARSED, FIELD(folio), "any", "any, 2M", "what the holes are punched into",
	  .parse = parse_folio },
	{ "aim", SCHEMA_PARSED, FIELD(aim), "none", "none, auto",
	  "lays a file out so that its holes expose pages that are in use", .parse = parse_aim },
	{ "gather", SCHEMA_DURATION, FIELD(gather), "20ms", DURATION,
	  "how long a punch waits for the readers at most", .max = 10000000000 },
	{ "settle", SCHEMA_DURATION, FIELD(settle), "200us", DURATION,
	  "between their arrival and the punch", .max = 10000000000 },
	{ "linger", SCHEMA_DURATION, FIELD(linger), "1ms", DURATION, "after a punch",
	  .max = 10000000000 },
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
