/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of workloads, as a scenario knows them: their keys, and what is asked of a kind before
 * anything is made. workload.h has what runs.
 */
#ifndef TOOLS_SCENARIO_WORKLOAD_KIND_H
#define TOOLS_SCENARIO_WORKLOAD_KIND_H

#include "tools/base/keys.h"
#include "tools/scenario/scenario.h"

struct workload;

struct workload_kind {
	struct schema_kind
		schema; /* name and help; keys of the group besides `kind`; what they fill */
	/* The key that names a file the workload reads, relative to the scenario's directory, or
	 * NULL: it is made absolute before the keys are read, and guests get the file, which must
	 * be text, too. */
	const char *file_key;
	/*
	 * Looks at the settings as a whole before anything is touched. May be NULL. Returns 0, or
	 * -EINVAL with what is wrong and what is allowed in `why`, and `key` (of the group) set.
	 */
	int (*check)(const struct scenario *scenario, const void *settings, const char **key,
		     char *why, size_t size);
	/* Whether the machine lacks what it needs: then says it in `what`, of `size` bytes. Asked
	 * before anything is made. May be NULL. */
	bool (*missing)(const void *settings, char *what, size_t size);
	/* Bytes that its files take at most. May be NULL: none worth mentioning. */
	uint64_t (*room)(const struct scenario *scenario, const void *settings);
	/* How many readers it has, each with a processor for itself, from the last one down. In a
	 * schedule the first of them is the role read, and whoever punches for it split. May be
	 * NULL: nobody of it has a role. */
	uint64_t (*readers)(const void *settings);
	unsigned int families; /* enum kernel_family of its races; 0: KERNEL_SPLIT */
	/* What it says as `details` of its result, and what it tells by itself; see workload.h. May
	 * be NULL. */
	const struct key *details;
	const struct key_table *events;
	/* Makes what run() needs. May be NULL. Returns 0 or -errno, said by workload_fail(). */
	int (*prepare)(struct workload *workload);
	/* Returns 0 when it is done or was stopped, or -errno, said by workload_fail(). */
	int (*run)(struct workload *workload);
	/* Frees `state`, also after an error. May be NULL. */
	void (*release)(struct workload *workload);
};

/* All of them, ended by NULL. */
extern const struct workload_kind *const workload_kinds[];

/* For the scenario's schema and check; see struct workload_kind. */
const struct schema_kind *workload_schema(size_t i);
int workload_find_file(config_t *config, const char *scenario_path);
int workload_check(const struct scenario *scenario, const char **key, char *why, size_t size);
bool workload_missing(const struct scenario *scenario, char *what, size_t size);
uint64_t workload_room(const struct scenario *scenario);

/* How many readers the workload has of which the first can have a role in a schedule; 0: it has
 * none. */
uint64_t workload_role_readers(const struct scenario *scenario);

/* The path of the file that the scenario's workload reads; NULL: none. The scenario's own. */
const char *workload_file(const struct scenario *scenario);

/* The kind of the scenario's workload; NULL: it has none. */
const struct workload_kind *workload_kind_of(const struct scenario *scenario);

#endif
