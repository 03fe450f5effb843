/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/hook_find.h"
#include "injector/probe/call_site.h"
#include "injector/probe/kernel_symbols.h"
#include "injector/probe/kernel_text.h"

#include <bpf/btf.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Where rows of hook_points[] are looked up. */
struct sources {
	struct btf *btf;
	struct kernel_symbols *symbols; /* read at the first use, see symbols_of() */
};

struct search {
	struct sources *sources;
	struct hook_calls *calls;
};

static const struct kernel_symbols *symbols_of(struct sources *sources)
{
	if (!sources->symbols)
		sources->symbols = kernel_symbols_read();
	return sources->symbols;
}

static bool in_btf(const struct hook_point *point, void *context)
{
	const struct search *search = context;

	return !point->call &&
	       btf__find_by_name_kind(search->sources->btf, point->function, BTF_KIND_FUNC) > 0;
}

static bool in_symbols(const struct hook_point *point, void *context)
{
	const struct search *search = context;
	const struct kernel_symbols *symbols = point->call ? NULL : symbols_of(search->sources);

	return symbols && kernel_symbols_find(symbols, point->function);
}

static bool in_code(const struct hook_point *point, void *context)
{
	const struct search *search = context;
	const struct kernel_symbols *symbols = point->call ? symbols_of(search->sources) : NULL;
	struct kernel_text text;

	if (!symbols || kernel_text_here(&text, symbols))
		return false;
	search->calls->count = call_site_find(&text, point->function, point->call,
					      search->calls->offsets, HOOK_CALLS_MAX);
	return search->calls->count > 0;
}

/* In this order: the cheapest first. */
static bool (*const has[HOOK_METHODS])(const struct hook_point *point, void *search) = {
	[HOOK_FENTRY] = in_btf,
	[HOOK_KPROBE] = in_symbols,
	[HOOK_CALL] = in_code,
};

/* Finds the function that serves a role, and the method. */
static void find_hook(struct witness_hook *hook, enum hook_role role, struct search *search)
{
	const struct hook_point *point = NULL;
	char names[128];

	for (int method = HOOK_FENTRY; method < HOOK_METHODS && !point; method++) {
		point = hook_point_find(role, has[method], search);
		hook->method = (enum hook_method)method;
	}
	if (point) {
		hook->function = point->function;
		hook->call = point->call;
		*hook->why = '\0';
		return;
	}
	hook->method = HOOK_NONE;
	snprintf(hook->why, sizeof(hook->why), "this kernel has no %s",
		 hook_point_candidates(role, names, sizeof(names)));
}

int hook_find(struct witness_hook *hooks, struct hook_calls *calls, unsigned int roles, char *why,
	      size_t size)
{
	struct sources sources = { .symbols = NULL };

	sources.btf = btf__load_vmlinux_btf();
	if (!sources.btf) {
		snprintf(why, size, "/sys/kernel/btf/vmlinux: %s", strerror(errno));
		return -ENOTSUP;
	}
	for (int role = 0; role < HOOK_ROLES; role++) {
		struct search search = { &sources, &calls[role] };

		if (roles >> role & 1)
			find_hook(&hooks[role], (enum hook_role)role, &search);
	}
	kernel_symbols_free(sources.symbols);
	btf__free(sources.btf);
	return 0;
}
