/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The kinds of workloads, as scenarios see them: their keys, and what is checked before anything is
 * made. workload.h is about running them.
 */
#ifndef TOOLS_SCENARIO_WORKLOAD_KIND_H
#define TOOLS_SCENARIO_WORKLOAD_KIND_H

#include "tools/base/keys.h"
#include "tools/scenario/scenario.h"

struct workload;

struct workload_kind {
	struct schema_kind
		schema; /* name and help; keys of the group besides `kind`; what they fill */
	/* The key that names a file the workload reads, or NULL. The file must be text; its path is
	 * relative to the scenario's directory, and made absolute before the keys are read. Guests
	 * get a copy. */
	const char *file_key;
	/*
	 * Checks the settings as a whole before anything is touched. May be NULL. Returns 0, or
	 * -EINVAL with `key` (of the group) set, and what is wrong and what is allowed in `why`, of
	 * `size` bytes.
	 */
	int (*check)(const struct scenario *scenario, const void *settings, const char **key,
		     char *why, size_t size);
	/* Whether the machine lacks something the workload needs, which `what`, of `size` bytes,
	 * then names. Called before anything is made. May be NULL. */
	bool (*missing)(const void *settings, char *what, size_t size);
	/* Most bytes that its files occupy. May be NULL: negligible. */
	uint64_t (*room)(const struct scenario *scenario, const void *settings);
	/* Number of its readers, each with a processor of its own, from the last one down. In a
	 * schedule, the first has the role read, and the thread that punches for it the role split.
	 * May be NULL: no roles. */
	uint64_t (*readers)(const void *settings);
	unsigned int families; /* enum kernel_family of its races; 0: KERNEL_SPLIT */
	/* The keys of its `details` in the result, and of its own events; see workload.h. May be
	 * NULL. */
	const struct key *details;
	const struct key_table *events;
	/* Makes what run() needs. May be NULL. Returns 0 or -errno, reported by workload_fail(). */
	int (*prepare)(struct workload *workload);
	/* Returns 0 when done or stopped, or -errno, reported by workload_fail(). */
	int (*run)(struct workload *workload);
	/* Frees `state`, also after an error. May be NULL. */
	void (*release)(struct workload *workload);
};

/* All kinds, ended by NULL. */
extern const struct workload_kind *const workload_kinds[];

/* Call the functions of the scenario's kind, see struct workload_kind. workload_schema(): kind i,
 * NULL after the last. workload_find_file(): makes the path of file_key absolute; returns 0 or
 * -ENOMEM (reported). workload_check(): only with a workload. */
const struct schema_kind *workload_schema(size_t i);
int workload_find_file(config_t *config, const char *scenario_path);
int workload_check(const struct scenario *scenario, const char **key, char *why, size_t size);
bool workload_missing(const struct scenario *scenario, char *what, size_t size);
uint64_t workload_room(const struct scenario *scenario);

/* Number of the workload's readers, the first of which can have a role in a schedule; 0: none. */
uint64_t workload_role_readers(const struct scenario *scenario);

/* The path of the file that the workload reads; NULL: none. The scenario owns it. */
const char *workload_file(const struct scenario *scenario);

/* The kind of the scenario's workload; NULL: no workload. */
const struct workload_kind *workload_kind_of(const struct scenario *scenario);

#endif
