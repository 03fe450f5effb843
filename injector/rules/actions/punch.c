/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"
#include "injector/rules/rule_engine.h"
#include "injector/storm/aim.h"
#include "injector/storm/target.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>

struct settings {
	uint64_t folio, length; /* bytes */
	struct aim aim;
};

static int parse_aim(const char *text, void *field, char *why, size_t size)
{
	return aim_parse(text, field, why, size);
}

static const struct schema_key keys[] = {
	{ "folio", SCHEMA_SIZE, .offset = offsetof(struct settings, folio), "2M",
	  "a power of two from \"8K\" to \"2M\"", "size of the folio in which the request begins",
	  .min = 8192, .max = 2 << 20 },
	{ "aim", SCHEMA_PARSED, .offset = offsetof(struct settings, aim), "auto",
	  "auto, batched, interleaved, both, random, every:N, pages of the folio such as 16-17, or "
	  "one of them",
	  "page of the folio to punch", .parse = parse_aim, .noun = "word or page" },
	{ "length", SCHEMA_SIZE, .offset = offsetof(struct settings, length), "4K",
	  "a size such as \"4K\"", "length of the hole", .min = 4096, .max = 2 << 20 },
	{ .name = NULL },
};

/* The page of the folio to punch, or -errno. */
static int choose_page(const struct settings *settings, const struct rules_config *config,
		       uint64_t random)
{
	return aim_plan(&settings->aim, &config->kernel, target_order(settings->folio),
			target_pages(settings->length), random);
}

static int make(void *state, const struct action_source *from, char *why, size_t size)
{
	const struct settings *settings = from->settings;

	*(struct settings *)state = *settings;
	if (settings->folio & (settings->folio - 1))
		snprintf(why, size, "punch.folio is not a power of two; allowed: 8K to 2M");
	else if (settings->folio < page_size() || choose_page(settings, from->config, 0) < 0)
		snprintf(why, size,
			 "punch.aim: a punch of that length cannot be aimed in a folio of %ju "
			 "pages; allowed: a page number, random, or larger folios",
			 (uintmax_t)(settings->folio / page_size()));
	else
		return 0;
	return -EINVAL;
}

static enum action_step apply(struct plan *plan, struct firing *firing)
{
	const struct settings *settings = firing->action->state;
	const struct hook_request *request = plan->request;
	uint64_t first = request->offset / settings->folio * settings->folio;
	_cleanup_close_ int fd = -1;
	int page = choose_page(settings, &plan->rules->config, firing->random);

	if (page < 0 || !request->lookups) {
		firing->error = page < 0 ? -page : EOPNOTSUPP;
		return STEP_ON;
	}
	first += (uint64_t)page * page_size();
	firing->drawn = first / page_size();
	fd = request->lookups->open(request, O_RDWR);
	if (fd < 0)
		firing->error = -fd;
	else if (fallocate(fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)first,
			   (off_t)settings->length))
		firing->error = errno;
	return STEP_ON;
}

const struct rule_action rule_action_punch = {
	.key = { "punch", SCHEMA_GROUP, .keys = keys, .short_for = "aim" },
	.about = "Punches a hole into the folio in which the request begins, in the file "
		 "beneath the layer.",
	.drawn = "page of the file that is punched",
	.operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE) | HOOK_BIT(FUSE_FALLOCATE) |
		      HOOK_BIT(FUSE_OPEN) | HOOK_BIT(FUSE_FSYNC) | HOOK_BIT(FUSE_LSEEK),
	.alters_beneath = true,
	.settings_size = sizeof(struct settings),
	.state_size = sizeof(struct settings),
	.make = make,
	.apply = apply,
};
