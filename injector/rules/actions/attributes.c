/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

struct settings {
	struct rule_number size, atime, mtime, ctime; /* bytes; seconds since 1970 */
};

#define TIME(name, what)                                                                           \
	{                                                                                          \
#name, SCHEMA_PARSED, .offset = offsetof(struct settings, name), NULL,             \
				      "seconds since 1970, from 0",                                \
				      what "; without it the real one",                            \
				      .parse = rule_parse_number, .noun = "number"                 \
	}

static const struct schema_key keys[] = {
	{ "size", SCHEMA_PARSED, .offset = offsetof(struct settings, size), NULL,
	  "0, or a size such as \"4M\"",
	  "size to report, of a regular file; without it the real one", .parse = rule_parse_bytes,
	  .noun = "size" },
	TIME(atime, "time of the last access to report"),
	TIME(mtime, "time of the last write to report"),
	TIME(ctime, "time of the last change to report"),
	{ .name = NULL },
};

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;

	*(struct settings *)state = *settings;
	if (settings->size.set || settings->atime.set || settings->mtime.set || settings->ctime.set)
		return 0;
	snprintf(why, size, "attributes changes nothing; give size, atime, mtime or ctime");
	return -EINVAL;
}

static void set_time(const struct rule_number *number, uint64_t *seconds, uint32_t *nanoseconds)
{
	if (!number->set)
		return;
	*seconds = number->value;
	*nanoseconds = 0;
}

static void alter(const struct settings *settings, struct fuse_attr *attributes)
{
	if (settings->size.set && S_ISREG(attributes->mode))
		attributes->size = settings->size.value;
	set_time(&settings->atime, &attributes->atime, &attributes->atimensec);
	set_time(&settings->mtime, &attributes->mtime, &attributes->mtimensec);
	set_time(&settings->ctime, &attributes->ctime, &attributes->ctimensec);
}

static void alter_answer(struct plan *plan, struct firing *firing, void *answer, size_t size)
{
	const struct settings *settings = firing->action->state;
	bool is_entry = plan->request->opcode == FUSE_LOOKUP;
	struct fuse_attr *attributes = is_entry ? &((struct fuse_entry_out *)answer)->attr
						: &((struct fuse_attr_out *)answer)->attr;

	if (size < (is_entry ? sizeof(struct fuse_entry_out) : sizeof(struct fuse_attr_out)))
		return;
	alter(settings, attributes);
	firing->drawn = attributes->size;
}

const struct rule_action rule_action_attributes = {
	.key = { "attributes", SCHEMA_GROUP, .keys = keys, .short_for = "size" },
	.about = "Reports another size or other times of a file, like a network file system whose "
		 "attributes are out of date. On the data path `daemon` the kernel reads no "
		 "further than the reported size.",
	.drawn = "the reported size",
	.operations = HOOK_BIT(FUSE_GETATTR) | HOOK_BIT(FUSE_LOOKUP),
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct settings),
	.make = make,
	.alter_answer = alter_answer,
};
