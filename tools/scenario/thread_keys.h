/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted threads of a scenario: their keys, and checks across keys. */
#ifndef TOOLS_SCENARIO_THREAD_KEYS_H
#define TOOLS_SCENARIO_THREAD_KEYS_H

#include "tools/scenario/scenario.h"

/* The keys of a step fill a struct thread_step; those of a thread fill a struct thread_script. */
extern const struct schema_key thread_step_keys[], thread_keys[];

/* A mistake in a key. */
struct thread_mistake {
	char path[64];
	char why[400];
};

/* Checks the threads, and the steps before and after, against the rest of the scenario. Returns 0,
 * or -EINVAL with mistake filled in (not reported). */
int thread_check(const struct scenario *scenario, struct thread_mistake *mistake);

/* Whether the steps of the threads use more than one file. */
bool thread_files_differ(const struct scenario *scenario);

#endif
