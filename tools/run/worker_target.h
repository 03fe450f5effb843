/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of a run: made in the mount, opened beneath it, mapped and divided into regions. */
#ifndef TOOLS_RUN_WORKER_TARGET_H
#define TOOLS_RUN_WORKER_TARGET_H

#include "tools/run/worker.h"

/*
 * Makes file `number` of the scenario, all of it a hole but for copies. target: all zeros, with
 * descriptors of -1; to be given to target_release(), after an error as well. Returns 0 or -errno
 * (reported).
 */
int worker_target_make(const struct worker_config *config, struct target *target, size_t number);

#endif
