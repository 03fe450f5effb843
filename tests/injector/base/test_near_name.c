/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/near_name.h"
#include "tests/support/suite.h"

#include <string.h>

static void nearest_first(void)
{
	static const char *const names[] = {
		"filemap_fault",
		"filemap_map_pages",
		"filemap_get_folio",
		"filemap_get_entry",
		"filemap_get_read_batch",
		"xas_load",
		"filemap_get_entry",
		"__filemap_get_folio",
		"__filemap_get_folio_mpol",
		"filemap_get_entr",
		"filemap",
		"f",
	};
	static const struct {
		const char *wanted, *near;
	} rows[] = {
		{ "filemap_get_entri", "filemap_get_entry, filemap_get_entr, filemap_get_folio" },
		{ "__filemap_get_folio",
		  "__filemap_get_folio, __filemap_get_folio_mpol, filemap_get_folio" },
		{ "filemap_get_read_batch_and_what", "filemap_get_read_batch" },
		{ "filemap_get_read_batch_with_a_name_of_64_characters_and_some_more", "" },
		{ "xas_lod", "xas_load" },
		{ "f", "f" },
		{ "ext4_readpage", "" },
		{ "", "f" },
	};
	char text[256];

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		struct near_names near = { .count = 0 };

		for (size_t n = 0; n < ARRAY_SIZE(names); n++)
			near_names_offer(&near, rows[i].wanted, names[n]);
		near_names_text(&near, text, sizeof(text));
		if (strcmp(text, rows[i].near) != 0)
			printf("\n    %s: %s", rows[i].wanted, text);
		CU_ASSERT_STRING_EQUAL(text, rows[i].near);
	}
}

static void keeps_five(void)
{
	static const char *const names[] = { "abcde1", "abcde2", "abcd12", "abcde3",
					     "abcde4", "abcde5", "abcde" };
	struct near_names near = { .count = 0 };
	char text[64], cut[9];

	for (size_t n = 0; n < ARRAY_SIZE(names); n++)
		near_names_offer(&near, "abcdef", names[n]);
	CU_ASSERT_STRING_EQUAL(near_names_text(&near, text, sizeof(text)),
			       "abcde1, abcde2, abcde3, abcde4, abcde5");
	CU_ASSERT_STRING_EQUAL(near_names_text(&near, cut, sizeof(cut)), "abcde1, ");
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "the nearest come first", nearest_first },
		{ "five are kept", keeps_five },
		CU_TEST_INFO_NULL,
	};

	return run_suite("near names", tests);
}
