/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What rules did, on its way from the threads of the layer to its readers: a file, followers of the
 * log, the supervisor of a run. Nothing is dropped unless memory is short, and that is counted. */
#ifndef TOOLS_CONTROL_RULE_LOG_H
#define TOOLS_CONTROL_RULE_LOG_H

#include "injector/rules/rule_event.h"
#include "tools/base/keys.h"

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

struct rule_log_entry;

struct rule_log {
	pthread_mutex_t lock;
	struct rule_log_entry *first, **last; /* not taken yet */
	int wake;                             /* eventfd: there is something to take */
	_Atomic uint64_t lost;                /* for want of memory */
};

/* Returns 0 or -errno. Release with rule_log_destroy() also on error. */
int rule_log_init(struct rule_log *log);
void rule_log_destroy(struct rule_log *log);

/* Appends; for any thread. Fit for struct rules_config, with the log as context. */
void rule_log_put(void *log, const struct rule_event *event);

/* Takes the oldest. Returns false when there is none, and wake is not readable any more. */
bool rule_log_take(struct rule_log *log, struct rule_event *event);

/* The keys of an event but type, number and ns; of a struct rule_event. */
extern const struct key rule_event_keys[];

/* When a log begins, by each clock, in ns. */
struct rule_log_start {
	uint64_t monotonic, wall, boot;
};

struct rule_log_start rule_log_start(void);

/* "2026-11-27T18:00:00.000000Z", of ns since 1970. */
const char *rule_log_time(uint64_t wall, char *text, size_t size);

/* The whole line: with number, ns since the start, and the time of day. The caller frees it; NULL
 * without memory. */
char *rule_event_line(const struct rule_event *event, uint64_t number,
		      const struct rule_log_start *start);

#endif
