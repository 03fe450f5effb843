/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What no single key can say: whether the keys of a scenario go together. */
#ifndef TOOLS_SCENARIO_SCENARIO_CHECK_H
#define TOOLS_SCENARIO_SCENARIO_CHECK_H

#include "tools/scenario/scenario.h"

/* Returns 0, or -EINVAL with the first contradiction reported by file, line and key. */
int scenario_check(const struct scenario *scenario, const struct schema_source *source,
		   const struct kernel_version *kernel);

#endif
