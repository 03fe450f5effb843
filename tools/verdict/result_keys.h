/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of result.json, a row each. All that stores, sums, prints or documents results uses
 * these rows: tools/reference prints tools/doc/ and the schemas from them. Scripts depend on names
 * and types.
 */
#ifndef TOOLS_VERDICT_RESULT_KEYS_H
#define TOOLS_VERDICT_RESULT_KEYS_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Incremented when a key is removed or changes its meaning, not when one is added. */
enum { RESULT_SCHEMA_VERSION = 1 };

/* Where else a key occurs. */
enum result_flags {
	RESULT_BEGIN = KEY_FLAGS_END, /* known before the run: in the event `begin`, and in the
					 result of a run whose guest died */
	RESULT_SURVIVES = KEY_FLAGS_END << 1, /* known from events and console if the guest died;
						 keys with neither flag are null then */
	RESULT_SUM = KEY_FLAGS_END << 2,      /* summed over repeated runs */
	RESULT_DECIDING = KEY_FLAGS_END << 3, /* of repeated runs: from the run that decides */
	RESULT_EACH = KEY_FLAGS_END << 4,     /* of repeated runs: in `each` */
	RESULT_CELL = KEY_FLAGS_END << 5,     /* in the cells of a matrix */
	RESULT_TRIAL = KEY_FLAGS_END << 6,    /* in the trials of a tuning */
	RESULT_POINT = KEY_FLAGS_END << 7,    /* in the diagnostics of KTAP */
};

/* The keys, about a struct run_result. */
extern const struct key result_keys[];

/* The keys of `workload`, `guest` and `baseline`, which the reference lists separately. */
extern const struct key workload_keys[], guest_keys[], baseline_keys[];

/* An upper bound of the rows. */
enum { RESULT_KEYS_MAX = 96 };

/* Copies the values whose rows have one of these flags from one JSON result to another; a missing
 * value becomes null. */
void result_keys_copy(json_t *into, const json_t *result, unsigned int flags);

#endif
