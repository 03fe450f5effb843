/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions: what rules can do to a request. An action is a file in actions/ that ends in a struct
 * rule_action, and a row in actions/actions.h. The engine, the language, its messages and the
 * reference know actions by that table only.
 *
 * From text to effect: the keys of an action fill its settings, one struct for each group of `do`.
 * When the rule is added, make() turns the settings into a state, shared by all requests for which
 * the rule fires. Each of these requests has a plan, with a firing for each action. The functions
 * below find drawn values in the firing, and store there what the event reports.
 */
#ifndef INJECTOR_RULES_RULE_ACTION_H
#define INJECTOR_RULES_RULE_ACTION_H

#include "injector/base/schema_key.h"
#include "injector/rules/actions/actions.h"
#include "injector/rules/hold.h"
#include "injector/rules/rules.h"

struct rule;
struct rule_action;

/* An action of a rule. Several threads use it at once. */
struct action {
	const struct rule_action *kind;
	bool after;   /* the operation, before its answer */
	void *state;  /* filled in by make(), or a copy of the settings; owned */
	void *shared; /* see begin() */
};

/* One action of one rule for one request. */
struct firing {
	struct rule *rule; /* a reference; NULL: no rule */
	struct action *action;
	uint64_t decision, match, random;
	uint64_t began;     /* CLOCK_MONOTONIC ns */
	uint64_t drawn;     /* by draw(), or set by the action; for the event */
	uint64_t delay;     /* ns, set with STEP_WAIT and STEP_HELD */
	bool interruptible; /* set with them: any signal ends the delay, not only one that kills */
	int error;          /* positive errno, for the event; with STEP_FAIL: of the request */
	bool told;          /* the event is reported already, or shall not be */
};

/* The actions on a request: made when a rule fires for it, freed by hooks->done. Used by one thread
 * at a time. */
struct plan {
	struct rules *rules;
	const struct hook_request *request; /* valid during a hook */
	size_t count, at;                   /* of the firings; index of the next one */
	bool after;                         /* in the phase after the operation */
	bool ended;                         /* see_result() has been called */
	bool entered;                       /* leaves() must be called */
	struct hold_wait hold;
	char path[RULE_EVENT_PATH];
	struct firing firings[];
};

enum action_step {
	STEP_ON,   /* done; go on with the next action */
	STEP_WAIT, /* the same after firing->delay, which may be 0 */
	STEP_HELD, /* the same, in plan->hold, whose release cuts the delay short */
	STEP_FAIL, /* fail the request with firing->error; skip the other actions */
};

/* The input of make(). */
struct action_source {
	const void *settings;
	const char *rule; /* its name */
	const struct rules_config *config;
};

/* Functions may be NULL, unless noted. Those called for a request must not sleep. */
struct rule_action {
	/* In a group of `do`: its name, type and keys. Offsets are those in the settings. An action
	 * that is not a SCHEMA_GROUP is present if its settings are not all zeros. */
	struct schema_key key;
	size_t settings_size;

	/* For the reference, in Markdown: its effect in whole sentences, and the meaning of
	 * `drawn`. */
	const char *about, *drawn;

	uint64_t operations; /* HOOK_BIT() of the operations it applies to; 0: any */
	bool fails;          /* applies only to operations that may fail */
	bool alters_beneath; /* changes what files contain, unknown to the kernel above */
	bool before_only;    /* `at` = "after" is an error */

	/* Fills in the state (initially zeros) from the settings. If NULL, the state is a copy of
	 * the settings. Returns 0, or -EINVAL or another -errno with `why`; release() is called in
	 * either case. */
	size_t state_size;
	int (*make)(void *state, const struct action_source *from, char *why, size_t size);
	/* Frees what the state owns. */
	void (*release)(void *state);
	/* Resets the state's counters; requests may be in progress. */
	void (*reset)(void *state);
	/* Checks the settings against the rule, after all its actions are made. May take operations
	 * out of the rule by rule_restrict(). Returns 0 or -EINVAL with `why`. */
	int (*check)(const void *settings, struct rule *rule, const struct rule_spec *spec,
		     char *why, size_t size);
	/* Called for the action of an added rule, with all rules: may write a warning to `why`
	 * about what is allowed but surely not meant. */
	void (*warn)(const struct action *action, struct rule *const *rules, size_t count,
		     char *why, size_t size);
	/* The name of the hold in which it keeps requests. */
	const char *(*keeps)(const struct action *action);
	/* The name of the hold that it releases. */
	const char *(*opens)(const struct action *action);
	/* The path of a file in the settings, which a guest needs, too; NULL: none. */
	const char *(*file)(const void *settings);

	/* An action that some rule must have, too, unless a rule has crash or a crash is planned;
	 * NULL: none. */
	const struct rule_action *needs;

	/* Draws the initial firing->drawn from a random number. */
	uint64_t (*draw)(const void *state, uint64_t random);
	/* Performs the action, as a step of the plan, before the operation or after it. */
	enum action_step (*apply)(struct plan *plan, struct firing *firing);
	/* Actions on data or answers have these instead. Size is above 0. shorten: returns how many
	 * of the bytes to read or write, at least 1. */
	size_t (*shorten)(struct plan *plan, struct firing *firing, size_t size);
	void (*alter_read)(struct plan *plan, struct firing *firing, char *data, size_t size);
	void (*alter_write)(struct plan *plan, struct firing *firing, char *data, size_t size);
	/* The answer to a request that has succeeded, see struct hooks. */
	void (*alter_answer)(struct plan *plan, struct firing *firing, void *answer, size_t size);

	/* State that all actions of this kind share in an engine (initially zeros). Then begin and
	 * end must not be NULL; they are called when the engine is made and freed. */
	size_t shared_size;
	void (*begin)(void *shared, const struct rules_config *config);
	void (*end)(void *shared);
	/* Whether a request for which no rule fires needs a plan. */
	bool (*concerns)(void *shared, const struct hook_request *request);
	/* A request with a plan has read data, whether a rule fired for it or not; may change
	 * them. */
	void (*see_read)(void *shared, struct plan *plan, char *data, size_t size);
	/* Called for each request when it comes, and once with its result: negative errno (also if
	 * it was not worked on), or the bytes moved by a read or write, or 0. */
	void (*see_request)(void *shared, const struct hook_request *request);
	void (*see_result)(void *shared, const struct hook_request *request, int result);
	/* Called for each request when it comes, and after each delay before the operation. Returns
	 * 0, or a positive errno with which the request fails, whatever the rules say. */
	int (*refuses)(void *shared);
	/* A request with a plan is about to be worked on. Returns 0, or a positive errno with which
	 * it fails instead. leaves: called if enters returned 0, in the same thread, after
	 * see_result. Only one kind has these. */
	int (*enters)(void *shared, const struct hook_request *request);
	void (*leaves)(void *shared);
	/* The rules have changed; `list` has all. Called with the change lock held. */
	void (*see_rules)(struct rules *rules, struct rule *const *list, size_t count);
	/* See hooks->forgotten. */
	void (*see_forgotten)(void *shared, uint64_t device, uint64_t inode);
	/* See hooks->ended. */
	void (*see_end)(void *shared);
};

#define RULE_ACTION_DECLARE(name) extern const struct rule_action rule_action_##name;
RULE_ACTIONS(RULE_ACTION_DECLARE)
#undef RULE_ACTION_DECLARE

/* All RULE_ACTION_KINDS actions, in the order in which those of one group of `do` happen. */
extern const struct rule_action *const rule_actions[];

/* Writes the names of all actions, "hold, release or log" with " or " as the last separator.
 * Returns text, which holds `size` bytes. */
const char *rule_action_names(const char *last, char *text, size_t size);

/* Whether a group of `do` has action number i. */
bool rule_do_has(const struct rule_do *group, size_t i);

/* The path of the file that action number i of a group reads; NULL: none. */
const char *rule_do_file(const struct rule_do *group, size_t i);

/* Whether the name of a rule or hold is short enough. what: the key, for `why`. name: may be NULL.
 * Returns 0 or -EINVAL. */
int rule_check_name(const char *what, const char *name, char *why, size_t size);

/* Appends a word to a list in `text`, after a comma; one "..." stands for words without room. */
void rule_list_word(char *text, size_t size, const char *word);

/* make() and release() of an action whose settings and state are one text. */
int rule_make_text(void *state, const struct action_source *from, char *why, size_t size);
void rule_release_text(void *state);

/* Reports a firing as an event, unless it is told. measured: ns that a delay or hold took. */
void plan_tell(const struct plan *plan, struct firing *firing, uint64_t measured, bool cut_short);

#endif
