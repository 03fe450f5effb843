/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose.h"
#include "injector/rules/rule_engine.h"

#include <fcntl.h>

/* What a write with O_DSYNC has written is durable when it returns. */
static void alter_write(struct plan *plan, struct firing *firing, char *data, size_t size)
{
	const struct hook_request *request = plan->request;
	int64_t kept = 0;

	(void)data;
	if (!(request->mode & O_DSYNC))
		kept = lose_remember(firing->action->shared, request, request->offset, size);
	firing->drawn = kept < 0 ? 0 : (uint64_t)kept;
	firing->error = kept < 0 ? (int)-kept : 0;
}

static void begin(void *shared, const struct rules_config *config)
{
	lose_init(shared, config->seed);
}

static void end(void *shared)
{
	lose_destroy(shared);
}

static void see_result(void *shared, const struct hook_request *request)
{
	struct lose *lose = shared;

	if (!atomic_load_explicit(&lose->active, memory_order_relaxed))
		return;
	if (request->opcode == FUSE_FSYNC)
		lose_synced(lose, request->inode);
	else if (request->opcode == FUSE_SETATTR && request->mode & FATTR_SIZE)
		lose_cut(lose, request->inode, request->offset);
}

struct lose_report rules_crash(struct rules *rules, enum lose_how how)
{
	return lose_crash(rules_shared(rules, &rule_action_lose), how);
}

const struct rule_action rule_action_lose = {
	.key = { "lose", SCHEMA_BOOLEAN, 0, "false",
		 .help = "what is written and not synced is lost on a crash" },
	.about = "Remembers what writes replace, so that `foliostorm ctl MOUNTPOINT crash` can "
		 "lose what was not synced since (by fsync, fdatasync or O_DSYNC): `whole`; by "
		 "`pages`, each or not; or `torn`, of each page what is behind some sector. Names, "
		 "attributes and holes are not lost. At most 256 MiB are remembered.",
	.drawn = "bytes remembered",
	.operations = HOOK_BIT(FUSE_WRITE),
	.before_only = true,
	.settings_size = sizeof(bool),
	.alter_write = alter_write,
	.shared_size = sizeof(struct lose),
	.begin = begin,
	.end = end,
	.see_result = see_result,
};
