/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Actions: what rules can do to a request. An action is a file in actions/ that ends in a struct
 * rule_action, and a row in actions/actions.h. Nothing else knows it: the engine, the language, its
 * messages and the reference ask the table.
 *
 * From text to effect: the keys of an action fill its settings, one struct for each group of `do`.
 * When the rule is added, make() turns them into a state, which all requests share that the rule
 * fires for. Each of those requests has a plan, and in it a firing for each action, in which the
 * functions below find what was drawn and leave what the event will say.
 */
#ifndef INJECTOR_RULES_RULE_ACTION_H
#define INJECTOR_RULES_RULE_ACTION_H

#include "injector/base/schema_key.h"
#include "injector/rules/actions/actions.h"
#include "injector/rules/hold.h"
#include "injector/rules/rules.h"

struct rule;
struct rule_action;

/* An action of a rule. Used by several threads at once. */
struct action {
	const struct rule_action *kind;
	bool after;   /* the operation, before its answer */
	void *state;  /* what make() filled in, or a copy of the settings; owned */
	void *shared; /* see begin() */
};

/* One action of one rule for one request. */
struct firing {
	struct rule *rule; /* a reference; NULL: it is of no rule */
	struct action *action;
	uint64_t decision, match, random;
	uint64_t began;     /* CLOCK_MONOTONIC ns */
	uint64_t drawn;     /* of draw(), or set by the action; for the event */
	uint64_t delay;     /* ns, set with STEP_WAIT and STEP_HELD */
	bool interruptible; /* set with them: any signal ends it, not only one that kills */
	int error; /* positive errno, for the event; of STEP_FAIL: what the request fails with */
	bool told; /* there is an event already, or there shall be none */
};

/* What becomes of a request: made when a rule fires for it, freed when it is done. Used by one
 * thread at a time. */
struct plan {
	struct rules *rules;
	const struct hook_request *request; /* while a hook is being called */
	size_t count, at;                   /* of the firings; the one that is next */
	bool after;                         /* those after the operation */
	bool ended;                         /* see_result() has been told */
	bool entered;                       /* leaves() is to be called */
	struct hold_wait hold;
	char path[RULE_EVENT_PATH];
	struct firing firings[];
};

enum action_step {
	STEP_ON,   /* done; the next one */
	STEP_WAIT, /* after the delay, which may be 0 */
	STEP_HELD, /* the same, in plan->hold, whose release cuts it short */
	STEP_FAIL, /* the request fails; nothing more is done to it */
};

/* What an action is made of. */
struct action_source {
	const void *settings;
	const char *rule; /* its name */
	const struct rules_config *config;
};

/* Functions that are not there do nothing. Those that are called for a request must not sleep. */
struct rule_action {
	/* In a group of `do`: its name, type and keys. Offsets are those in the settings. An action
	 * that is no group is there when its settings are not all zeros. */
	struct schema_key key;
	size_t settings_size;

	/* For the reference, in Markdown: what it does in whole sentences, and what `drawn` is. */
	const char *about, *drawn;

	uint64_t operations; /* HOOK_BIT() of those it can be done to; 0: any */
	bool fails;          /* only operations that may be failed */
	bool alters_beneath; /* changes files without the kernel above knowing of it */
	bool before_only;    /* `at` = "after" is an error */

	/* Fills in the state (zeros before) from the settings. Without it the state is a copy of
	 * them. Returns 0, or -EINVAL or another -errno with `why`; release() is called in either
	 * case. */
	size_t state_size;
	int (*make)(void *state, const struct action_source *from, char *why, size_t size);
	/* Frees what the state owns. */
	void (*release)(void *state);
	/* Begins again what it counts; requests may be under way. */
	void (*reset)(void *state);
	/* Checks the settings against the rule when all its actions are made, and takes operations
	 * out of it by rule_restrict(). Returns 0 or -EINVAL with `why`. */
	int (*check)(const void *settings, struct rule *rule, const struct rule_spec *spec,
		     char *why, size_t size);
	/* A rule with the action has been added, and now these are all: says in `why` what is
	 * allowed but surely not meant. */
	void (*warn)(const struct action *action, struct rule *const *rules, size_t count,
		     char *why, size_t size);
	/* The hold that it keeps requests in. */
	const char *(*keeps)(const struct action *action);
	/* The hold that it releases. */
	const char *(*opens)(const struct action *action);
	/* A file that the settings name, which a guest needs too; NULL: none. */
	const char *(*file)(const void *settings);

	/* An action that some rule must have, too; NULL: none. */
	const struct rule_action *needs;

	/* What is random about it. */
	uint64_t (*draw)(const void *state, uint64_t random);
	/* Does it: a step on the way of a request. */
	enum action_step (*apply)(struct plan *plan, struct firing *firing);
	/* Instead of a step, those that work on data or answers. Size is above 0. shorten: returns
	 * how many of the bytes are to be read or written, at least 1. */
	size_t (*shorten)(struct plan *plan, struct firing *firing, size_t size);
	void (*alter_read)(struct plan *plan, struct firing *firing, char *data, size_t size);
	void (*alter_write)(struct plan *plan, struct firing *firing, char *data, size_t size);
	/* The answer to a request that has succeeded, see struct hooks. */
	void (*alter_answer)(struct plan *plan, struct firing *firing, void *answer, size_t size);

	/* What all actions of this kind share in an engine (zeros before). begin: always there when
	 * something is shared. */
	size_t shared_size;
	void (*begin)(void *shared, const struct rules_config *config);
	void (*end)(void *shared);
	/* Asked about each request that no rule fires for: whether it is to have a plan. */
	bool (*concerns)(void *shared, const struct hook_request *request);
	/* What a request with a plan has read, whether a rule fired for it or not. */
	void (*see_read)(void *shared, struct plan *plan, char *data, size_t size);
	/* Told of each request when it comes, and once of what became of it: negative errno (also
	 * when it was never worked on), or the bytes moved by a read or write, or 0. */
	void (*see_request)(void *shared, const struct hook_request *request);
	void (*see_result)(void *shared, const struct hook_request *request, int result);
	/* Asked about each request when it comes, and again before each wait ends: a positive errno
	 * that it is to fail with, whatever the rules say; or 0. */
	int (*refuses)(void *shared);
	/* A request with a plan is about to be worked on. Returns 0, or a positive errno that it
	 * fails with instead. leaves: of one that was not refused, in the same thread, after
	 * see_result. */
	int (*enters)(void *shared, const struct hook_request *request);
	void (*leaves)(void *shared);
	/* There are other rules now than before. */
	void (*see_rules)(struct rules *rules, struct rule *const *list, size_t count);
	/* See hooks->ended. */
	void (*see_end)(void *shared);
};

#define RULE_ACTION_DECLARE(name) extern const struct rule_action rule_action_##name;
RULE_ACTIONS(RULE_ACTION_DECLARE)
#undef RULE_ACTION_DECLARE

/* All of them, RULE_ACTION_KINDS, in the order in which those of one group happen. */
extern const struct rule_action *const rule_actions[];

/* The names of the actions, "hold, release or log" with " or " as the last separator. Returns text,
 * which holds `size` bytes. */
const char *rule_action_names(const char *last, char *text, size_t size);

/* Whether a group of `do` has action number i. */
bool rule_do_has(const struct rule_do *group, size_t i);

/* The file that action number i of a group reads; NULL: none. */
const char *rule_do_file(const struct rule_do *group, size_t i);

/* Whether a name of a rule or a hold is short enough. what: whose, for `why`. Returns 0 or -EINVAL;
 * NULL is fine. */
int rule_check_name(const char *what, const char *name, char *why, size_t size);

/* Appends a word to a list of them, after a comma; "..." once in place of what has no room. */
void rule_list_word(char *text, size_t size, const char *word);

/* make() and release() of actions whose setting is one text: so is the state. */
int rule_make_text(void *state, const struct action_source *from, char *why, size_t size);
void rule_release_text(void *state);

/* Reports a firing as an event, once. */
void plan_tell(const struct plan *plan, struct firing *firing, uint64_t measured, bool cut_short);

#endif
