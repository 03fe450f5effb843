/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/schedule/code_point.h"
#include "tests/support/suite.h"

#include <errno.h>
#include <string.h>

#define NAME_63 "a23456789012345678901234567890123456789012345678901234567890123"

/* Each form, and how it is written. */
static const struct {
	const char *place, *deed;
	struct code_point point;
} forms[] = {
	{ "begin", "begins", { .kind = POINT_BEGIN } },
	{ "entry of filemap_fault",
	  "enters filemap_fault",
	  { .kind = POINT_ENTRY, .function = "filemap_fault" } },
	{ "return of f.isra.0",
	  "returns from f.isra.0",
	  { .kind = POINT_RETURN, .function = "f.isra.0" } },
	{ "__folio_split calls xas_try_split",
	  "calls xas_try_split in __folio_split",
	  { .kind = POINT_CALL, .function = "__folio_split", .callee = "xas_try_split" } },
	{ "return from g in f",
	  "returns from g in f",
	  { .kind = POINT_RETURN_FROM, .function = "f", .callee = "g" } },
	{ "f+0x1262",
	  "reaches f+0x1262",
	  { .kind = POINT_OFFSET, .function = "f", .offset = 0x1262 } },
	{ "entry of " NAME_63, "enters " NAME_63, { .kind = POINT_ENTRY, .function = NAME_63 } },
	/* Several names of one thing. */
	{ "entry of f|g", "enters f|g", { .kind = POINT_ENTRY, .function = "f|g" } },
	{ "f|g calls h|i.isra.0|_j",
	  "calls h|i.isra.0|_j in f|g",
	  { .kind = POINT_CALL, .function = "f|g", .callee = "h|i.isra.0|_j" } },
	{ "return from h|i in f",
	  "returns from h|i in f",
	  { .kind = POINT_RETURN_FROM, .function = "f", .callee = "h|i" } },
	{ "f|g+0x10",
	  "reaches f|g+0x10",
	  { .kind = POINT_OFFSET, .function = "f|g", .offset = 0x10 } },
	{ "entry of " NAME_63 "|" NAME_63,
	  "enters " NAME_63 "|" NAME_63,
	  { .kind = POINT_ENTRY, .function = NAME_63 "|" NAME_63 } },
	/* Names that are words of the grammar as well. */
	{ "return calls begin",
	  "calls begin in return",
	  { .kind = POINT_CALL, .function = "return", .callee = "begin" } },
	{ "step 0",
	  "begins step 0",
	  { .kind = POINT_STEP, .function = CODE_MARK_FUNCTION, .offset = 0 } },
	{ "end of step 12",
	  "ends step 12",
	  { .kind = POINT_STEP_END, .function = CODE_MARK_FUNCTION, .offset = 12 } },
	{ "entry of of", "enters of", { .kind = POINT_ENTRY, .function = "of" } },
};

static void reads_and_writes(void)
{
	struct code_point point;
	char text[256], why[512];

	for (size_t i = 0; i < ARRAY_SIZE(forms); i++) {
		CU_ASSERT_EQUAL(code_point_parse(forms[i].place, &point, why, sizeof(why)), 0);
		CU_ASSERT(code_point_same(&point, &forms[i].point));
		CU_ASSERT_STRING_EQUAL(code_point_text(&point, text, sizeof(text)), forms[i].place);
		CU_ASSERT_EQUAL(code_point_parse_deed(forms[i].deed, &point, why, sizeof(why)), 0);
		CU_ASSERT(code_point_same(&point, &forms[i].point));
		CU_ASSERT_STRING_EQUAL(code_point_deed(&point, text, sizeof(text)), forms[i].deed);
		for (size_t k = 0; k < i; k++)
			CU_ASSERT_FALSE(code_point_same(&point, &forms[k].point));
	}
	CU_ASSERT_EQUAL(code_point_parse(" f \t calls  g ", &point, why, sizeof(why)), 0);
	CU_ASSERT_STRING_EQUAL(code_point_text(&point, text, sizeof(text)), "f calls g");
	CU_ASSERT_STRING_EQUAL(code_point_text(&point, text, 6), "f cal");
}

static void refuses(void)
{
	static const char *const wrong[] = {
		"",
		"f",
		"begin f",
		"beginf",
		"entry f",
		"entryof f",
		"entry of",
		"entry of f g",
		"enters f",
		"return of 7f",
		"f call g",
		"f calls",
		"fcalls g",
		"return from g",
		"return from g in",
		"f+",
		"f+1262",
		"f+0x",
		"f+0x12z",
		"f+0x-1",
		"f+0x10000000000000000",
		"f +0x10",
		"entry of f*",
		"entry of f|",
		"entry of |f",
		"entry of f||g",
		"entry of f | g",
		"entry of f|7g",
		"f| calls g",
		"f calls g|",
		"begin|begin",
		"entry of " NAME_63 "4|" NAME_63,
		"entry of " NAME_63 NAME_63 "45",
		"Entry of f",
	};
	struct code_point point = { .kind = POINT_OFFSET, .offset = 7 };
	char why[512];

	for (size_t i = 0; i < ARRAY_SIZE(wrong); i++) {
		int r = code_point_parse(wrong[i], &point, why, sizeof(why));

		if (r != -EINVAL)
			printf("\n    \"%s\" is taken", wrong[i]);
		CU_ASSERT_EQUAL(r, -EINVAL);
		CU_ASSERT(point.kind == POINT_OFFSET && point.offset == 7);
	}
	CU_ASSERT_EQUAL(code_point_parse("filemap_fault", &point, why, sizeof(why)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
		why,
		"\"filemap_fault\" is not a point in the kernel's code; allowed: begin, entry "
		"of F, return of F, F calls G, return from G in F, F+N, step S, end of step S, "
		"where F and G are "
		"functions, N is an offset such as 0x1262, and S is the number of a step, from 0");
	CU_ASSERT_EQUAL(code_point_parse_deed("entry of f", &point, why, sizeof(why)), -EINVAL);
	CU_ASSERT_STRING_EQUAL(
		why,
		"\"entry of f\" is not what a role can do; allowed: begins, enters F, returns "
		"from F, calls G in F, returns from G in F, reaches F+N, begins step S, ends step "
		"S, where F and G are "
		"functions, N is an offset such as 0x1262, and S is the number of a step, from 0");
	CU_ASSERT_EQUAL(code_point_parse("f", &point, why, 12), -EINVAL);
	CU_ASSERT_STRING_EQUAL(why, "\"f\" is not ");
}

static void names(void)
{
	static const struct {
		const char *names, *name;
		bool is;
	} rows[] = {
		{ "f", "f", true },      { "f", "g", false },     { "f", "ff", false },
		{ "ff", "f", false },    { "f|g", "f", true },    { "f|g", "g", true },
		{ "ff|gg", "f", false }, { "ff|gg", "g", false }, { "ff|gg", "gg", true },
		{ "f|g|h", "g", true },  { "", "f", false },
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++)
		CU_ASSERT_EQUAL(code_point_names(rows[i].names, rows[i].name), rows[i].is);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "reads and writes each form", reads_and_writes },
		{ "refuses others", refuses },
		{ "one of several names", names },
		CU_TEST_INFO_NULL,
	};

	return run_suite("code points", tests);
}
