/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/function_code.h"
#include "injector/base/append_text.h"
#include "injector/base/cleanup.h"
#include "injector/base/near_name.h"

#include <inttypes.h>
#include <string.h>

/* A kernel with indirect branch tracking begins a function with ENDBR64, 4 bytes, which direct
 * calls may skip. */
enum { ENTRY_SIZE = 4 };

/* NAME, or NAME.SUFFIX. */
static bool is_part_of(const char *symbol, const char *name)
{
	size_t length = strlen(name);

	return !strncmp(symbol, name, length) && (!symbol[length] || symbol[length] == '.');
}

/* The kind of a part by the suffix of its name, or by the whole name. */
static enum function_part_kind kind_of(const char *suffix)
{
	if (strstr(suffix, ".cold"))
		return PART_COLD;
	return strstr(suffix, ".part.") ? PART_PIECE : PART_WHOLE;
}

static int complain_of_none(const char *name, const struct kernel_text *kernel, char *why,
			    size_t size)
{
	struct near_names near = { .count = 0 };
	const struct kernel_symbol *symbols;
	char names[5 * 64];
	size_t count;

	symbols = kernel_symbols_all(kernel->symbols, &count);
	if (!count) {
		snprintf(why, size,
			 "this kernel lists none of its functions; it takes one with "
			 "CONFIG_KALLSYMS");
		return -EPERM;
	}
	for (size_t i = 0; i < count; i++)
		if (strncmp(symbols[i].name, "__pfx_", 6) != 0)
			near_names_offer(&near, name, symbols[i].name);
	near_names_text(&near, names, sizeof(names));
	snprintf(why, size,
		 "%s is not a function of this kernel (misspelt, inlined, or of a module that is "
		 "not there)%s%s",
		 name, *names ? "; it has " : "", names);
	return -ENOENT;
}

static int complain_of_several(const struct function_code *code, const char *name, char *why,
			       size_t size)
{
	size_t used = append_text(why, size, 0,
				  "%s is ambiguous: this kernel has several functions of that "
				  "name, at ",
				  name);
	const char *between = "";

	for (size_t i = 0; i < code->count; i++) {
		if (strcmp(code->parts[i].symbol->name, name) != 0)
			continue;
		used = append_text(why, size, used, "%s0x%" PRIx64, between,
				   code->parts[i].symbol->address);
		between = ", ";
	}
	return -ENOTUNIQ;
}

static int add_parts(struct function_code *code, char *why, size_t size)
{
	const struct kernel_symbol *symbols;
	size_t count;

	symbols = kernel_symbols_all(code->kernel->symbols, &count);
	for (size_t i = 0; i < count; i++) {
		/* Other symbols of the same address are aliases, such as F.localalias. */
		if (!is_part_of(symbols[i].name, code->name) ||
		    (code->count &&
		     code->parts[code->count - 1].symbol->address == symbols[i].address))
			continue;
		if (code->count == FUNCTION_PARTS_MAX) {
			snprintf(why, size,
				 "%s: more than %d symbols of this kernel have that name",
				 code->name, FUNCTION_PARTS_MAX);
			return -E2BIG;
		}
		code->parts[code->count++] =
			(struct function_part){ &symbols[i],
						kind_of(symbols[i].name + strlen(code->name)) };
	}
	return 0;
}

int function_code_find(struct function_code *code, const char *name,
		       const struct kernel_text *kernel, char *why, size_t size)
{
	int r;

	*code = (struct function_code){ .name = name, .kernel = kernel };
	r = add_parts(code, why, size);
	if (r)
		return r;
	for (size_t i = 0; i < code->count; i++) {
		const struct kernel_symbol *symbol = code->parts[i].symbol;

		if (!symbol->address) {
			snprintf(why, size,
				 "this kernel hides the addresses of its functions from us; see "
				 "kernel.kptr_restrict in proc(5)");
			return -EPERM;
		}
		for (size_t k = 0; k < i; k++)
			if (!strcmp(code->parts[k].symbol->name, symbol->name))
				return complain_of_several(code, symbol->name, why, size);
	}
	for (size_t i = 0; i < code->count; i++)
		if (function_code_entered(code, &code->parts[i]))
			return 0;
	return complain_of_none(name, kernel, why, size);
}

bool function_code_entered(const struct function_code *code, const struct function_part *part)
{
	for (size_t i = 0; i < code->count; i++)
		if (code->parts[i].kind == PART_WHOLE)
			return part->kind == PART_WHOLE;
	return part->kind == PART_PIECE;
}

struct walk {
	const struct function_code *code;
	const struct function_part *part;
	int (*visit)(void *context, const struct function_place *place);
	void *context;
};

/* The function to whose beginning a branch leads; NULL: none. */
static const struct kernel_symbol *callee_of(const struct walk *walk, uint64_t target)
{
	const struct kernel_symbol *symbol =
		target ? kernel_symbols_at(walk->code->kernel->symbols, target) : NULL;

	return symbol && target - symbol->address <= ENTRY_SIZE ? symbol : NULL;
}

static bool ends_with(const char *text, const char *end)
{
	size_t length = strlen(text), wanted = strlen(end);

	return length >= wanted && !strcmp(text + length - wanted, end);
}

/* Whether a jump leaves the function, by a return thunk or a tail call. Fills in place. */
static bool leaves(const struct walk *walk, const struct kernel_symbol *callee,
		   struct function_place *place)
{
	if (!callee || kind_of(callee->name) == PART_COLD ||
	    callee->address == walk->part->symbol->address)
		return false;
	/* __x86_return_thunk, srso_return_thunk and their like */
	place->returns = ends_with(callee->name, "return_thunk");
	place->jumps = !place->returns;
	place->callee = place->returns ? NULL : callee;
	return true;
}

static int take(void *context, const struct machine_instruction *instruction)
{
	const struct walk *walk = context;
	const struct kernel_symbol *callee = callee_of(walk, instruction->target);
	struct function_place place = {
		.part = walk->part,
		.address = instruction->address,
		.next = instruction->next,
	};

	switch (instruction->flow) {
	case FLOW_RETURN:
		place.returns = true;
		break;
	case FLOW_CALL:
		if (instruction->target && !callee)
			return 0;
		place.callee = callee;
		break;
	case FLOW_JUMP:
		if (!leaves(walk, callee, &place))
			return 0;
		break;
	default:
		return 0;
	}
	return walk->visit(walk->context, &place);
}

static int walk_part(struct walk *walk, char *why, size_t size)
{
	const struct kernel_text *kernel = walk->code->kernel;
	uint64_t address = walk->part->symbol->address;
	_cleanup_free_ void *code = NULL;
	int length = kernel_text_function(kernel, address, &code);

	if (length >= 0)
		return machine_code_walk(kernel->isa, code, (size_t)length, address, take, walk);
	snprintf(why, size, "the code of %s cannot be read: %s", walk->part->symbol->name,
		 strerror(-length));
	return length;
}

int function_code_walk(const struct function_code *code,
		       int (*visit)(void *context, const struct function_place *place),
		       void *context, char *why, size_t size)
{
	struct walk walk = { .code = code, .visit = visit, .context = context };
	int r = 0;

	for (size_t i = 0; i < FUNCTION_PART_KINDS * code->count && !r; i++) {
		walk.part = &code->parts[i % code->count];
		if (walk.part->kind == i / code->count)
			r = walk_part(&walk, why, size);
	}
	return r;
}

bool function_code_is(const struct kernel_text *kernel, const struct kernel_symbol *symbol,
		      const char *name)
{
	const struct kernel_symbol *all;
	size_t count;

	all = kernel_symbols_all(kernel->symbols, &count);
	while (symbol > all && symbol[-1].address == symbol->address)
		symbol--;
	for (size_t i = (size_t)(symbol - all); i < count && all[i].address == symbol->address; i++)
		if (is_part_of(all[i].name, name))
			return true;
	return false;
}
