/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/control/rule_log.h"
#include "injector/base/cleanup.h"

#include <string.h>
#include <sys/eventfd.h>

struct rule_log_entry {
	struct rule_log_entry *next;
	struct rule_event event;
};

int rule_log_init(struct rule_log *log)
{
	pthread_mutexattr_t attributes;

	/* Held for a moment only; requests that go on together write at one instant. */
	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ADAPTIVE_NP);
	pthread_mutex_init(&log->lock, &attributes);
	pthread_mutexattr_destroy(&attributes);
	log->first = NULL;
	log->last = &log->first;
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

	if (!entry)
		return;
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

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

json_t *rule_event_json(const struct rule_event *event)
{
	json_t *object = json_object(), *path = json_string(event->path);

	json_object_set_new(object, "rule", json_string(event->name));
	json_object_set_new(object, "decision", number(event->decision));
	json_object_set_new(object, "match", number(event->match));
	json_object_set_new(object, "action", json_string(event->action));
	json_object_set_new(object, "operation", json_string(event->operation));
	/* File names may hold bytes that are no UTF-8. */
	json_object_set_new(object, "path", path ? path : json_string("?"));
	json_object_set_new(object, "offset", number(event->offset));
	json_object_set_new(object, "length", number(event->length));
	json_object_set_new(object, "pid", number(event->pid));
	json_object_set_new(object, "drawn", number(event->drawn));
	json_object_set_new(object, "measured_ns", number(event->measured));
	json_object_set_new(object, "cut_short", json_boolean(event->cut_short));
	json_object_set_new(object, "error",
			    event->error ? json_string(strerrorname_np(event->error) ?: "?")
					 : json_null());
	return object;
}

char *rule_event_line(const struct rule_event *event, uint64_t event_number, uint64_t start)
{
	json_t *object = rule_event_json(event);
	char *line;

	json_object_set_new(object, "type", json_string("rule"));
	json_object_set_new(object, "number", number(event_number));
	json_object_set_new(object, "ns", number(event->time > start ? event->time - start : 0));
	line = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	return line;
}
