/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_VERDICT_VERDICT_REASON_H
#define TOOLS_VERDICT_VERDICT_REASON_H

struct run_result;

/* Sets the reason of a verdict that has been decided: its evidence, or, if it is inconclusive, the
 * most immediate cause. */
void verdict_explain(struct run_result *result);

#endif
