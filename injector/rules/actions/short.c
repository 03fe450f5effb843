/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/units.h"
#include "injector/rules/rule_engine.h"

#include <errno.h>
#include <stdio.h>

/* Where a read or write ends early. */
struct cut {
	enum { CUT_NONE, CUT_BYTE, CUT_SECTOR, CUT_PAGE, CUT_AT } place;
	uint64_t at; /* bytes from the start of the file, CUT_AT */
};

static int parse_cut(const char *text, void *field, char *why, size_t size)
{
	static const struct rule_word cuts[] = {
		{ "byte", CUT_BYTE },
		{ "sector", CUT_SECTOR },
		{ "page", CUT_PAGE },
		{ NULL, 0 },
	};
	struct cut *into = field;
	int place;

	if (!rule_parse_word(cuts, text, &place, why, size)) {
		into->place = (unsigned int)place;
		return 0;
	}
	into->place = CUT_AT;
	if (!units_parse_size(text, &into->at))
		return 0;
	snprintf(why, size,
		 "\"%s\" is not a place to cut; allowed: byte, sector, page, or an offset in the "
		 "file "
		 "such as \"6K\"",
		 text);
	return -EINVAL;
}

static const struct schema_key keys[] = {
	{ "at", SCHEMA_PARSED, 0, "byte",
	  "byte, sector, page, or an offset in the file such as \"6K\"",
	  "where a read or write ends: after one byte, at a sector or page boundary "
	  "inside it, or at that offset",
	  .parse = parse_cut },
	{ .name = NULL },
};

/* Cuts a request of `size` > 0 bytes. Returns the bytes kept. */
static size_t cut_at(const struct cut *cut, uint64_t offset, size_t size, uint64_t random)
{
	uint64_t unit = cut->place == CUT_SECTOR ? 512 : 4096, first, places;

	if (cut->place == CUT_BYTE)
		return 1;
	if (cut->place == CUT_AT)
		return cut->at > offset && cut->at < offset + size ? (size_t)(cut->at - offset)
								   : size;
	/* At a random boundary inside the request. */
	first = (offset / unit + 1) * unit;
	if (first >= offset + size)
		return size;
	places = (offset + size - 1 - first) / unit + 1;
	return (size_t)(first + random % places * unit - offset);
}

static size_t shorten(struct plan *plan, struct firing *firing, size_t size)
{
	/* Offsets in directories are not in bytes. */
	uint64_t offset = plan->request->opcode == FUSE_READ || plan->request->opcode == FUSE_WRITE
				  ? plan->request->offset
				  : 0;

	firing->drawn = cut_at(firing->action->state, offset, size, firing->random);
	return (size_t)firing->drawn;
}

const struct rule_action rule_action_short = {
	.key = { "short", SCHEMA_GROUP, .keys = keys, .short_for = "at" },
	.about = "Makes a read or write transfer fewer bytes than requested. A directory is "
		 "read in pieces of that size, but at least one name: getdents returns fewer "
		 "entries.",
	.drawn = "bytes kept",
	.operations = HOOK_BIT(FUSE_READ) | HOOK_BIT(FUSE_WRITE) | HOOK_BIT(FUSE_READDIR) |
		      HOOK_BIT(FUSE_READDIRPLUS),
	.before_only = true,
	.settings_size = sizeof(struct cut),
	.shorten = shorten,
};
