/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The shipped scenarios, for commands that list them. */
#ifndef TOOLS_SCENARIO_SHIPPED_LOAD_H
#define TOOLS_SCENARIO_SHIPPED_LOAD_H

#include "tools/scenario/scenario.h"
#include "tools/scenario/shipped.h"

/* Loads one that is a scenario. Whether the machine can run it is not checked. scenario: release it
 * unless this fails. Returns 0 or -errno, reported. */
int shipped_load(struct scenario *scenario, const struct shipped *shipped,
		 const struct kernel_version *kernel);

#endif
