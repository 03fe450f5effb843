/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rule engine: asked by the layer about each request, it finds the rules that match, acts
 * as each of them says, and reports the outcome.
 *
 * What is random is decided by seed, rule and number of the match, so the same requests in the same
 * order are treated the same. Rules may be added, removed, enabled and disabled at any time: that
 * takes effect between two requests, and a request that is under way keeps the rules it met.
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

/* What the engine stands in. */
struct rules_config {
	uint64_t seed;
	bool no_data;                 /* reads and writes do not come to this layer */
	bool maps_past;               /* they do, but nothing that is done through mappings */
	const _Atomic int *phase;     /* those of the run, enum run_phase; NULL: there are none */
	struct kernel_version kernel; /* for the shape of its splits */
	/* Called for each firing by the thread of the request; must not sleep. NULL: nobody is
	 * told. */
	void (*emit)(void *context, const struct rule_event *event);
	void *context;
};

/* Returns 0 or -ENOMEM. Release with rules_free(). */
int rules_make(struct rules **rules, const struct rules_config *config);

/* Frees the engine; no request may be under way. NULL is nothing. */
void rules_free(struct rules *rules);

/*
 * Adds rules behind those that are there, all of them or none. Their identifiers follow those given
 * out before, from 1. why: what is wrong and what is allowed, or, on success, a warning or "",
 * cut to `size` bytes. wrong: which spec, from 0, `why` is about. Returns 0; -EINVAL, -ENOMEM or
 * -errno of a histogram.
 */
int rules_add(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
	      char *why, size_t size);

/* The same in place of all that are there, which stay when something is wrong. */
int rules_replace(struct rules *rules, const struct rule_spec *specs, size_t count, size_t *wrong,
		  char *why, size_t size);

/* Has a rule count from the beginning again, id 0: all of them: matches, firings, and errors that
 * recover. Returns 0 or -ENOENT. */
int rules_reset(struct rules *rules, unsigned int id);

/* Removes a rule. Returns 0 or -ENOENT. */
int rules_remove(struct rules *rules, unsigned int id);

/* Lets a rule match or not. Returns 0 or -ENOENT. */
int rules_enable(struct rules *rules, unsigned int id, bool enabled);

/* The identifier of the first rule of that name, or of the number it is; 0: there is none. */
unsigned int rules_find(struct rules *rules, const char *name);

struct rule_status {
	unsigned int id;
	char name[RULE_NAME_MAX];
	char operations[96];
	char actions[96];
	bool enabled;
	uint64_t matched; /* requests for which all conditions but nth, probability, times held */
	uint64_t fired;   /* of them something was done to */
	uint64_t last;    /* when the last of those came, CLOCK_MONOTONIC ns; 0: none */
};

/* Calls `each` for every rule in order. */
void rules_list(struct rules *rules, void (*each)(void *context, const struct rule_status *),
		void *context);

/* How many rules there are. */
size_t rules_count(struct rules *rules);

/* How often a rule fired; 0 for one that is not there. */
uint64_t rules_fired(struct rules *rules, unsigned int id);

struct hold_status {
	char name[RULE_NAME_MAX];
	uint64_t waiting, wanted; /* wanted 0: no rendezvous */
	uint64_t released, timed_out;
};

/* Calls `each` for every hold that a request has met. */
void rules_holds(struct rules *rules, void (*each)(void *context, const struct hold_status *),
		 void *context);

/* Lets go of `count` requests of a hold (0: all). Returns how many, or -ENOENT: no such hold. */
long rules_release(struct rules *rules, const char *hold, uint64_t count);

/* Hooks that apply the rules; valid as long as the engine is. */
struct hooks rules_hooks(struct rules *rules);

#endif
