/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The worker: the process of a run that makes the files, drives the storm and reads. It is a
 * process of its own so that a kernel that kills or catches it for ever takes nothing down with it:
 * the supervisor watches it through memory they share.
 */
#ifndef TOOLS_RUN_WORKER_H
#define TOOLS_RUN_WORKER_H

#include "tools/ipc/worker_shared.h"
#include "tools/scenario/scenario.h"

/* Runs to the end of the scenario, or until told to stop. Returns the exit code of the process: 0,
 * or 1 (reported). */
int worker_run(const struct worker_config *config);

#endif
