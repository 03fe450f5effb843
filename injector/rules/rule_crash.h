/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Crashes of a mount: by a rule, at a planned time, or by a control request. lose.h decides what is
 * lost. Each crash is reported as an event of the action "crash", after a "lost" for each file that
 * lost data and an "undone" for each name.
 */
#ifndef INJECTOR_RULES_RULE_CRASH_H
#define INJECTOR_RULES_RULE_CRASH_H

#include "injector/base/schema_key.h"
#include "injector/rules/lose.h"

struct rules;
struct rules_config;

/* A crash at a random time between from and until, by the seed. */
struct crash_plan {
	struct lose_settings settings;
	uint64_t from, until; /* ns since the engine was made */
};

/* The keys of struct lose_settings, and of struct crash_plan. */
extern const struct schema_key crash_settings_keys[];
extern const struct schema_key crash_plan_keys[];

/* Whether the layer can crash: it is outside of a run, and gets all writes and changes. what: the
 * key, for `why`. Returns 0, or -EINVAL with `why`. */
int crash_check(const struct rules_config *config, const char *what, char *why, size_t size);

/* Plans the engine's one crash, and records all writes and changes from now on. Call it before the
 * layer serves. Returns 0, or -EINVAL with `why`: as crash_check(), or there is a plan already. */
int rules_plan_crash(struct rules *rules, const struct crash_plan *plan, char *why, size_t size);

/* The time until the planned crash in ms; 0: it is due; -1: none is left. */
int rules_crash_in(struct rules *rules);

/* Makes the planned crash. Not from a thread of the layer. */
void rules_crash_as_planned(struct rules *rules);

/* Makes a crash at once. settings: NULL: those of rules_crash_settings(). Not from a thread of the
 * layer. */
struct lose_report rules_crash(struct rules *rules, const struct lose_settings *settings);

/* The settings of the plan; without one: LOSE_SERVE, and nothing is kept. */
struct lose_settings rules_crash_settings(const struct rules *rules);

/* Makes a crash for a request for which a rule fires, and which then fails with EIO. With
 * LOSE_SERVE the crash is made by a thread of its own, after writeback, and none is made while
 * another by a rule is in progress. rule: its name. */
void rules_crash_by_rule(struct rules *rules, const struct lose_settings *settings,
			 const char *rule);

/* Waits for the thread of a crash by a rule, if there is one. */
void rules_await_crash(struct rules *rules);

struct crash_status {
	bool off;         /* after LOSE_FAIL: all requests fail */
	uint64_t crashes; /* so far */
	uint64_t lost;    /* bytes, by all crashes */
	struct lose_report last;
};

struct crash_status rules_crash_status(struct rules *rules);

#endif
