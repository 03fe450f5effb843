/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

struct settings {
	struct rule_number free, size; /* bytes; not set: unchanged */
	struct rule_number files;
};

static const struct schema_key keys[] = {
	{ "free", SCHEMA_PARSED, .offset = offsetof(struct settings, free), NULL,
	  "0, or a size such as \"4M\"", "free space to report; without it the real one",
	  .parse = rule_parse_bytes, .noun = "size" },
	{ "size", SCHEMA_PARSED, .offset = offsetof(struct settings, size), NULL,
	  "0, or a size such as \"4M\"",
	  "size of the file system to report; without it the real one", .parse = rule_parse_bytes,
	  .noun = "size" },
	{ "files", SCHEMA_PARSED, .offset = offsetof(struct settings, files), NULL,
	  "a number from 0", "free inodes to report; without it the real number",
	  .parse = rule_parse_number, .noun = "number" },
	{ .name = NULL },
};

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;

	*(struct settings *)state = *settings;
	if (settings->free.set || settings->size.set || settings->files.set)
		return 0;
	snprintf(why, size, "statfs changes nothing; give free, size or files");
	return -EINVAL;
}

static uint64_t lesser(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void alter_answer(struct plan *plan, struct firing *firing, void *answer, size_t size)
{
	const struct settings *settings = firing->action->state;
	struct fuse_statfs_out *out = answer;
	uint64_t block;

	(void)plan;
	if (size < sizeof(*out))
		return;
	/* frsize 0 stands for the block size. */
	block = out->st.frsize ? out->st.frsize : out->st.bsize;
	if (settings->size.set && block) {
		out->st.blocks = settings->size.value / block;
		out->st.bfree = lesser(out->st.bfree, out->st.blocks);
		out->st.bavail = lesser(out->st.bavail, out->st.blocks);
	}
	if (settings->free.set && block)
		out->st.bfree = out->st.bavail =
			lesser(settings->free.value / block, out->st.blocks);
	if (settings->files.set)
		out->st.ffree = lesser(settings->files.value, out->st.files);
	firing->drawn = out->st.bavail * block;
}

const struct rule_action rule_action_statfs = {
	.key = { "statfs", SCHEMA_GROUP, .keys = keys, .short_for = "free" },
	.about = "Reports a different amount of free space, up to the size of the file "
		 "system, or a different size. A program that asks before it writes "
		 "(statvfs, `df`) sees a full disk. Writes still succeed, unless another "
		 "rule fails them with ENOSPC.",
	.drawn = "bytes reported as available",
	.operations = HOOK_BIT(FUSE_STATFS),
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct settings),
	.make = make,
	.alter_answer = alter_answer,
};
