/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A step of a scripted thread that did not end as it has to, as results tell it. */
#ifndef TOOLS_THREADS_OUTCOME_KEYS_H
#define TOOLS_THREADS_OUTCOME_KEYS_H

#include "tools/base/keys.h"
#include "tools/threads/threads.h"

/* Of the hit, besides its `type`. */
extern const struct key outcome_hit_keys[];

/* It as one line of JSON. Returns text, which holds `size` bytes. */
const char *outcome_text(const struct thread_outcome *outcome, char *text, size_t size);

#endif
