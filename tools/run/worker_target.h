/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes the files of a run: creates them in the mount, opens them beneath it too, maps them, and
 * divides them into regions. */
#ifndef TOOLS_RUN_WORKER_TARGET_H
#define TOOLS_RUN_WORKER_TARGET_H

#include "tools/run/worker.h"

/*
 * Makes file `number` of the scenario: a hole, or a copy with content. target: zeroed, with
 * descriptors of -1; call target_release() in any case. Returns 0 or -errno (reported).
 */
int worker_target_make(const struct worker_config *config, struct target *target, size_t number);

#endif
