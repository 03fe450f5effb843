/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The keys of result.json, a row each: adding one is a row here. Everything that keeps, sums, shows
 * or describes results goes by these rows; tools/doc/ and the schemas are printed from
 * them (tools/reference). Names and types are a contract that others script against.
 */
#ifndef TOOLS_VERDICT_RESULT_KEYS_H
#define TOOLS_VERDICT_RESULT_KEYS_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Goes up when a key goes or means something else; not for one that is new. */
enum { RESULT_SCHEMA_VERSION = 1 };

/* Where a key is besides in result.json. */
enum result_flags {
	RESULT_BEGIN = KEY_FLAGS_END, /* known before the run: in the event `begin`, and in the
					 result of a run whose guest died */
	RESULT_SURVIVES = KEY_FLAGS_END << 1, /* known of such a run by its events and console;
						 what is neither is null there */
	RESULT_SUM = KEY_FLAGS_END << 2,      /* of repeated runs: the sum */
	RESULT_DECIDING = KEY_FLAGS_END << 3, /* of repeated runs: that of the one that decides */
	RESULT_EACH = KEY_FLAGS_END << 4,     /* of repeated runs: in `each` */
	RESULT_CELL = KEY_FLAGS_END << 5,     /* in the cells of a matrix */
	RESULT_TRIAL = KEY_FLAGS_END << 6,    /* in the trials of a tuning */
	RESULT_POINT = KEY_FLAGS_END << 7,    /* in the diagnostics of KTAP */
};

/* Of a struct run_result. */
extern const struct key result_keys[];

/* The parts of `workload`, `guest` and `baseline`, which the reference lists apart. */
extern const struct key workload_keys[], guest_keys[], baseline_keys[];

/* More rows than there are. */
enum { RESULT_KEYS_MAX = 96 };

/* Copies the rows that have one of these flags into a result of JSON; what is not there becomes
 * null. */
void result_keys_copy(json_t *into, const json_t *result, unsigned int flags);

#endif
