/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crashes of a mount: by a rule, at a moment, or by a control request. What is lost by them is up
 * to lose.h. Each is told as an event of the action "crash", after one "lost" for each file that
 * lost data and one "undone" for each name.
 */
#ifndef INJECTOR_RULES_RULE_CRASH_H
#define INJECTOR_RULES_RULE_CRASH_H

#include "injector/base/schema_key.h"
#include "injector/rules/lose.h"

struct rules;
struct rules_config;

/* One that comes by itself. */
struct crash_plan {
	struct lose_settings settings;
	uint64_t from,
		until; /* ns since the layer started: at a moment between them, by the seed */
};

/* The keys of struct lose_settings, and of struct crash_plan. */
extern const struct schema_key crash_settings_keys[];
extern const struct schema_key crash_plan_keys[];

/* Whether all that is written and changed comes to the layer. what: the key. Returns 0, or -EINVAL
 * with `why`. */
int crash_check(const struct rules_config *config, const char *what, char *why, size_t size);

/* Plans a crash, and remembers what it could lose from now on. Once; before the layer serves.
 * Returns as crash_check(). */
int rules_plan_crash(struct rules *rules, const struct crash_plan *plan, char *why, size_t size);

/* How many ms it is until a planned crash; 0: it is due; -1: none is left. */
int rules_crash_in(struct rules *rules);

/* Makes the planned crash. Not by a thread of the layer. */
void rules_crash_as_planned(struct rules *rules);

/* Crashes. settings: NULL: as planned, or with nothing kept, and it serves on. Not by a thread of
 * the layer. */
struct lose_report rules_crash(struct rules *rules, const struct lose_settings *settings);

/* Those of the plan, or what a crash is without one. */
struct lose_settings rules_crash_settings(const struct rules *rules);

/* The same from a request of a rule, which is to fail with EIO then. Where the layer serves on,
 * this is made by a thread of its own, when the kernel has written back what was stored through
 * mappings. */
void rules_crash_by_rule(struct rules *rules, const struct lose_settings *settings,
			 const char *rule);

/* Waits for a crash by a rule that is under way. */
void rules_await_crash(struct rules *rules);

struct crash_status {
	bool off;         /* all requests fail since */
	uint64_t crashes; /* so far */
	uint64_t lost;    /* bytes, by all of them */
	struct lose_report last;
};

struct crash_status rules_crash_status(struct rules *rules);

#endif
