/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>

enum { FAIL_AND_DROP = 1, LIE };

static int parse(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word words[] = { { "fail-and-drop", FAIL_AND_DROP },
						  { "lie", LIE },
						  { NULL, 0 } };

	return rule_parse_word(words, text, field, why, size);
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	struct lose *lose = rules_shared(plan->rules, &rule_action_lose);

	if (*(const int *)firing->action->state == LIE) {
		lose_ends(lose, plan->request, -ECANCELED);
		return STEP_ON;
	}
	firing->drawn = lose_drop(lose, plan->request);
	firing->error = EIO;
	return STEP_FAIL;
}

const struct rule_action rule_action_fsync = {
	.key = { "fsync", SCHEMA_PARSED, 0, NULL, "fail-and-drop, lie",
		 "fail-and-drop: fails once, and the data never reach the disk; lie: reports "
		 "success, and the data never reach the disk",
		 .parse = parse },
	.about = "`lie`: reports success but makes nothing durable, like a disk with a "
		 "volatile cache that ignores flushes: the next crash loses what was synced. "
		 "`fail-and-drop`: fails with EIO and marks unsynced data as clean, as Linux "
		 "file systems do after a disk error. Programs continue to read what they "
		 "wrote and the next fsync succeeds, but once the page cache is dropped, the "
		 "old data are back. The kernel drops it when the file is opened, and on its "
		 "first attribute request after a write. Size and times of the file stay. "
		 "Unsynced data are those recorded by rules with `lose`, at least one of "
		 "which is required; with `crash` they are all unsynced data.",
	.drawn = "bytes lost",
	.operations = HOOK_BIT(FUSE_FSYNC) | HOOK_BIT(FUSE_FSYNCDIR),
	.fails = true,
	.before_only = true,
	.alters_beneath = true,
	.needs = &rule_action_lose,
	.settings_size = sizeof(int),
	.apply = apply,
};
