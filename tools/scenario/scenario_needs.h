/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a scenario needs besides root, FUSE and a loop device, as words for a list. */
#ifndef TOOLS_SCENARIO_SCENARIO_NEEDS_H
#define TOOLS_SCENARIO_SCENARIO_NEEDS_H

#include "tools/scenario/scenario.h"

/* Word number i, such as "gate"; NULL after the last. A static string. */
const char *scenario_need(const struct scenario *scenario, size_t i);

#endif
