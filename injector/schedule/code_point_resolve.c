/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/near_name.h"
#include "injector/schedule/code_point.h"
#include "injector/schedule/function_code.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { NAMES_MAX = 5, WHY_MAX = 512 };

/* Some names, each once; further ones are counted. */
struct names {
	const char *items[NAMES_MAX];
	size_t count, more;
};

struct search {
	const struct code_point *point;
	struct function_code code;
	uint64_t *addresses;
	size_t count, room, most;    /* addresses found; room for this name, for all names */
	struct names parts, callees; /* parts with the addresses; functions called there */
	/* For messages: */
	struct names called; /* by the function */
	struct near_names near;
	uint64_t before; /* of POINT_OFFSET: the last instruction that begins at or before it */
	bool jumps;      /* to the callee, by a tail call */
	char *why;
	size_t size;
};

static void add_name(struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++)
		if (!strcmp(names->items[i], name))
			return;
	if (names->count == NAMES_MAX)
		names->more++;
	else
		names->items[names->count++] = name;
}

static const char *names_text(const struct names *names, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (size_t i = 0; i < names->count; i++)
		used = append_text(text, size, used, "%s%s", i ? ", " : "", names->items[i]);
	if (names->more)
		append_text(text, size, used, ", ...");
	return text;
}

static int add(struct search *search, uint64_t address, const char *part)
{
	if (search->count == search->room) {
		snprintf(search->why, search->size, "more than %zu such places in %s", search->most,
			 search->point->function);
		return -E2BIG;
	}
	add_name(&search->parts, part);
	search->addresses[search->count++] = address;
	return 0;
}

static int add_entries(struct search *search)
{
	int r = 0;

	for (size_t i = 0; i < search->code.count && !r; i++) {
		const struct function_part *part = &search->code.parts[i];

		if (function_code_entered(&search->code, part))
			r = add(search, part->symbol->address, part->symbol->name);
	}
	return r;
}

static int take_call(void *context, const struct function_place *place)
{
	struct search *search = context;
	bool after = search->point->kind == POINT_RETURN_FROM;

	if (!place->callee)
		return 0;
	add_name(&search->called, place->callee->name);
	near_names_offer(&search->near, search->point->callee, place->callee->name);
	if (!function_code_is(search->code.kernel, place->callee, search->point->callee))
		return 0;
	search->jumps |= place->jumps;
	if (after && place->jumps)
		return 0;
	add_name(&search->callees, place->callee->name);
	return add(search, after ? place->next : place->address, place->part->symbol->name);
}

static int complain_of_no_call(const struct search *search)
{
	const struct code_point *point = search->point;
	char names[NAMES_MAX * 64];

	if (search->jumps)
		snprintf(search->why, search->size,
			 "%s ends by a jump to %s, and nothing comes back to it; allowed: return "
			 "of %s",
			 point->function, point->callee, point->function);
	else if (search->called.count)
		snprintf(search->why, search->size, "no %s calls in %s of this kernel; it calls %s",
			 point->callee, point->function,
			 search->near.count ? near_names_text(&search->near, names, sizeof(names))
					    : names_text(&search->called, names, sizeof(names)));
	else
		/* The engine outside knows only the functions that the schedule names. */
		snprintf(search->why, search->size,
			 "no %s calls in %s of this kernel; `foliostorm points %s` lists its calls",
			 point->callee, point->function, point->function);
	return -ENOENT;
}

static int find_calls(struct search *search)
{
	int r = function_code_walk(&search->code, take_call, search, search->why, search->size);

	if (r)
		return r;
	return search->count ? 0 : complain_of_no_call(search);
}

static int see(void *context, const struct machine_instruction *instruction)
{
	struct search *search = context;
	uint64_t wanted = search->addresses[0] + search->point->offset;

	if (instruction->address > wanted)
		return 1;
	search->before = instruction->address;
	return 0;
}

/* An instruction must begin there: a breakpoint inside of one would corrupt it. */
static int find_offset(struct search *search)
{
	const struct kernel_text *kernel = search->code.kernel;
	const struct code_point *point = search->point;
	_cleanup_free_ void *code = NULL;
	uint64_t start = search->addresses[0];
	int length = kernel_text_function(kernel, start, &code);

	if (length < 0) {
		snprintf(search->why, search->size, "the code of %s cannot be read: %s",
			 point->function, strerror(-length));
		return length;
	}
	if (point->offset >= (uint64_t)length) {
		snprintf(search->why, search->size, "%s is 0x%x bytes long; allowed: less",
			 point->function, (unsigned int)length);
		return -ENOENT;
	}
	machine_code_walk(kernel->isa, code, (size_t)length, start, see, search);
	if (search->before != start + point->offset) {
		snprintf(search->why, search->size,
			 "no instruction begins at %s+0x%" PRIx64 "; one does at +0x%" PRIx64,
			 point->function, point->offset, search->before - start);
		return -ENOENT;
	}
	search->addresses[0] += point->offset;
	return 0;
}

static int find(struct search *search)
{
	int r;

	switch (search->point->kind) {
	case POINT_CALL:
	case POINT_RETURN_FROM:
		return find_calls(search);
	case POINT_OFFSET:
		r = add_entries(search);
		if (!r && search->count > 1) {
			snprintf(search->why, search->size,
				 "%s is compiled more than once; allowed: an offset in one of %s, "
				 "%s",
				 search->point->function, search->parts.items[0],
				 search->parts.items[1]);
			return -ENOTUNIQ;
		}
		return r ? r : find_offset(search);
	default:
		return add_entries(search);
	}
}

/* Notes the names that the kernel has for `name`, if they differ. */
static void remark(const struct search *search, const char *name, const struct names *names)
{
	char text[NAMES_MAX * 64];
	size_t used = strlen(search->why);

	if (names->count > 1 || (names->count && strcmp(names->items[0], name) != 0))
		append_text(search->why, search->size, used, "%s%s is %s in this kernel",
			    used ? "; " : "", name, names_text(names, text, sizeof(text)));
}

/* Resolves a point with one name each for F and G, after `count` addresses of others. Returns the
 * number of its addresses, or -errno. */
static int resolve_one(const struct code_point *point, const struct kernel_text *kernel,
		       uint64_t *addresses, size_t count, size_t most, char *why, size_t size)
{
	struct search search = {
		.point = point,
		.addresses = addresses + count,
		.room = most - count,
		.most = most,
		.why = why,
		.size = size,
	};
	int r;

	*why = '\0';
	if (point->kind == POINT_BEGIN)
		return 0;
	r = function_code_find(&search.code, point->function, kernel, why, size);
	if (!r)
		r = find(&search);
	if (r)
		return r;
	remark(&search, point->function, &search.parts);
	remark(&search, point->callee, &search.callees);
	return (int)search.count;
}

/* Reads the next of several names "A|B". Returns false if there is none left. */
static bool next_name(const char **names, char *name)
{
	size_t length = strcspn(*names, "|");

	if (!length)
		return false;
	memcpy(name, *names, length);
	name[length] = '\0';
	*names += length + ((*names)[length] == '|');
	return true;
}

/* Appends the remark on one of several names. */
static void add_remark(char *why, size_t size, const char *remark)
{
	size_t used = strlen(why);

	if (*remark && !strstr(why, remark))
		append_text(why, size, used, "%s%s", used ? "; " : "", remark);
}

/* Of the `more` addresses after the first `count`, keeps those that are new. Returns the new number
 * of addresses. */
static size_t merge(uint64_t *addresses, size_t count, size_t more)
{
	size_t merged = count;

	for (size_t i = count; i < count + more; i++) {
		size_t k = 0;

		while (k < count && addresses[k] != addresses[i])
			k++;
		if (k == count)
			addresses[merged++] = addresses[i];
	}
	return merged;
}

int code_point_resolve(const struct code_point *point, const struct kernel_text *kernel,
		       uint64_t *addresses, size_t most, char *why, size_t size)
{
	struct code_point one = *point;
	const char *functions = point->function;
	char said[WHY_MAX];
	size_t count = 0;

	*why = '\0';
	while (next_name(&functions, one.function)) {
		const char *callees = point->callee;

		for (bool more = !*callees || next_name(&callees, one.callee); more;
		     more = next_name(&callees, one.callee)) {
			int r = resolve_one(&one, kernel, addresses, count, most, said,
					    sizeof(said));

			if (r < 0 && r != -ENOENT) {
				snprintf(why, size, "%s", said);
				return r;
			}
			/* Remarks on missing names matter only if none is found. */
			if (r > 0 && !count)
				*why = '\0';
			if (r > 0 || !count)
				add_remark(why, size, said);
			count = r > 0 ? merge(addresses, count, (size_t)r) : count;
		}
	}
	return count || point->kind == POINT_BEGIN ? (int)count : -ENOENT;
}
