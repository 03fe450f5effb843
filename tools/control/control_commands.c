/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The commands that a running layer accepts: one row of commands[] each. */
#include "injector/base/append_text.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/units.h"
#include "injector/rules/rule_crash.h"
#include "tools/base/keys.h"
#include "tools/control/control.h"
#include "tools/control/operation_counts.h"
#include "tools/scenario/scenario_rules.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static json_t *__attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
	_cleanup_free_ char *why = NULL;
	va_list args;
	int length;

	va_start(args, format);
	length = vasprintf(&why, format, args);
	va_end(args);
	if (length < 0)
		why = NULL;
	return json_pack("{s:b, s:o}", "ok", 0, "error", key_text_of(why ?: "out of memory"));
}

static json_t *succeed(void)
{
	return json_pack("{s:b}", "ok", 1);
}

static void add_rule(void *context, const struct rule_status *rule)
{
	json_t *ago = rule->last ? key_number(units_now() - rule->last) : json_null();

	json_array_append_new(context, json_pack("{s:i, s:o, s:s, s:s, s:b, s:o, s:o, s:o}", "id",
						 (int)rule->id, "name", key_text_of(rule->name),
						 "operations", rule->operations, "actions",
						 rule->actions, "enabled", rule->enabled, "matched",
						 key_number(rule->matched), "fired",
						 key_number(rule->fired), "fired_ago_ns", ago));
}

json_t *control_rules(struct steering *steering)
{
	json_t *array = json_array();

	rules_list(steering->rules, add_rule, array);
	return array;
}

static void add_hold(void *context, const struct hold_status *hold)
{
	json_array_append_new(
		context,
		json_pack("{s:o, s:o, s:o, s:o, s:o}", "name", key_text_of(hold->name), "waiting",
			  key_number(hold->waiting), "count", key_number(hold->wanted), "released",
			  key_number(hold->released), "timed_out", key_number(hold->timed_out)));
}

static json_t *holds_of(struct steering *steering)
{
	json_t *array = json_array();

	rules_holds(steering->rules, add_hold, array);
	return array;
}

/* Returns the number of open descriptors of this process. */
static uint64_t count_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	uint64_t count = 0;

	if (!directory)
		return 0;
	while (readdir(directory))
		count++;
	closedir(directory);
	/* Without ".", ".." and the descriptor of the directory. */
	return count - 3;
}

static json_t *report_json(const struct lose_report *report)
{
	return json_pack("{s:o, s:o, s:o, s:o, s:o, s:o}", "files", key_number(report->files),
			 "pages", key_number(report->pages), "lost", key_number(report->lost),
			 "bytes", key_number(report->bytes), "changes", key_number(report->changes),
			 "missed", key_number(report->missed));
}

/* Returns the crashes so far, with what the last one lost. */
static json_t *crashes_of(struct steering *steering)
{
	const struct crash_status status = rules_crash_status(steering->rules);
	json_t *object = report_json(&status.last);

	json_object_set_new(object, "crashes", key_number(status.crashes));
	json_object_set_new(object, "off", json_boolean(status.off));
	return object;
}

static json_t *status(struct steering *steering, const json_t *request)
{
	const struct layer_negotiated *negotiated = &steering->negotiated;
	const struct steering_config *config = &steering->config;
	json_t *answer = succeed();

	(void)request;
	json_object_set_new(answer, "source", key_text_of(config->source));
	json_object_set_new(answer, "mountpoint", key_text_of(config->mountpoint));
	json_object_set_new(answer, "data_path",
			    json_string(layer_data_path_name(config->data_path)));
	json_object_set_new(answer, "seed", key_number(config->seed));
	json_object_set_new(answer, "uptime_ns",
			    key_number(units_now() - steering->start.monotonic));
	json_object_set_new(answer, "pid", key_number((uint64_t)getpid()));
	json_object_set_new(
		answer, "fuse",
		json_pack("{s:i, s:i, s:b, s:i, s:i, s:i, s:i}", "major",
			  (int)negotiated->proto_major, "minor", (int)negotiated->proto_minor,
			  "passthrough", negotiated->passthrough, "max_write",
			  (int)negotiated->max_write, "max_readahead",
			  (int)negotiated->max_readahead, "max_background",
			  (int)negotiated->max_background, "threads", (int)negotiated->threads));
	json_object_set_new(answer, "descriptors",
			    json_pack("{s:o, s:o}", "open", key_number(count_descriptors()),
				      "limit", key_number(negotiated->descriptors)));
	json_object_set_new(answer, "operations", operation_counts_json(steering->statistics));
	json_object_set_new(answer, "rules", control_rules(steering));
	json_object_set_new(answer, "holds", holds_of(steering));
	json_object_set_new(answer, "crash", crashes_of(steering));
	json_object_set_new(answer, "events", key_number(steering->events));
	json_object_set_new(
		answer, "storm",
		!config->storm_stopped
			? json_null()
			: json_string(atomic_load(config->storm_stopped) ? "stopped" : "running"));
	return answer;
}

static json_t *list_rules(struct steering *steering, const json_t *request)
{
	(void)request;
	return json_pack("{s:b, s:o}", "ok", 1, "rules", control_rules(steering));
}

static json_t *add_rules(struct steering *steering, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "text"));
	size_t before = rules_count(steering->rules);
	char message[1024];

	if (!text)
		return refuse("rules-add takes text: a rule as in a file of rules");
	if (rules_read_text(text, steering->rules, message, sizeof(message)))
		return refuse("%s", message);
	return json_pack("{s:b, s:o, s:o}", "ok", 1, "added",
			 key_number(rules_count(steering->rules) - before), "warning",
			 key_text_of(message));
}

static json_t *set_rules(struct steering *steering, const json_t *request)
{
	const char *text = json_string_value(json_object_get(request, "text"));
	char message[1024];

	if (!text)
		return refuse("rules-set takes text: rules as in a file of rules");
	if (rules_replace_by_text(text, steering->rules, message, sizeof(message)))
		return refuse("%s", message);
	return json_pack("{s:b, s:o, s:o}", "ok", 1, "set",
			 key_number(rules_count(steering->rules)), "warning", key_text_of(message));
}

/* Finds the rule that a request gives by name or number. Returns 0: there is none. */
static unsigned int rule_of(struct steering *steering, const json_t *request, const char **name)
{
	*name = json_string_value(json_object_get(request, "rule"));
	return *name ? rules_find(steering->rules, *name) : 0;
}

static json_t *change_rule(struct steering *steering, const json_t *request,
			   int (*change)(struct rules *rules, unsigned int id))
{
	const char *name;
	unsigned int id = rule_of(steering, request, &name);

	if (!name)
		return refuse("which rule? give its name or number");
	return id && !change(steering->rules, id) ? succeed() : refuse("no rule \"%s\"", name);
}

static int enable(struct rules *rules, unsigned int id)
{
	return rules_enable(rules, id, true);
}

static int disable(struct rules *rules, unsigned int id)
{
	return rules_enable(rules, id, false);
}

static json_t *remove_rule(struct steering *steering, const json_t *request)
{
	return change_rule(steering, request, rules_remove);
}

static json_t *enable_rule(struct steering *steering, const json_t *request)
{
	return change_rule(steering, request, enable);
}

static json_t *disable_rule(struct steering *steering, const json_t *request)
{
	return change_rule(steering, request, disable);
}

/* Resets the named rule, or all if none is named. */
static json_t *reset_rules(struct steering *steering, const json_t *request)
{
	if (json_object_get(request, "rule"))
		return change_rule(steering, request, rules_reset);
	rules_reset(steering->rules, 0);
	return succeed();
}

static json_t *list_holds(struct steering *steering, const json_t *request)
{
	(void)request;
	return json_pack("{s:b, s:o}", "ok", 1, "holds", holds_of(steering));
}

static json_t *release_hold(struct steering *steering, const json_t *request)
{
	const char *name = json_string_value(json_object_get(request, "hold"));
	const json_t *given = json_object_get(request, "count");
	json_int_t count = json_integer_value(given);
	long released;

	if (!name || (given && count < 1))
		return refuse("%s", name ? "count: allowed: from 1; without it all are let go"
					 : "which hold? give its name");
	released = rules_release(steering->rules, name, (uint64_t)count);
	if (released < 0)
		return refuse("no request has met a hold \"%s\"", name);
	return json_pack("{s:b, s:i}", "ok", 1, "released", (int)released);
}

static json_t *crash(struct steering *steering, const json_t *request)
{
	static const struct {
		const char *how;
		int keep, torn;
	} kinds[] = {
		{ "whole", LOSE_NONE, LOSE_UNTORN },
		{ "pages", LOSE_RANDOM, LOSE_UNTORN },
		{ "torn", LOSE_RANDOM, LOSE_TORN_SECTOR },
	};
	const json_t *given = json_object_get(request, "how");
	const char *how = json_string_value(given);
	struct lose_settings settings = rules_crash_settings(steering->rules);
	struct lose_report report;
	json_t *answer;
	size_t kind = 0;

	if (rules_crash_status(steering->rules).off)
		return refuse("it has crashed already, and fails all requests; mount it again");
	if (given && !how)
		return refuse("how: is not a text; allowed: whole, pages, torn");
	while (how && kind < ARRAY_SIZE(kinds) && strcmp(kinds[kind].how, how))
		kind++;
	if (kind == ARRAY_SIZE(kinds))
		return refuse("\"%s\" is not a kind of crash; allowed: whole, pages, torn", how);
	if (how) {
		settings.keep = (struct lose_keep){ .kind = (unsigned int)kinds[kind].keep };
		settings.torn = kinds[kind].torn;
	}
	report = rules_crash(steering->rules, &settings);
	if (report.error == -ETIMEDOUT)
		return refuse("the kernel does not get to write back what was stored through "
			      "mappings: does a rule hold or delay its requests? nothing is lost");
	if (report.error)
		return refuse("putting the durable bytes back: %s", strerror(-report.error));
	if (report.missed)
		return refuse("%" PRIu64 " unsynced writes or changes could not be remembered, for "
			      "want of room, memory or descriptors, and survive; %" PRIu64
			      " pages were lost",
			      report.missed, report.lost);
	answer = succeed();
	json_object_update_missing_new(answer, report_json(&report));
	return answer;
}

static json_t *steer_storm(struct steering *steering, bool stopped)
{
	if (!steering->config.storm_stopped)
		return refuse("there is no storm here: only the layer of a run has one");
	atomic_store(steering->config.storm_stopped, stopped);
	return succeed();
}

static json_t *start_storm(struct steering *steering, const json_t *request)
{
	(void)request;
	return steer_storm(steering, false);
}

static json_t *stop_storm(struct steering *steering, const json_t *request)
{
	(void)request;
	return steer_storm(steering, true);
}

static json_t *follow_log(struct steering *steering, const json_t *request)
{
	(void)request;
	return json_pack("{s:b, s:o}", "ok", 1, "events", key_number(steering->events));
}

static const struct {
	const char *name;
	json_t *(*run)(struct steering *steering, const json_t *request);
	bool follows;
} commands[] = {
	{ "status", status, false },
	{ "rules-list", list_rules, false },
	{ "rules-add", add_rules, false },
	{ "rules-set", set_rules, false },
	{ "rules-reset", reset_rules, false },
	{ "rules-remove", remove_rule, false },
	{ "rules-enable", enable_rule, false },
	{ "rules-disable", disable_rule, false },
	{ "holds-list", list_holds, false },
	{ "holds-release", release_hold, false },
	{ "crash", crash, false },
	{ "storm-start", start_storm, false },
	{ "storm-stop", stop_storm, false },
	{ "log", follow_log, true },
};

static json_t *run_command(struct steering *steering, const json_t *request, bool *follow)
{
	const char *name = json_string_value(json_object_get(request, "command"));
	char names[256] = "";
	size_t used = 0;

	for (size_t i = 0; i < ARRAY_SIZE(commands); i++) {
		if (name && !strcmp(commands[i].name, name)) {
			*follow |= commands[i].follows;
			return commands[i].run(steering, request);
		}
		used = append_text(names, sizeof(names), used, "%s%s", i ? ", " : "",
				   commands[i].name);
	}
	return refuse("%s%s%s; allowed: %s", name ? "no command \"" : "no command", name ?: "",
		      name ? "\"" : "", names);
}

json_t *control_command(struct steering *steering, const char *line, size_t length, bool *follow)
{
	json_error_t error;
	json_t *request = json_loadb(line, length, 0, &error), *answer;

	if (!request)
		return refuse("not a request in JSON: %s", error.text);
	answer = run_command(steering, request, follow);
	json_decref(request);
	return answer;
}
