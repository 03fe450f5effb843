/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/hook_point.h"
#include "injector/probe/kernel_symbols.h"
#include "tests/support/suite.h"

#include <string.h>

/* A kernel as the list of the functions that it has. */
static bool has(const struct hook_point *point, void *context)
{
	const char *const *functions = context;

	for (; *functions; functions++)
		if (!point->call && !strcmp(*functions, point->function))
			return true;
	return false;
}

static bool calls(const struct hook_point *point, void *context)
{
	return point->call && !strcmp(point->call, context);
}

static const char *found(enum hook_role role, const char *const *functions)
{
	const struct hook_point *point = hook_point_find(role, has, (void *)functions);

	return point ? point->function : "none";
}

static void finds_what_the_generation_has(void)
{
	static const char *const old[] = { "__filemap_get_folio", "filemap_get_read_batch", NULL };
	static const char *const before[] = { "split_huge_page_to_list_to_order",
					      "split_page_memcg", NULL };
	static const char *const affected[] = {
		"__folio_split",       "folio_split_memcg_refs", "free_folio_and_swap_cache",
		"__filemap_get_folio", "filemap_get_entry",      NULL
	};
	static const char *const newest[] = { "__filemap_get_folio", "__filemap_get_folio_mpol",
					      NULL };

	CU_ASSERT_STRING_EQUAL(found(HOOK_LOOKUP, old), "__filemap_get_folio");
	CU_ASSERT_STRING_EQUAL(found(HOOK_SPLIT, old), "none");
	CU_ASSERT_STRING_EQUAL(found(HOOK_SPLIT, before), "split_huge_page_to_list_to_order");
	CU_ASSERT_STRING_EQUAL(found(HOOK_LEVEL, before), "split_page_memcg");
	CU_ASSERT_STRING_EQUAL(found(HOOK_SPLIT, affected), "__folio_split");
	CU_ASSERT_STRING_EQUAL(found(HOOK_LEVEL, affected), "folio_split_memcg_refs");
	CU_ASSERT_STRING_EQUAL(found(HOOK_STORED, affected), "free_folio_and_swap_cache");
	CU_ASSERT_STRING_EQUAL(found(HOOK_SHMEM, affected), "filemap_get_entry");
	CU_ASSERT_STRING_EQUAL(found(HOOK_READ, affected), "none");
	/* Where both are there, the one that the other calls is called by all. */
	CU_ASSERT_STRING_EQUAL(found(HOOK_LOOKUP, newest), "__filemap_get_folio_mpol");
}

static void names_each_role(void)
{
	char text[200];

	for (int role = 0; role < HOOK_ROLES; role++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(hook_role_names[role]);
		CU_ASSERT(*hook_point_candidates((enum hook_role)role, text, sizeof(text)));
	}
	CU_ASSERT_STRING_EQUAL(hook_point_candidates(HOOK_LOOKUP, text, sizeof(text)),
			       "__filemap_get_folio_mpol or __filemap_get_folio");
	CU_ASSERT_STRING_EQUAL(hook_point_candidates(HOOK_LOOKUP, text, 9), "__filema");
	CU_ASSERT_STRING_EQUAL(hook_point_candidates(HOOK_STORE, text, sizeof(text)),
			       "__folio_freeze_and_split_unmapped calling __xa_store or "
			       "__folio_split calling __xa_store");
}

static void finds_calls(void)
{
	const struct hook_point *point = hook_point_find(HOOK_LEVEL, calls, "xas_try_split");

	CU_ASSERT_PTR_NOT_NULL_FATAL(point);
	CU_ASSERT_STRING_EQUAL(point->function, "__folio_freeze_and_split_unmapped");
	CU_ASSERT_PTR_NULL(hook_point_find(HOOK_SPLIT, calls, "xas_try_split"));
}

static void looks_symbols_up_by_their_whole_name(void)
{
	struct kernel_symbols *symbols = kernel_symbols_read();
	const struct kernel_symbol *fault;

	CU_ASSERT_PTR_NOT_NULL_FATAL(symbols);
	fault = kernel_symbols_find(symbols, "filemap_fault");
	CU_ASSERT_PTR_NOT_NULL_FATAL(fault);
	CU_ASSERT_STRING_EQUAL(fault->name, "filemap_fault");
	CU_ASSERT_PTR_NULL(kernel_symbols_find(symbols, "filemap_faul"));
	CU_ASSERT_PTR_NULL(kernel_symbols_find(symbols, "no_such_function_anywhere"));
	/* To others than root they are all 0. */
	CU_ASSERT(kernel_symbols_end(symbols, fault->address) > fault->address);
	CU_ASSERT_EQUAL(kernel_symbols_end(symbols, UINT64_MAX), UINT64_MAX);
	kernel_symbols_free(symbols);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "finds what the generation has", finds_what_the_generation_has },
		{ "names each role", names_each_role },
		{ "finds calls", finds_calls },
		{ "looks symbols up by their whole name", looks_symbols_up_by_their_whole_name },
		CU_TEST_INFO_NULL,
	};

	return run_suite("hook points", tests);
}
