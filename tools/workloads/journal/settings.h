/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The settings of a journal workload: the keys of its group in a scenario, besides `kind`. */
#ifndef TOOLS_WORKLOADS_JOURNAL_SETTINGS_H
#define TOOLS_WORKLOADS_JOURNAL_SETTINGS_H

#include "injector/rules/distribution.h"
#include "tools/scenario/schema.h"
#include "tools/workloads/journal/layout.h"

enum { JOURNAL_KEEP_MAX = 16 };

struct scenario;

struct journal_settings {
	uint64_t rate; /* entries per second; 0: as fast as possible */
	struct {
		struct distribution_spec size;
		uint64_t fields, values;
	} entry;
	struct {
		uint64_t size, entries; /* bytes; number, 0: no limit. The first one reached */
		uint64_t keep;          /* number of archived files */
	} rotate;
	bool compact, keyed;
	uint64_t hole;                   /* size of the smallest, bytes */
	bool huge_folios;                /* read folios of 2 MiB before a punch */
	bool aim;                        /* place holes where they expose used pages */
	struct journal_layout layout;    /* size 0: a journal is written */
	uint64_t gather, settle, linger; /* ns */
	struct {
		uint64_t count, windows, pace; /* pace: ns */
		bool procmem;
	} readers;
};

/* Returns the layout that is written instead of a journal, or NULL. */
static inline const struct journal_layout *play_layout(const struct journal_settings *settings)
{
	return settings->layout.size ? &settings->layout : NULL;
}

/* Makes the distribution of the sizes of messages, by the settings or the default. Returns as
 * distribution_make(). */
int journal_size_distribution(const struct journal_settings *settings, struct distribution *size,
			      char *why, size_t room);

/* For struct workload_kind. */
int journal_settings_check(const struct scenario *scenario, const void *from, const char **key,
			   char *why, size_t room);
extern const struct schema_key journal_keys[];

#endif
