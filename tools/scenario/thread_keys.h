/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The scripted threads of a scenario: their keys, and what no single key can say of them. */
#ifndef TOOLS_SCENARIO_THREAD_KEYS_H
#define TOOLS_SCENARIO_THREAD_KEYS_H

#include "tools/scenario/scenario.h"

/* Of one step: they fill a struct thread_step. Of one thread: a struct thread_script. */
extern const struct schema_key thread_step_keys[], thread_keys[];

/* What is wrong: with a key, by its path. */
struct thread_mistake {
	char path[64];
	char why[400];
};

/* Whether the threads, and the steps before and after, go together with the rest. Returns 0, or
 * -EINVAL with mistake filled in. */
int thread_check(const struct scenario *scenario, struct thread_mistake *mistake);

/* Whether steps change, or read, more than one file. */
bool thread_files_differ(const struct scenario *scenario);

#endif
