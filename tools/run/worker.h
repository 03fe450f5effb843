/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker is the process of a run that makes the files, drives the storm and reads. The kernel
 * may kill it or block it for ever; the supervisor is not affected, and watches it through shared
 * memory.
 */
#ifndef TOOLS_RUN_WORKER_H
#define TOOLS_RUN_WORKER_H

#include "tools/ipc/worker_shared.h"
#include "tools/scenario/scenario.h"

/* Runs until the scenario ends or config->shared->stop is set. Returns the exit code of the
 * process: 0, or 1 (reported). */
int worker_run(const struct worker_config *config);

#endif
