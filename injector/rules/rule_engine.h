/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of the rule engine, shared by its parts: rules.c keeps the rules, rule_compile.c makes
 * them of what is written, rule_match.c finds those that match a request, rule_action.c does what
 * they say, rule_plan.c takes a request through it.
 *
 * A set of rules never changes: a change makes a new one and waits until no thread looks at the old
 * one any more (readers, two counters that take turns). Rules themselves are counted references,
 * so plans keep theirs.
 */
#ifndef INJECTOR_RULES_RULE_ENGINE_H
#define INJECTOR_RULES_RULE_ENGINE_H

#include "injector/rules/hold.h"
#include "injector/rules/misplace.h"
#include "injector/rules/rules.h"

enum { OPCODES = 64, FIRED_MAX = 32, RULES_MAX = 4096 };

struct action_kind;
struct plan;
struct firing;

/* What one rule does, once. */
struct action {
	const struct action_kind *kind;
	bool after;
	union {
		struct delay delay;
		struct {
			struct rule_error list[RULE_ERRORS_MAX];
			size_t count;
			uint64_t weights; /* their sum */
			uint64_t recover_count, recover_time;
			_Atomic uint64_t failed, first; /* how often; when, ns; 0: never */
		} error;
		struct {
			char name[HOLD_NAME];
			struct hold_terms terms;
		} hold;
		struct rule_cut cut;
		struct corruption corruption;
		struct {
			uint64_t folio, window;
			enum aim_shape shape;
		} misplace;
		struct {
			uint64_t folio, length;
			struct aim aim;
		} punch;
		int signal;
		char *text; /* of run: the command; of release: the hold; owned */
	};
};

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
	uint32_t tests; /* bits of rule_tests[] that are to be asked */
	struct action actions[RULE_ACTIONS_MAX];
	size_t action_count;
	_Atomic uint64_t matched, fired;
};

/*
 * What is asked first of each rule of an operation, so small that a thousand stay in the first cache
 * of a processor. It lets through too many, never too few.
 */
struct rule_entry {
	uint32_t first, last; /* the request touches these pages, see rule_page() */
	uint32_t value;       /* of the field of the request, see rule_key() */
	uint32_t field;       /* enum rule_field */
};

/* The page of a byte; all beyond 16 TiB are one. */
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
	struct rule_list lists[OPCODES];
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
	struct holds holds;
	struct lose lose;
	struct misplace misplace;
};

/* One action of one rule for one request. */
struct firing {
	struct rule *rule; /* a reference; NULL: an open window of misplace */
	struct action *action;
	uint64_t decision, match, random, drawn, began;
	int error;
	bool told;
};

/* What becomes of a request: made when it matches, freed when it is done. */
struct plan {
	struct rules *rules;
	size_t count, at; /* of the steps; the one that is next */
	bool after;       /* the steps after the operation */
	bool waits;       /* in the step before `at` */
	bool changes_data;
	struct hold_wait hold;
	char path[RULE_EVENT_PATH];
	struct firing firings[];
};

enum action_step { STEP_ON, STEP_WAIT, STEP_HELD, STEP_FAIL };

/* A row for each action, in rule_action.c. */
struct action_kind {
	const char *name;
	/* Operations that it can be done to; 0: any. */
	uint64_t operations;
	bool fails; /* only operations that may be failed */
	bool before_only, after_only;
	bool data; /* done by the functions below, not as a step */
	/* Reads its part of a group of `do`. Returns 1 when it is there, 0 when not, -EINVAL or
	 * another -errno with `why`. */
	int (*make)(struct action *action, const struct rule_do *from, const struct rule *rule,
		    const struct rules *rules, char *why, size_t size);
	void (*release)(struct action *action);
	/* What is random about it; NULL: nothing. */
	uint64_t (*draw)(const struct action *action, uint64_t random);
	/* Does it. delay_ns: set for STEP_WAIT and STEP_HELD. NULL for data. */
	enum action_step (*apply)(struct plan *plan, struct firing *firing,
				  const struct hook_request *request, uint64_t *delay_ns);
};

/* Ended by a row without a name; in the order in which those of one group happen. */
extern const struct action_kind action_kinds[];

/* By what the data functions know theirs. */
extern const char action_short[], action_corrupt[], action_misplace[], action_lose[];

/* Makes a rule. Returns 0 or -errno with `why`; the rule has one reference, also on error. */
int rule_compile(const struct rules *rules, struct rule *rule, const struct rule_spec *spec,
		 char *why, size_t size);
void rule_unref(struct rule *rule);

/* Makes a set of `count` rules, takes a reference on each. NULL without memory. */
struct rule_set *rule_set_make(struct rule **rules, size_t count, uint64_t number);
void rule_set_free(struct rule_set *set);

/* A rule that fires for the request, and the number of its match. */
struct rule_match {
	struct rule *rule; /* a reference */
	uint64_t number;
};

/* Finds at most FIRED_MAX. */
size_t rules_match(struct rules *rules, const struct hook_request *request,
		   struct rule_match matches[FIRED_MAX]);

/* Tells of a firing, once. */
void plan_tell(const struct plan *plan, struct firing *firing, const struct hook_request *request,
	       uint64_t measured, bool cut_short);

/* The bit of rule_tests[] by what the rule asks for. */
uint32_t rule_tests_of(const struct rule *rule);

/* Operations that have what a condition asks for. */
uint64_t rule_conditions_mask(const struct rule_when *when, const char **missing);

#endif
