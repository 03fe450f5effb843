/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_SCENARIO_THREAD_EXPOSES_H
#define TOOLS_SCENARIO_THREAD_EXPOSES_H

#include "tools/scenario/scenario.h"

/*
 * Whether a scripted thread reads a page that the hole of another step exposes, by the aim model of
 * this kernel; 6.15 and 6.16 expose other pages than later kernels. Also true where the model has
 * no answer: no step punches a hole, or the hole is not of whole pages within one folio.
 */
bool scenario_threads_expose(const struct scenario *scenario, const struct kernel_version *kernel);

#endif
