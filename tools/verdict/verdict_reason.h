/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef TOOLS_VERDICT_VERDICT_REASON_H
#define TOOLS_VERDICT_VERDICT_REASON_H

struct run_result;

/* Sets the reason of a verdict that is set: what it stands on, or, of several causes that it came
 * to nothing, the nearest. */
void verdict_explain(struct run_result *result);

#endif
