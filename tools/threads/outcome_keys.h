/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The keys of a step of a scripted thread with an unexpected outcome. */
#ifndef TOOLS_THREADS_OUTCOME_KEYS_H
#define TOOLS_THREADS_OUTCOME_KEYS_H

#include "tools/base/keys.h"
#include "tools/threads/threads.h"

/* Keys of a struct thread_outcome as a hit, without `type`. */
extern const struct key outcome_hit_keys[];

/* Writes a hit as one line of JSON; "" if it does not fit. Returns text, which holds `size`
 * bytes. */
const char *outcome_text(const struct thread_outcome *outcome, char *text, size_t size);

#endif
