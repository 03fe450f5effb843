/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SCENARIO_THREAD_EXPOSES_H
#define TOOLS_SCENARIO_THREAD_EXPOSES_H

#include "tools/scenario/scenario.h"

/*
 * Whether scripted threads can meet a split: by the aim model for this kernel, a hole that one step
 * punches exposes a page that another one reads. Which pages a hole exposes depends on the kernel:
 * of 6.15 and 6.16 others than later. True as well where the model does not say: without a hole,
 * and of one that is not of whole pages of one folio.
 */
bool scenario_threads_expose(const struct scenario *scenario, const struct kernel_version *kernel);

#endif
