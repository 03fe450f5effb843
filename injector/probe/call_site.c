/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/call_site.h"
#include "injector/base/cleanup.h"

struct search {
	uint64_t caller, callee; /* addresses */
	size_t *offsets;
	size_t found, most;
};

static int take(void *context, const struct machine_instruction *instruction)
{
	struct search *search = context;

	if (instruction->target != search->callee)
		return 0;
	if (search->found == search->most)
		return 1;
	search->offsets[search->found++] = instruction->address - search->caller;
	return 0;
}

int call_site_find(const struct kernel_text *text, const char *caller, const char *callee,
		   size_t *offsets, size_t most)
{
	const struct kernel_symbol *from = kernel_symbols_find(text->symbols, caller);
	const struct kernel_symbol *to = from ? kernel_symbols_find(text->symbols, callee) : NULL;
	struct search search = { .offsets = offsets, .most = most };
	_cleanup_free_ void *code = NULL;
	int size, r;

	if (!to || !from->address || !to->address)
		return -ENOENT;
	search.caller = from->address;
	search.callee = to->address;
	size = kernel_text_function(text, from->address, &code);
	if (size < 0)
		return size;
	r = machine_code_walk(text->isa, code, (size_t)size, from->address, take, &search);
	return r < 0 ? r : (int)search.found;
}
