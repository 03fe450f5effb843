/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/rule_log.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"

#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

struct rule_log_entry {
	struct rule_log_entry *next;
	struct rule_event event;
};

int rule_log_init(struct rule_log *log)
{
	pthread_mutexattr_t attributes;

	/* Held only for a moment, but requests that are released together write at the same
	 * time. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&log->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	log->first = NULL;
	log->last = &log->first;
	log->lost = 0;
	log->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	return log->wake < 0 ? -errno : 0;
}

void rule_log_destroy(struct rule_log *log)
{
	struct rule_event event;

	while (rule_log_take(log, &event))
		;
	cleanup_close(&log->wake);
	pthread_mutex_destroy(&log->lock);
}

void rule_log_put(void *context, const struct rule_event *event)
{
	struct rule_log *log = context;
	struct rule_log_entry *entry = malloc(sizeof(*entry));
	const uint64_t one = 1;
	bool empty;

	if (!entry) {
		log->lost++;
		return;
	}
	entry->next = NULL;
	entry->event = *event;
	pthread_mutex_lock(&log->lock);
	empty = !log->first;
	*log->last = entry;
	log->last = &entry->next;
	pthread_mutex_unlock(&log->lock);
	if (empty)
		(void)!write(log->wake, &one, sizeof(one));
}

bool rule_log_take(struct rule_log *log, struct rule_event *event)
{
	struct rule_log_entry *entry;
	uint64_t count;

	pthread_mutex_lock(&log->lock);
	entry = log->first;
	if (entry) {
		log->first = entry->next;
		if (!log->first)
			log->last = &log->first;
	} else if (log->wake >= 0) {
		(void)!read(log->wake, &count, sizeof(count));
	}
	pthread_mutex_unlock(&log->lock);
	if (!entry)
		return false;
	*event = entry->event;
	free(entry);
	return true;
}

const struct key rule_event_keys[] = {
	{ "rule", KEY_TEXT, NULL, "name of the rule; \"\" for `misplaced`", 0,
	  KEY_AT(key_text, struct rule_event, name) },
	{ "decision", KEY_NUMBER, NULL,
	  "number of the rule's firing, from 1; all actions of one firing have the same", 0,
	  KEY_AT(key_u64, struct rule_event, decision) },
	{ "match", KEY_NUMBER, NULL, "number of the match of this rule, from 1", 0,
	  KEY_AT(key_u64, struct rule_event, match) },
	{ "action", KEY_TEXT, NULL,
	  "one of the [actions](rules.md#actions), or `misplaced`: a read that was "
	  "given wrong pages while a window was open",
	  0, KEY_AT(key_text, struct rule_event, action) },
	{ "operation", KEY_TEXT, NULL, "operation of the request", 0,
	  KEY_AT(key_text, struct rule_event, operation) },
	{ "path", KEY_TEXT, NULL, "path relative to the mount, or the last 159 bytes of it", 0,
	  KEY_AT(key_text, struct rule_event, path) },
	{ "offset", KEY_NUMBER, "bytes", "offset of the request", 0,
	  KEY_AT(key_u64, struct rule_event, offset) },
	{ "length", KEY_NUMBER, "bytes", "length of the request", 0,
	  KEY_AT(key_u64, struct rule_event, length) },
	{ "pid", KEY_NUMBER, NULL, "ID of the thread that made the request; 0: the kernel itself",
	  0, KEY_AT(key_unsigned, struct rule_event, pid) },
	{ "drawn", KEY_NUMBER, NULL,
	  "the value decided by the [action](rules.md#actions); for misplaced, the page "
	  "that was served",
	  0, KEY_AT(key_u64, struct rule_event, drawn) },
	{ "measured_ns", KEY_NUMBER, "nanoseconds",
	  "actual duration of a delay or hold, otherwise 0", 0,
	  KEY_AT(key_u64, struct rule_event, measured) },
	{ "cut_short", KEY_BOOLEAN, NULL,
	  "a signal ended the delay or hold, or the hold reached its timeout", 0,
	  KEY_AT(key_bool, struct rule_event, cut_short) },
	{ "error", KEY_TEXT, NULL,
	  "for the action error its errno; for others, why the action failed", KEY_NULL,
	  KEY_AT(key_errno, struct rule_event, error) },
	KEY_END,
};

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct rule_log_start rule_log_start(void)
{
	return (struct rule_log_start){
		.monotonic = read_clock(CLOCK_MONOTONIC),
		.wall = read_clock(CLOCK_REALTIME),
		.boot = read_clock(CLOCK_BOOTTIME),
	};
}

const char *rule_log_time(uint64_t wall, char *text, size_t size)
{
	time_t seconds = (time_t)(wall / 1000000000);
	struct tm utc;
	size_t used = strftime(text, size, "%FT%T", gmtime_r(&seconds, &utc));

	append_text(text, size, used, ".%06uZ", (unsigned int)(wall % 1000000000 / 1000));
	return text;
}

char *rule_event_line(const struct rule_event *event, uint64_t event_number,
		      const struct rule_log_start *start)
{
	uint64_t ns = event->time > start->monotonic ? event->time - start->monotonic : 0;
	json_t *object = json_pack("{s:s}", "type", "rule");
	char *line, time[40];

	keys_add(object, rule_event_keys, event);
	json_object_set_new(object, "number", key_number(event_number));
	json_object_set_new(object, "ns", key_number(ns));
	json_object_set_new(object, "time",
			    json_string(rule_log_time(start->wall + ns, time, sizeof(time))));
	line = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return line;
}
