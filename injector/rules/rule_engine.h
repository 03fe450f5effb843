/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The internals of the rule engine, shared by its parts: rules.c keeps the rules, rule_compile.c
 * makes them from their specs, rule_check.c rejects those that can never match, rule_match.c finds
 * those that match a request, rule_choose.c counts the matches, rule_plan.c takes a request through
 * their actions (rule_action.h).
 *
 * A set of rules is immutable: a change installs a new set and waits until no thread reads the old
 * one any more (readers: two counters used in turn). Rules are reference counted, so plans keep
 * theirs.
 */
#ifndef INJECTOR_RULES_RULE_ENGINE_H
#define INJECTOR_RULES_RULE_ENGINE_H

#include "injector/rules/rule_action.h"
#include "injector/rules/rule_crash.h"
#include "injector/rules/tally.h"

enum { OPCODES = 64, RULES_MAX = 4096 };

struct rule {
	_Atomic unsigned int references;
	unsigned int id;
	char name[RULE_NAME_MAX];
	char operations[96];
	_Atomic bool enabled;
	uint64_t mask; /* HOOK_BIT() of its operations */
	/* Strings are owned; lists belong to the spec and are not used. */
	struct rule_when when;
	uint32_t flags_value, flags_mask;
	bool data_syncs_only; /* of fsync requests, only those of fdatasync */
	unsigned int watches; /* HOOK_KEPT_* that the kernel must not cache of its files */
	uint32_t tests;       /* a bit for each test of rule_tests[] to run */
	struct action actions[RULE_ACTIONS_MAX];
	size_t action_count;
	_Atomic uint64_t matched, fired;
	_Atomic uint64_t last;  /* arrival of the last request it fired for, ns; 0: none */
	struct tallies tallies; /* by when.per */
};

/*
 * The first test of each rule of an operation, so small that a thousand fit into a processor's
 * first-level cache. It may pass a request that does not match, but never reject one that does.
 */
struct rule_entry {
	uint32_t first, last; /* the request touches these 4 KiB blocks, see rule_page() */
	uint32_t value;       /* of the field of the request, see rule_key() */
	uint32_t field;       /* enum rule_field */
};

/* The number of the 4 KiB block of a byte; those beyond 16 TiB share one. */
static inline uint32_t rule_page(uint64_t offset)
{
	return offset >> 12 < UINT32_MAX ? (uint32_t)(offset >> 12) : UINT32_MAX;
}

/* Folds a number to 32 bits. */
static inline uint32_t rule_key(uint64_t value)
{
	return (uint32_t)(value ^ value >> 32);
}

/* The field that an entry compares; FIELD_NONE: 0 with 0. */
enum rule_field { FIELD_NONE, FIELD_INODE, FIELD_PID, FIELD_UID, FIELDS };

struct rule_list {
	struct rule_entry *entries;
	struct rule **rules; /* of the entries; references of the set */
	size_t count;
	bool has_globs; /* some rule has when.path */
};

struct rule_set {
	uint64_t number;     /* never reused, in any engine */
	struct rule **rules; /* references */
	size_t count;
	bool counts_handles;  /* some rule has when.per = "handle" */
	unsigned int watches; /* of all rules, HOOK_KEPT_* */
	struct rule_list lists[OPCODES];
};

/* Crashes, see rule_crash.h. */
struct rules_crasher {
	struct crash_plan plan;
	bool has_plan, plan_made;
	uint64_t at;          /* when the planned one is due, CLOCK_MONOTONIC ns */
	_Atomic bool awaited; /* some rule or plan crashes: the kernel must not cache */
	pthread_mutex_t lock; /* of what follows */
	pthread_t thread;     /* of a crash by a rule with LOSE_SERVE */
	bool started, busy;
	struct lose_settings settings;
	char rule[RULE_NAME_MAX];
	struct lose_report last;
	uint64_t lost; /* bytes, by all crashes */
};

struct rules {
	struct rules_config config;
	uint64_t start;
	_Atomic(struct rule_set *) set;
	_Atomic unsigned int turn; /* its lowest bit: the counter for new readers */
	_Atomic long readers[2];
	pthread_mutex_t change; /* held while the set is replaced or listed */
	unsigned int last_id;
	_Atomic uint64_t decisions;
	struct rules_crasher crasher;
	struct holds holds;
	void (*forget)(void *layer); /* see hooks->began; change lock */
	void *layer;
	/* Shared states of the kinds of actions that have one. */
	struct {
		const struct rule_action *kind;
		void *state; /* owned */
	} shared[RULE_ACTION_KINDS];
	size_t shared_count;
};

/* Fills in a rule (id set, else zeros) from its spec. Returns 0 or -errno with `why`. The rule has
 * one reference, also on error. unref: drops a reference, frees the rule with the last; NULL is
 * allowed. */
int rule_compile(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
		 char *why, size_t size);
void rule_unref(struct rule *rule);

/* Whether a rule can match; takes operations that cannot out of it. Returns 0 or -EINVAL with
 * `why`. */
int rule_check(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
	       char *why, size_t size);

/* Whether the holds, rules and actions to which the rules from `first` on refer are in the list.
 * wrong: the index after `first` of the rule that `why` is about. Returns 0 or -EINVAL with `why`.
 */
int rules_check_references(const struct rules *rules, struct rule *const *list, size_t first,
			   size_t count, size_t *wrong, char *why, size_t size);

/* Takes operations that are not in the mask out of a rule. It is an error if the rule names one of
 * them by itself, or if none is left. what: the key that requires it, for `why`. Returns 0 or
 * -EINVAL with `why`. */
int rule_restrict(struct rule *rule, const struct rule_spec *spec, uint64_t mask, const char *what,
		  char *why, size_t size);

/* Whether one of the rules releases the hold of that name. */
bool rules_open(struct rule *const *rules, size_t count, const char *hold);

/* The shared state of a kind of actions; NULL: none. */
void *rules_shared(const struct rules *rules, const struct rule_action *kind);

/* Makes a set of `count` rules, and takes a reference on each. NULL without memory. */
struct rule_set *rule_set_make(struct rule **rules, size_t count, uint64_t number);
void rule_set_free(struct rule_set *set);

/* A rule that fires for a request, and the number of its match. */
struct rule_match {
	struct rule *rule; /* a reference */
	uint64_t number;
};

/* Finds all rules that fire for the request, in order. Returns how many; the caller drops the
 * references. */
size_t rules_match(struct rules *rules, const struct hook_request *request,
		   struct rule_match matches[RULES_MAX]);

/* Counts a match of the rule, and a firing if nth, probability and times let it fire. Returns the
 * number of the match, from 1, if it fires; else 0. */
uint64_t rule_choose(struct rules *rules, struct rule *rule, const struct hook_request *request);

/* HOOK_KEPT_* that the kernel must not cache of a file, see struct hooks. */
unsigned int rules_watch(struct rules *rules, const char *path, uint64_t inode);

/* Drops the tallies of a handle that the request releases. */
void rule_forget_handle(const struct rule_set *set, const struct hook_request *request);

/* The tests of rule_tests[] that the rule's conditions require, a bit for each. */
uint32_t rule_tests_of(const struct rule *rule);

/* HOOK_BIT() of the operations that have the fields of all conditions. missing: the key of the last
 * condition on a field; NULL: none. */
uint64_t rule_conditions_mask(const struct rule_when *when, const char **missing);

#endif
