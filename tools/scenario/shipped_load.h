/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Loads shipped scenarios for commands that list them. */
#ifndef TOOLS_SCENARIO_SHIPPED_LOAD_H
#define TOOLS_SCENARIO_SHIPPED_LOAD_H

#include "tools/scenario/scenario.h"
#include "tools/scenario/shipped.h"

/* Loads a shipped scenario; trusts its commands and does not check whether the machine can run it.
 * scenario: call scenario_release() unless this fails. Returns 0 or -errno, reported. */
int shipped_load(struct scenario *scenario, const struct shipped *shipped,
		 const struct kernel_version *kernel);

#endif
