/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/misplace.h"
#include "injector/base/page_size.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <linux/falloc.h>
#include <stdio.h>

struct settings {
	uint64_t folio;  /* bytes */
	uint64_t window; /* ns */
	int shape;       /* enum aim_shape; 0: the kernel's */
};

static int parse_shape(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word shapes[] = {
		{ "auto", 0 },
		{ "batched", AIM_BATCHED },
		{ "interleaved", AIM_INTERLEAVED },
		{ NULL, 0 },
	};

	return rule_parse_word(shapes, text, field, why, size);
}

static const struct schema_key keys[] = {
	{ "folio", SCHEMA_SIZE, .offset = offsetof(struct settings, folio), "2M",
	  "a power of two from \"8K\" to \"2M\"",
	  "size of the folio that the punch is assumed to split", .min = 8192, .max = 2 << 20 },
	{ "window", SCHEMA_DURATION, .offset = offsetof(struct settings, window), "5ms",
	  RULE_DURATION, "time for which the wrong pages are served", .min = 1, .max = RULE_HOUR },
	{ "shape", SCHEMA_PARSED, .offset = offsetof(struct settings, shape), "auto",
	  "auto, batched, interleaved", "shape of the split; auto: that of the kernel",
	  .parse = parse_shape },
	{ .name = NULL },
};

static int make(void *made, const struct action_source *from, char *why, size_t size)
{
	struct settings *state = made;

	*state = *(const struct settings *)from->settings;
	if (!state->shape)
		state->shape = (int)aim_shape_of(&from->config->kernel);
	if (from->config->no_data)
		snprintf(why, size,
			 "misplace can never match: reads do not come to a layer of the data path "
			 "passthrough; allowed: mixed, daemon");
	else if (state->folio & (state->folio - 1))
		snprintf(why, size, "misplace.folio is not a power of two; allowed: 8K to 2M");
	else if (state->folio < page_size())
		snprintf(why, size,
			 "misplace.folio is less than a page, %u bytes; allowed: a power of two "
			 "from that to 2M",
			 page_size());
	else
		return 0;
	return -EINVAL;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	const struct settings *settings = firing->action->state;
	int64_t exposed;

	if (!(plan->request->mode & FALLOC_FL_PUNCH_HOLE) || !plan->request->lookups) {
		firing->told = true;
		return STEP_ON;
	}
	exposed = misplace_open(firing->action->shared, plan->request, settings->folio,
				(enum aim_shape)settings->shape, firing->began + settings->window);
	firing->drawn = exposed > 0 ? (uint64_t)exposed : 0;
	firing->error = exposed < 0 ? (int)-exposed : 0;
	return STEP_ON;
}

static void begin(void *shared, const struct rules_config *config)
{
	(void)config;
	misplace_init(shared);
}

static void end(void *shared)
{
	misplace_destroy(shared);
}

static bool concerns(void *shared, const struct hook_request *request)
{
	return request->opcode == FUSE_READ && misplace_is_open(shared, request->inode);
}

/* Applies an open window to a read, which no rule fires for: counts a decision, reports an event.
 */
static void see_read(void *shared, struct plan *plan, char *data, size_t size)
{
	static const struct rule_action misplaced = { .key.name = "misplaced" };
	struct action action = { .kind = &misplaced };
	struct firing firing = { .action = &action, .began = plan->request->arrived };

	if (!misplace_is_open(shared, plan->request->inode) ||
	    !misplace_apply(shared, plan->request, data, size, &firing.drawn))
		return;
	firing.decision = atomic_fetch_add(&plan->rules->decisions, 1) + 1;
	plan_tell(plan, &firing, 0, false);
}

const struct rule_action rule_action_misplace = {
	.key = { "misplace", SCHEMA_GROUP, .keys = keys, .short_for = "window" },
	.about = "Emulates the kernel's bug at a punch: for the time `window`, reads of "
		 "whole pages that the punch would expose get the bytes of the page that a "
		 "look-up would return instead. Each such read is an event with the action "
		 "`misplaced`, whose `drawn` is the page that was served.",
	.drawn = "pages exposed",
	.operations = HOOK_BIT(FUSE_FALLOCATE),
	.before_only = true,
	.alters_beneath = true,
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct settings),
	.make = make,
	.apply = apply,
	.shared_size = sizeof(struct misplace),
	.begin = begin,
	.end = end,
	.concerns = concerns,
	.see_read = see_read,
};
