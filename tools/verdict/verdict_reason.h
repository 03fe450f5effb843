/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_VERDICT_VERDICT_REASON_H
#define TOOLS_VERDICT_VERDICT_REASON_H

struct run_result;

/* Sets the reason for result->verdict: its evidence or, if inconclusive, the most immediate
 * cause. */
void verdict_explain(struct run_result *result);

#endif
