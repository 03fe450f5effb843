/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The queue of rule events from the threads of the layer to their readers: a file, followers of the
 * log, the supervisor of a run. An event is lost only if memory is short; lost ones are counted. */
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
	int wake;                             /* eventfd, readable if there are events */
	_Atomic uint64_t lost;                /* events lost as memory was short */
};

/* Returns 0 or -errno (not reported). Call rule_log_destroy() in any case. */
int rule_log_init(struct rule_log *log);
void rule_log_destroy(struct rule_log *log);

/* Appends an event, from any thread. log: a struct rule_log. Can be rules_config.emit. */
void rule_log_put(void *log, const struct rule_event *event);

/* Takes the oldest event. If there is none, resets `wake` and returns false. */
bool rule_log_take(struct rule_log *log, struct rule_event *event);

/* The keys of a struct rule_event, without type, number, ns and time. */
extern const struct key rule_event_keys[];

/* The begin of a log, by three clocks, in ns. */
struct rule_log_start {
	uint64_t monotonic, wall, boot;
};

struct rule_log_start rule_log_start(void);

/* Writes "2026-11-27T18:00:00.000000Z". wall: ns since 1970. Returns text, which holds `size`
 * bytes. */
const char *rule_log_time(uint64_t wall, char *text, size_t size);

/* Returns an event as a line of JSON, without newline, with its number, the ns since `start`, and
 * the time of day. The caller frees it; NULL without memory. */
char *rule_event_line(const struct rule_event *event, uint64_t number,
		      const struct rule_log_start *start);

#endif
