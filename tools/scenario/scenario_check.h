/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Checks across keys: whether the keys of a scenario are consistent. */
#ifndef TOOLS_SCENARIO_SCENARIO_CHECK_H
#define TOOLS_SCENARIO_SCENARIO_CHECK_H

#include "tools/scenario/scenario.h"

/* Returns 0, or -EINVAL (contradictions reported with file, line and key). Warns about doubtful
 * rules. */
int scenario_check(const struct scenario *scenario, const struct schema_source *source,
		   const struct kernel_version *kernel);

#endif
