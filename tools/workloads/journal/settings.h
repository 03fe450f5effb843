/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario says of a journal workload: the keys of its group, besides `kind`. */
#ifndef TOOLS_WORKLOADS_JOURNAL_SETTINGS_H
#define TOOLS_WORKLOADS_JOURNAL_SETTINGS_H

#include "injector/rules/distribution.h"
#include "tools/scenario/schema.h"
#include "tools/workloads/journal/layout.h"

enum { JOURNAL_KEEP_MAX = 16 };

struct scenario;

struct journal_settings {
	uint64_t rate; /* entries a second; 0: as fast as it can */
	struct {
		struct distribution_spec size;
		uint64_t fields, values;
	} entry;
	struct {
		uint64_t size, entries; /* whichever comes first; entries 0: size alone */
		uint64_t keep;          /* archived files */
	} rotate;
	bool compact, keyed;
	uint64_t hole;                   /* bytes of the smallest */
	bool huge_folios;                /* holes are punched into those; false: as they come */
	bool aim;                        /* holes where they expose most */
	struct journal_layout layout;    /* of size 0: a journal is written */
	uint64_t gather, settle, linger; /* ns */
	struct {
		uint64_t count, windows, pace;
		bool procmem;
	} readers;
};

/* The layout that is written instead of a journal; NULL: none. */
static inline const struct journal_layout *play_layout(const struct journal_settings *settings)
{
	return settings->layout.size ? &settings->layout : NULL;
}

/* The distribution of the sizes of messages, of the settings or the default. Returns as
 * distribution_make(). */
int journal_size_distribution(const struct journal_settings *settings, struct distribution *size,
			      char *why, size_t room);

/* For struct workload_kind. */
int journal_settings_check(const struct scenario *scenario, const void *from, const char **key,
			   char *why, size_t room);
extern const struct schema_key journal_keys[];

#endif
