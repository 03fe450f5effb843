/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

struct settings {
	uint64_t bytes;
	int error; /* index of the word, as in errors[] */
};

struct state {
	uint64_t bytes;
	int error;
	_Atomic uint64_t used;
};

static const int errors[] = { ENOSPC, EDQUOT, EFBIG };

static const struct schema_key keys[] = {
	{ "bytes", SCHEMA_SIZE, .offset = offsetof(struct settings, bytes), .fallback = "0",
	  .allowed = "a size such as \"100M\", or 0",
	  .help = "total number of bytes that may be written" },
	{ "errno", SCHEMA_WORD, .offset = offsetof(struct settings, error), "ENOSPC",
	  .help = "error of a request that would exceed it",
	  .SCHEMA_WORDS(WORD("ENOSPC", "the disk is full"),
			WORD("EDQUOT", "the quota is exhausted"),
			WORD("EFBIG", "the file is too long")) },
	{ .name = NULL },
};

static int make(void *made, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;
	struct state *state = made;

	(void)why;
	(void)size;
	state->bytes = settings->bytes;
	state->error = errors[settings->error];
	return 0;
}

static void reset(void *made)
{
	struct state *state = made;

	state->used = 0;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	struct state *state = firing->action->state;
	uint64_t length = plan->request->length, used = atomic_load(&state->used);

	do {
		firing->drawn = state->bytes - used;
		if (length > state->bytes - used) {
			firing->error = state->error;
			return STEP_FAIL;
		}
	} while (!atomic_compare_exchange_weak(&state->used, &used, used + length));
	firing->told = true;
	return STEP_ON;
}

const struct rule_action rule_action_quota = {
	.key = { "quota", SCHEMA_GROUP, .keys = keys, .short_for = "bytes" },
	.about = "Limits the total number of bytes that the requests of the rule write or "
		 "allocate, and fails further requests: a disk that fills up, or, with "
		 "`when.path` = \"db/*\", the quota of a directory. Overwriting counts "
		 "again. Removing files gives nothing back; `foliostorm ctl MOUNTPOINT rules "
		 "reset` does.",
	.drawn = "bytes left",
	.operations =
		HOOK_BIT(FUSE_WRITE) | HOOK_BIT(FUSE_FALLOCATE) | HOOK_BIT(FUSE_COPY_FILE_RANGE),
	.fails = true,
	.before_only = true,
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct state),
	.make = make,
	.reset = reset,
	.apply = apply,
};
