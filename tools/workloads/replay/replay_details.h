/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a replay has to say besides its counts: how late its calls began, and which of them ended
 * otherwise than they had. */
#ifndef TOOLS_WORKLOADS_REPLAY_REPLAY_DETAILS_H
#define TOOLS_WORKLOADS_REPLAY_REPLAY_DETAILS_H

#include "tools/workloads/replay/replay_state.h"

/* Of a struct replay. */
extern const struct key replay_details[];

#endif
