/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule engine: for each request of the layer, it finds the rules that match, performs their
 * actions, and reports the outcome.
 *
 * Random choices depend on seed, rule and number of the match, so the same requests in the same
 * order are treated the same. Any thread may add, remove, enable and disable rules at any time. A
 * request in progress keeps the rules that fired for it.
 */
#ifndef INJECTOR_RULES_RULES_H
#define INJECTOR_RULES_RULES_H

#include "injector/base/kernel.h"
#include "injector/rules/hooks.h"
#include "injector/rules/lose.h"
#include "injector/rules/rule_event.h"
#include "injector/rules/rule_spec.h"

#include <stdatomic.h>

struct rules;

/* The environment of the engine. */
struct rules_config {
	uint64_t seed;
	bool no_data;                 /* reads and writes bypass the layer (passthrough) */
	bool maps_past;               /* only mappings bypass the layer (mixed) */
	const _Atomic int *phase;     /* of the run, enum run_phase ORed; NULL: no run */
	struct kernel_version kernel; /* for the shape of its splits */
	/* Called for each event by the thread that causes it; must not sleep. May be NULL. */
	void (*emit)(void *context, const struct rule_event *event);
	void *context;
};

/* Returns 0 or -ENOMEM. Release with rules_free(). */
int rules_make(struct rules **rules, const struct rules_config *config);

/* Frees the engine; no request may be in progress. NULL is allowed. */
void rules_free(struct rules *rules);

/*
 * Adds rules after the present ones, either all or none. Identifiers count from 1 and are not
 * reused. why: on error, what is wrong and what is allowed; on success, a warning or ""; cut to
 * `size` bytes. wrong: the index of the spec that `why` is about. Returns 0; -EINVAL, -ENOMEM or
 * -errno of a histogram.
 */
int rules_add(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
	      char *why, size_t size);

/* The same, but replaces the present rules; on error they stay. */
int rules_replace(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
		  char *why, size_t size);

/* Resets the counters of a rule (0: of all) and of its actions: matches, firings, errors that
 * recover, quotas. Returns 0 or -ENOENT. */
int rules_reset(struct rules *rules, unsigned int id);

/* Removes a rule. Returns 0, -ENOENT or -ENOMEM. */
int rules_remove(struct rules *rules, unsigned int id);

/* Enables or disables a rule. Returns 0 or -ENOENT. */
int rules_enable(struct rules *rules, unsigned int id, bool enabled);

/* The identifier of the first rule that has that name, or that number as its identifier; 0: none.
 */
unsigned int rules_find(struct rules *rules, const char *name);

struct rule_status {
	unsigned int id;
	char name[RULE_NAME_MAX];
	char operations[96];
	char actions[96];
	bool enabled;
	uint64_t matched; /* requests that met all conditions but nth, probability, times */
	uint64_t fired;   /* requests that met these, too */
	uint64_t last;    /* arrival of the last of these, CLOCK_MONOTONIC ns; 0: none */
};

/* Calls `each` for every rule in order; it must not change the rules. */
void rules_list(struct rules *rules, void (*each)(void *context, const struct rule_status *),
		void *context);

/* The number of rules. */
size_t rules_count(struct rules *rules);

/* How often a rule has fired; 0 if there is no such rule. */
uint64_t rules_fired(struct rules *rules, unsigned int id);

struct hold_status {
	char name[RULE_NAME_MAX];
	uint64_t waiting, wanted; /* requests; wanted: to release all; 0: never */
	uint64_t released, timed_out;
};

/* Calls `each` for every hold that a request has entered. */
void rules_holds(struct rules *rules, void (*each)(void *context, const struct hold_status *),
		 void *context);

/* Releases `count` requests of a hold (0: all). Returns how many, or -ENOENT: no such hold. */
long rules_release(struct rules *rules, const char *hold, uint64_t count);

/* Hooks that apply the rules; valid until rules_free(). */
struct hooks rules_hooks(struct rules *rules);

#endif
