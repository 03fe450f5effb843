/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/schedule/code_point.h"
#include "injector/schedule/code_subject.h"
#include "tests/support/suite.h"

#include <string.h>

static void knows_functions(void)
{
	static const struct {
		const char *point, *function; /* function: NULL: not known */
		enum code_subject_kind kind;
		unsigned int argument, page;
	} rows[] = {
		{ "entry of filemap_get_entry", "filemap_get_entry", SUBJECT_IS_MAPPING, 1, 2 },
		{ "return of __filemap_get_folio", "__filemap_get_folio", SUBJECT_IS_MAPPING, 1,
		  2 },
		{ "__folio_split calls __xa_store", "__xa_store", SUBJECT_IS_ARRAY, 1, 2 },
		{ "f calls xas_load", "xas_load", SUBJECT_IS_STATE, 1, 0 },
		{ "entry of __folio_split", "__folio_split", SUBJECT_IS_FOLIO, 1, 0 },
		/* Whichever name the kernel has. */
		{ "entry of nobody|__folio_split", "__folio_split", SUBJECT_IS_FOLIO, 1, 0 },
		{ "f|g calls nobody|xas_split", "xas_split", SUBJECT_IS_STATE, 1, 0 },
		{ "entry of __filemap_get_folio_mpol|__filemap_get_folio", "__filemap_get_folio",
		  SUBJECT_IS_MAPPING, 1, 2 },
		/* Of the function that calls, the arguments are gone. */
		{ "__folio_split calls f", NULL, 0, 0, 0 },
		{ "return from xas_load in __folio_split", NULL, 0, 0, 0 },
		{ "__folio_split+0x10", NULL, 0, 0, 0 },
		{ "begin", NULL, 0, 0, 0 },
		{ "entry of xas_load_more", NULL, 0, 0, 0 },
		{ "entry of load", NULL, 0, 0, 0 },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		const struct code_subject *subject;
		struct code_point point;
		char why[512];

		CU_ASSERT_EQUAL_FATAL(code_point_parse(rows[i].point, &point, why, sizeof(why)), 0);
		subject = code_subject_of(&point);
		CU_ASSERT_EQUAL(!subject, !rows[i].function);
		if (!subject || !rows[i].function)
			continue;
		CU_ASSERT_STRING_EQUAL(subject->function, rows[i].function);
		CU_ASSERT_EQUAL(subject->kind, rows[i].kind);
		CU_ASSERT_EQUAL(subject->argument, rows[i].argument);
		CU_ASSERT_EQUAL(subject->page, rows[i].page);
	}
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "knows what functions are about", knows_functions },
		CU_TEST_INFO_NULL,
	};

	return run_suite("subjects of functions", tests);
}
