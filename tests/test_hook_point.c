/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/hook_point.h"
#include "tests/suite.h"

#include <string.h>

/* A kernel as the list of the functions that it has. */
static bool has(void *context, const char *function)
{
	const char *const *functions = context;

	for (; *functions; functions++)
		if (!strcmp(*functions, function))
			return true;
	return false;
}

static const char *found(enum hook_role role, const char *const *functions)
{
	const struct hook_point *point = hook_point_find(role, has, (void *)functions);

	return point ? point->function : "none";
}

static void finds_what_the_generation_has(void)
{
	static const char *const old[] = { "__filemap_get_folio", "filemap_get_read_batch", NULL };
	static const char *const affected[] = {
		"__folio_split",       "folio_split_memcg_refs", "free_folio_and_swap_cache",
		"__filemap_get_folio", "filemap_get_entry",      NULL
	};
	static const char *const newest[] = { "__filemap_get_folio", "__filemap_get_folio_mpol",
					      NULL };

	CU_ASSERT_STRING_EQUAL(found(HOOK_LOOKUP, old), "__filemap_get_folio");
	CU_ASSERT_STRING_EQUAL(found(HOOK_SPLIT, old), "none");
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
	char text[96];

	for (int role = 0; role < HOOK_ROLES; role++) {
		CU_ASSERT_PTR_NOT_NULL_FATAL(hook_role_names[role]);
		CU_ASSERT(*hook_point_candidates((enum hook_role)role, text, sizeof(text)));
	}
	CU_ASSERT_STRING_EQUAL(hook_point_candidates(HOOK_LOOKUP, text, sizeof(text)),
			       "__filemap_get_folio_mpol or __filemap_get_folio");
	CU_ASSERT_STRING_EQUAL(hook_point_candidates(HOOK_LOOKUP, text, 9), "__filema");
}

static void looks_symbols_up_by_their_whole_name(void)
{
	CU_ASSERT(hook_point_in_symbols("filemap_fault"));
	CU_ASSERT_FALSE(hook_point_in_symbols("filemap_faul"));
	CU_ASSERT_FALSE(hook_point_in_symbols("no_such_function_anywhere"));
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "finds what the generation has", finds_what_the_generation_has },
		{ "names each role", names_each_role },
		{ "looks symbols up by their whole name", looks_symbols_up_by_their_whole_name },
		CU_TEST_INFO_NULL,
	};

	return run_suite("hook points", tests);
}
