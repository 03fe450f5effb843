/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_crash.h"
#include "injector/base/random.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { NS_PER_MS = 1000000 };

/* Parses "1,3..5", counted from 1, into a bit for each write. */
static bool parse_writes(const char *text, struct lose_keep *keep)
{
	uint64_t first, last;

	do {
		text = rule_read_number(text, &first);
		last = first;
		if (text && !strncmp(text, "..", 2))
			text = rule_read_number(text + 2, &last);
		if (!text || !first || last < first || last > LOSE_WRITES)
			return false;
		for (uint64_t i = first - 1; i < last; i++)
			keep->writes[i / 64] |= UINT64_C(1) << i % 64;
	} while (*text == ',' && text++);
	return !*text;
}

static int parse_keep(const char *text, void *field, char *why, size_t size)
{
	struct lose_keep *keep = field;

	*keep = (struct lose_keep){ .kind = LOSE_NONE };
	if (!strcmp(text, "none"))
		return 0;
	keep->kind = !strcmp(text, "random") ? LOSE_RANDOM : LOSE_LISTED;
	if (keep->kind == LOSE_RANDOM || parse_writes(text, keep))
		return 0;
	snprintf(why, size,
		 "\"%s\" is not valid; allowed: none, random, or numbers of unsynced writes from 1 "
		 "to %d such as \"1,3\" or \"2..5\"",
		 text, LOSE_WRITES);
	return -EINVAL;
}

/* Parses a time, or a range of times, into from and until. */
static int parse_at(const char *text, void *field, char *why, size_t size)
{
	struct crash_plan *plan = (void *)((char *)field - offsetof(struct crash_plan, from));
	const char *dots = strstr(text, "..");
	char first[32];

	snprintf(first, sizeof(first), "%.*s", (int)(dots ? dots - text : INT_MAX), text);
	if (!units_parse_duration(first, &plan->from) &&
	    !units_parse_duration(dots ? dots + 2 : first, &plan->until) &&
	    plan->from <= plan->until && plan->until <= 24 * RULE_HOUR)
		return 0;
	snprintf(why, size,
		 "\"%s\" is not valid; allowed: a duration such as \"5s\", or two such as "
		 "\"1s..5s\", up to 24h",
		 text);
	return -EINVAL;
}

#define SETTING(member) .offset = offsetof(struct lose_settings, member)
#define SETTINGS                                                                                   \
	{ "then",                                                                                  \
	  SCHEMA_WORD,                                                                             \
	  SETTING(then),                                                                           \
	  "fail",                                                                                  \
	  .help = "what the layer does after the crash",                                           \
	  .SCHEMA_WORDS(WORD("fail", "fails all requests with EIO until it is mounted again"),     \
			WORD("serve", "goes on with the remaining data")) },                       \
		{ "names",                                                                         \
		  SCHEMA_WORD,                                                                     \
		  SETTING(names),                                                                  \
		  "ordered",                                                                       \
		  .help = "which names, sizes and allocations a sync makes durable",               \
		  .SCHEMA_WORDS(WORD("ordered", "all up to the last change of the synced file, "   \
						"as XFS and ext4 do"),                             \
				WORD("any",                                                        \
				     "only those of the file or directory, as POSIX requires")) }, \
		{ "keep",                                                                          \
		  SCHEMA_PARSED,                                                                   \
		  SETTING(keep),                                                                   \
		  "none",                                                                          \
		  "none, random, or numbers of unsynced writes such as \"1,3\" or \"2..5\"",       \
		  "unsynced writes that survive nevertheless",                                     \
		  .parse = parse_keep,                                                             \
		  .noun = "text" },                                                                \
	{                                                                                          \
		"torn", SCHEMA_WORD, SETTING(torn), "none",                                        \
			.help = "where surviving data end early, at a place that depends on the "  \
				"seed: in each page, or in the last of the listed writes",         \
			.SCHEMA_WORDS(WORD("none", NULL), WORD("page", "at a page"),               \
				      WORD("sector", "at a sector of 512 bytes"))                  \
	}

const struct schema_key crash_settings_keys[] = { SETTINGS, { .name = NULL } };

const struct schema_key crash_plan_keys[] = {
	{ "at", SCHEMA_PARSED, .offset = offsetof(struct crash_plan, from), .fallback = "1s",
	  .allowed = "a duration such as \"5s\", or two such as \"1s..5s\"",
	  .help = "time since the start of the layer; of a range, a random time that depends "
		  "on the seed",
	  .parse = parse_at, .noun = "text" },
	SETTINGS,
	{ .name = NULL },
};

int crash_check(const struct rules_config *config, const char *what, char *why, size_t size)
{
	if (config->phase)
		snprintf(why, size,
			 "%s: the readers of a run take what is lost for wrong; allowed: rules of "
			 "foliostorm mount",
			 what);
	else if (config->no_data || config->maps_past)
		snprintf(why, size,
			 "%s: on the data path %s %s the layer, and would survive; allowed: the "
			 "data path daemon",
			 what, config->no_data ? "passthrough" : "mixed",
			 config->no_data ? "what is written to files goes past"
					 : "stores through a mapping go past");
	else
		return 0;
	return -EINVAL;
}

static struct lose *lose_of(const struct rules *rules)
{
	return rules_shared(rules, &rule_action_lose);
}

int rules_crash_in(struct rules *rules)
{
	const struct rules_crasher *crasher = &rules->crasher;
	uint64_t now = units_now();

	if (!crasher->has_plan || crasher->plan_made)
		return -1;
	/* Fits into an int: at is 24 hours at most. */
	return now >= crasher->at ? 0 : (int)((crasher->at - now) / NS_PER_MS) + 1;
}

/* The common part of the events of a crash. */
struct telling {
	struct rules *rules;
	const char *rule; /* NULL: none */
	char source[PATH_MAX];
};

static void tell(const struct telling *telling, struct rule_event *event)
{
	const struct rules_config *config = &telling->rules->config;

	event->time = units_now();
	snprintf(event->name, sizeof(event->name), "%s", telling->rule ?: "");
	if (config->emit)
		config->emit(config->context, event);
}

static void tell_lost(void *context, const char *path, bool is_name, uint64_t bytes)
{
	const struct telling *telling = context;
	struct rule_event event = { .drawn = bytes };
	size_t source = strlen(telling->source), length;

	if (!strncmp(path, telling->source, source) && path[source] == '/')
		path += source + 1;
	length = strlen(path);
	snprintf(event.path, sizeof(event.path), "%s",
		 length < sizeof(event.path) ? path : path + length - sizeof(event.path) + 1);
	snprintf(event.action, sizeof(event.action), "%s", is_name ? "undone" : "lost");
	tell(telling, &event);
}

/* Takes the lock of crashes, so that lose_layer_ended() waits for it. */
static int open_source(struct lose *lose)
{
	struct hook_request root;
	int fd = -1;

	pthread_mutex_lock(&lose->crash);
	if (atomic_load(&lose->knows_layer) && lose->any.lookups) {
		root = lose->any;
		root.nodeid = FUSE_ROOT_ID;
		fd = root.lookups->open(&root, O_PATH | O_DIRECTORY);
	}
	pthread_mutex_unlock(&lose->crash);
	return fd;
}

static void name_source(struct lose *lose, char source[PATH_MAX])
{
	int fd = open_source(lose);
	char link[32];
	ssize_t length = -1;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	if (fd >= 0) {
		length = readlink(link, source, PATH_MAX - 1);
		close(fd);
	}
	/* Empty for "/", so that a path begins with the source's and a slash. */
	source[length > 1 ? length : 0] = '\0';
}

static struct lose_report crash(struct rules *rules, const struct lose_settings *settings,
				const char *rule)
{
	struct rules_crasher *crasher = &rules->crasher;
	struct telling telling = { .rules = rules, .rule = rule };
	const struct lose_witness witness = { .lost = tell_lost, .context = &telling };
	struct rule_event event = { .action = "crash" };
	struct lose_report report;

	name_source(lose_of(rules), telling.source);
	report = lose_crash(lose_of(rules), settings, &witness);
	/* All requests fail already: there was no crash. */
	if (!report.made && !report.error)
		return report;
	event.drawn = report.bytes;
	event.error = -report.error;
	pthread_mutex_lock(&crasher->lock);
	crasher->last = report;
	crasher->lost += report.bytes;
	pthread_mutex_unlock(&crasher->lock);
	tell(&telling, &event);
	return report;
}

struct lose_settings rules_crash_settings(const struct rules *rules)
{
	return rules->crasher.has_plan ? rules->crasher.plan.settings
				       : (struct lose_settings){ .then = LOSE_SERVE };
}

struct lose_report rules_crash(struct rules *rules, const struct lose_settings *settings)
{
	struct lose_settings planned = rules_crash_settings(rules);

	return crash(rules, settings ?: &planned, NULL);
}

void rules_crash_as_planned(struct rules *rules)
{
	rules->crasher.plan_made = true;
	crash(rules, &rules->crasher.plan.settings, NULL);
}

static void *run_crash(void *context)
{
	struct rules *rules = context;
	struct rules_crasher *crasher = &rules->crasher;

	crash(rules, &crasher->settings, crasher->rule);
	pthread_mutex_lock(&crasher->lock);
	crasher->busy = false;
	pthread_mutex_unlock(&crasher->lock);
	return NULL;
}

void rules_crash_by_rule(struct rules *rules, const struct lose_settings *settings,
			 const char *rule)
{
	struct rules_crasher *crasher = &rules->crasher;
	int r;

	if (settings->then == LOSE_FAIL) {
		crash(rules, settings, rule);
		return;
	}
	pthread_mutex_lock(&crasher->lock);
	/* While a crash is in progress there is no other. */
	if (!crasher->busy) {
		if (crasher->started)
			pthread_join(crasher->thread, NULL);
		crasher->settings = *settings;
		snprintf(crasher->rule, sizeof(crasher->rule), "%s", rule);
		r = pthread_create(&crasher->thread, NULL, run_crash, rules);
		crasher->busy = crasher->started = !r;
		if (r)
			report(-r, "rule %s: the power is not cut", rule);
	}
	pthread_mutex_unlock(&crasher->lock);
}

void rules_await_crash(struct rules *rules)
{
	struct rules_crasher *crasher = &rules->crasher;
	pthread_t thread;
	bool started;

	pthread_mutex_lock(&crasher->lock);
	thread = crasher->thread;
	started = crasher->started;
	/* On a detached mount another crash may begin meanwhile: it must not join this one. */
	crasher->started = false;
	pthread_mutex_unlock(&crasher->lock);
	if (started)
		pthread_join(thread, NULL);
}

struct crash_status rules_crash_status(struct rules *rules)
{
	struct rules_crasher *crasher = &rules->crasher;
	struct lose *lose = lose_of(rules);
	struct crash_status status = { .off = lose_is_off(lose) };

	pthread_mutex_lock(&lose->lock);
	status.crashes = lose->crashes;
	pthread_mutex_unlock(&lose->lock);
	pthread_mutex_lock(&crasher->lock);
	status.last = crasher->last;
	status.lost = crasher->lost;
	pthread_mutex_unlock(&crasher->lock);
	return status;
}
