/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/lose.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

static void alter_write(struct plan *plan, struct firing *firing, char *data, size_t size)
{
	const struct hook_request *request = plan->request;
	int64_t kept = lose_write_begins(firing->action->shared, request, request->offset, size);

	(void)data;
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

static void see_end(void *shared)
{
	lose_layer_ended(shared);
}

static void see_forgotten(void *shared, uint64_t device, uint64_t inode)
{
	lose_forgets(shared, device, inode);
}

static void see_request(void *shared, const struct hook_request *request)
{
	lose_sees(shared, request);
	if (request->opcode == FUSE_FSYNC || request->opcode == FUSE_FSYNCDIR)
		lose_sync_begins(shared, request);
}

static void see_result(void *shared, const struct hook_request *request, int result)
{
	const struct lose *lose = shared;

	if (request->plan || request->opcode == FUSE_FSYNC || request->opcode == FUSE_FSYNCDIR)
		lose_ends(shared, request, result);
	if (request->opcode == FUSE_SETATTR && request->mode & FATTR_SIZE && result >= 0 &&
	    !atomic_load(&lose->tracks))
		lose_cut(shared, request, request->offset);
}

static bool concerns(void *shared, const struct hook_request *request)
{
	return lose_concerns(shared, request);
}

static int refuses(void *shared)
{
	return lose_is_off(shared) ? EIO : 0;
}

static int enters(void *shared, const struct hook_request *request)
{
	return lose_enters(shared, request);
}

static void leaves(void *shared)
{
	lose_leaves(shared);
}

/* Refuses a layer that mappings bypass: stores through them would survive a crash. */
static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	*(bool *)state = true;
	if (!from->config->maps_past)
		return 0;
	snprintf(why, size,
		 "do.lose: stores through a mapping go past a layer of the data path mixed, and "
		 "would survive a crash; allowed: the data path daemon");
	return -EINVAL;
}

const struct rule_action rule_action_lose = {
	.key = { "lose", SCHEMA_BOOLEAN, 0, "false",
		 .help = "unsynced writes are lost in a crash" },
	.about =
		"Records what writes replace, so that `foliostorm ctl MOUNTPOINT crash` can "
		"lose what has not been synced (by fsync, fdatasync, msync or O_DSYNC). The "
		"crash loses everything (`whole`), a random choice of pages (`pages`), or "
		"the end of each page from a random sector on (`torn`). A sync does not "
		"cover writes that begin after it. `sync` and `syncfs` have no effect, "
		"because the kernel does not pass them to the layer. Only writes are lost; "
		"to lose names, truncations, holes and data written by copy_file_range, use "
		"`crash`. Data that cannot be recorded, because $TMPDIR, /var/tmp and "
		"/tmp are full, survive, and the crash reports it. Only on the data path `daemon`.",
	.drawn = "bytes recorded",
	.operations = HOOK_BIT(FUSE_WRITE),
	.before_only = true,
	.alters_beneath = true,
	.settings_size = sizeof(bool),
	.state_size = sizeof(bool),
	.make = make,
	.alter_write = alter_write,
	.shared_size = sizeof(struct lose),
	.begin = begin,
	.end = end,
	.see_request = see_request,
	.see_result = see_result,
	.concerns = concerns,
	.refuses = refuses,
	.enters = enters,
	.leaves = leaves,
	.see_forgotten = see_forgotten,
	.see_end = see_end,
};
