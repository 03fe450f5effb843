/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the rule engine, shared by its parts: rules.c keeps the rules, rule_compile.c makes
 * them of what is written, rule_match.c finds those that match a request, rule_choose.c counts
 * the matches, rule_plan.c takes a request through their actions (rule_action.h).
 *
 * A set of rules never changes: a change makes a new one and waits until no thread looks at the old
 * one any more (readers, two counters that take turns). Rules themselves are counted references,
 * so plans keep theirs.
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
	uint64_t mask; /* of opcodes */
	/* Strings are owned; lists are not used any more. */
	struct rule_when when;
	uint32_t flags_value, flags_mask;
	bool data_syncs_only; /* of syncs, fdatasync alone */
	unsigned int watches; /* what of its files may not be kept, HOOK_KEPT_* */
	uint32_t tests;       /* bits of rule_tests[] that are to be asked */
	struct action actions[RULE_ACTIONS_MAX];
	size_t action_count;
	_Atomic uint64_t matched, fired;
	_Atomic uint64_t last;  /* when it fired last, CLOCK_MONOTONIC ns; 0: never */
	struct tallies tallies; /* by when.per */
};

/*
 * What is asked first of each rule of an operation, so small that a thousand stay in the first
 * cache of a processor. It lets through too many, never too few.
 */
struct rule_entry {
	uint32_t first, last; /* the request touches these 4 KiB, see rule_page() */
	uint32_t value;       /* of the field of the request, see rule_key() */
	uint32_t field;       /* enum rule_field */
};

/* Which 4 KiB a byte is in; all beyond 16 TiB are one. */
static inline uint32_t rule_page(uint64_t offset)
{
	return offset >> 12 < UINT32_MAX ? (uint32_t)(offset >> 12) : UINT32_MAX;
}

/* A number, folded. */
static inline uint32_t rule_key(uint64_t value)
{
	return (uint32_t)(value ^ value >> 32);
}

/* What a request is compared by in one step. */
enum rule_field { FIELD_NONE, FIELD_INODE, FIELD_PID, FIELD_UID, FIELDS };

struct rule_list {
	struct rule_entry *entries;
	struct rule **rules; /* of the entries */
	size_t count;
	bool has_globs;
};

struct rule_set {
	uint64_t number; /* of the set, never used again */
	struct rule **rules;
	size_t count;
	bool counts_handles;  /* one of them does */
	unsigned int watches; /* of them all, HOOK_KEPT_* */
	struct rule_list lists[OPCODES];
};

/* Crashes, see rule_crash.h. */
struct rules_crasher {
	struct crash_plan plan;
	bool has_plan, plan_made;
	uint64_t at;          /* when it is due, CLOCK_MONOTONIC ns */
	_Atomic bool awaited; /* there may be a crash: nothing may be kept above */
	pthread_mutex_t lock; /* of what follows */
	pthread_t thread;     /* of one by a rule after which the layer serves on */
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
	_Atomic unsigned int turn; /* which of the counters new readers use */
	_Atomic long readers[2];
	pthread_mutex_t change; /* who makes a new set */
	unsigned int last_id;
	_Atomic uint64_t decisions;
	struct rules_crasher crasher;
	struct holds holds;
	void (*forget)(void *layer); /* see hooks->began; change lock */
	void *layer;
	/* What the actions of one kind share, for kinds that share something. */
	struct {
		const struct rule_action *kind;
		void *state; /* owned */
	} shared[RULE_ACTION_KINDS];
	size_t shared_count;
};

/* Makes a rule. Returns 0 or -errno with `why`; the rule has one reference, also on error. */
int rule_compile(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
		 char *why, size_t size);
void rule_unref(struct rule *rule);

/* Whether a rule can match; takes operations out of it that cannot. Returns 0 or -EINVAL with
 * `why`. */
int rule_check(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
	       char *why, size_t size);

/* Whether what the rules of a list refer to, from `first` on, is in it. wrong: the rule that `why`
 * is about, from 0 at `first`. Returns 0 or -EINVAL with `why`. */
int rules_check_references(const struct rules *rules, struct rule *const *list, size_t first,
			   size_t count, size_t *wrong, char *why, size_t size);

/* Takes operations out of a rule that are not in the mask. One that is named by itself is an error,
 * and so are none that are left. what: asks for it. Returns 0 or -EINVAL with `why`. */
int rule_restrict(struct rule *rule, const struct rule_spec *spec, uint64_t mask, const char *what,
		  char *why, size_t size);

/* Whether one of the rules releases a hold. */
bool rules_open(struct rule *const *rules, size_t count, const char *hold);

/* What the actions of a kind share, NULL: nothing. */
void *rules_shared(const struct rules *rules, const struct rule_action *kind);

/* Makes a set of `count` rules, takes a reference on each. NULL without memory. */
struct rule_set *rule_set_make(struct rule **rules, size_t count, uint64_t number);
void rule_set_free(struct rule_set *set);

/* A rule that fires for the request, and the number of its match. */
struct rule_match {
	struct rule *rule; /* a reference */
	uint64_t number;
};

/* Finds all rules that fire for the request. Returns how many. */
size_t rules_match(struct rules *rules, const struct hook_request *request,
		   struct rule_match matches[RULES_MAX]);

/* Counts a match of the rule. Returns its number when it is one of those that are meant; 0: not. */
uint64_t rule_choose(struct rules *rules, struct rule *rule, const struct hook_request *request);

/* What of a file may not be kept, see struct hooks. */
unsigned int rules_watch(struct rules *rules, const char *path, uint64_t inode);

/* Forgets what was counted for a handle, when the request releases it. */
void rule_forget_handle(const struct rule_set *set, const struct hook_request *request);

/* The bit of rule_tests[] by what the rule asks for. */
uint32_t rule_tests_of(const struct rule *rule);

/* Operations that have what a condition asks for. */
uint64_t rule_conditions_mask(const struct rule_when *when, const char **missing);

#endif
