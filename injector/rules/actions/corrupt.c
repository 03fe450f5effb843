/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/corruption.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

static int parse_kind(const char *text, void *field, char *why, size_t size)
{
	const struct corruption_kind *kind = corruption_kind_find(text);

	*(const struct corruption_kind **)field = kind;
	if (kind)
		return 0;
	snprintf(why, size, "\"%s\" is unknown; allowed: flip, zero, fill, duplicate, shift", text);
	return -EINVAL;
}

static const struct schema_key keys[] = {
	{ "kind", SCHEMA_PARSED, .offset = offsetof(struct corruption, kind), "flip",
	  "flip, zero, fill, duplicate, shift", "how the bytes are corrupted",
	  .parse = parse_kind },
	{ "amount", SCHEMA_COUNT, .offset = offsetof(struct corruption, amount), "1",
	  "a number from 1",
	  "for flip: number of bits; for shift: number of bytes; for fill: value of "
	  "the byte",
	  .min = 1, .max = 1 << 20 },
	{ "span", SCHEMA_SIZE, .offset = offsetof(struct corruption, span), NULL,
	  "a size such as \"512B\"",
	  "size of the corrupted part, at a random place; without it everything", .min = 1 },
	{ .name = NULL },
};

static void alter(struct plan *plan, struct firing *firing, char *data, size_t size)
{
	(void)plan;
	firing->drawn = corruption_apply(firing->action->state, data, size, firing->random).first;
}

const struct rule_action rule_action_corrupt = {
	.key = { "corrupt", SCHEMA_GROUP, .keys = keys, .short_for = "kind" },
	.about = "Corrupts the data that a read returns or a write stores.",
	.drawn = "the first corrupted byte, counted from `offset`",
	.operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE),
	.before_only = true,
	.settings_size = sizeof(struct corruption),
	.alter_read = alter,
	.alter_write = alter,
};
