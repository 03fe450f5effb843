/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The details of a replay's result: how late its calls began, and which ones had other results than
 * in the trace. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_DETAILS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_DETAILS_H

#include "tools/workloads/replay/replay_state.h"

/* The keys of a struct replay. */
extern const struct key replay_details[];

#endif
