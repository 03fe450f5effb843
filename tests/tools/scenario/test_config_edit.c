/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keys changed in the text of a configuration: at their place, with all that the user wrote around
 * them. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/scenario/config_edit.h"

#include <errno.h>
#include <libconfig.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void expect(const char *before, const char *path, const char *value, const char *comment,
		   const char *after)
{
	char *text = strdup(before);
	config_t config;

	CU_ASSERT_EQUAL(config_edit_set(&text, path, value, comment), 0);
	if (strcmp(text, after))
		printf("%s=%s: %s\n", path, value, text);
	CU_ASSERT_STRING_EQUAL(text, after);
	config_init(&config);
	CU_ASSERT(config_read_string(&config, text));
	config_destroy(&config);
	free(text);
}

static void test_change(void)
{
	expect("a = 1; # one\n", "a", "2", NULL, "a = 2; # one\n");
	expect("storm = { op = \"punch\"; aim = \"random\"; }; # storm.aim = 7\n", "storm.aim",
	       "257", "was \"random\"",
	       "# was \"random\"\nstorm = { op = \"punch\"; aim = 257; }; # storm.aim = 7\n");
	expect("storm :\n{\n\taim = // where\n\t\t5 /* five */;\n}\n", "storm.aim", "auto", "was 5",
	       "storm :\n{\n\taim = // where\n\t\t# was 5\n\t\t\"auto\" /* five */;\n}\n");
	expect("/* aim = 1;\n { */ b = { aim = 2; }, aim = 3", "aim", "4", NULL,
	       "/* aim = 1;\n { */ b = { aim = 2; }, aim = 4");
	/* In strings nothing is a key. */
	expect("t = \"aim = 1; \\\" aim = 2;\"\n \"aim = 3\"; aim = 4;", "aim", "5", NULL,
	       "t = \"aim = 1; \\\" aim = 2;\"\n \"aim = 3\"; aim = 5;");
	expect("t = \"a\"\n    \"b\"; u = 1;", "t", "c d", NULL, "t = \"c d\"; u = 1;");
	expect("d = 10.0;", "d", "0.5", NULL, "d = 0.5;");
	expect("w = true;", "w", "false", NULL, "w = false;");
}

static void test_lists(void)
{
	const char readers[] = "readers = ( { kind = \"load\"; count = 2; },\n"
			       "            { kind = \"pipe\"; count = 3; } );\n";

	expect(readers, "readers[1].count", "4", "was 3",
	       "readers = ( { kind = \"load\"; count = 2; },\n"
	       "            # was 3\n"
	       "            { kind = \"pipe\"; count = 4; } );\n");
	expect(readers, "readers[0].kind", "procmem", NULL,
	       "readers = ( { kind = \"procmem\"; count = 2; },\n"
	       "            { kind = \"pipe\"; count = 3; } );\n");
	expect("a = [ 1, 2, 3 ]; b = ( \"x\", ( 1, { c = 2; } ) );", "b[1][1].c", "7", NULL,
	       "a = [ 1, 2, 3 ]; b = ( \"x\", ( 1, { c = 7; } ) );");
}

static void test_add(void)
{
	expect("readers = ( { kind = \"load\" } );", "readers[0].wait", "none", NULL,
	       "readers = ( { kind = \"load\"; wait = \"none\"; } );");
	expect("storm = { aim = 1; /* no more */ };\n", "storm.settle", "20us", "new",
	       "# new\nstorm = { aim = 1; settle = \"20us\"; /* no more */ };\n");
	expect("storm = {\n\taim = 1; # }\n\t# the end\n};\n", "storm.op", "punch", "new",
	       "storm = {\n\t# new\n\taim = 1; op = \"punch\"; # }\n\t# the end\n};\n");
	expect("storm = { };", "storm.aim", "3", NULL, "storm = { aim = 3; };");
	expect("a = 1; # last", "gate.split", "20us", "new",
	       "a = 1; # last\n# new\ngate = { split = \"20us\"; };\n");
	expect("a = { b = 1; };\n", "a.c.d", "2", NULL, "a = { b = 1; c = { d = 2; }; };\n");
	expect("", "a", "2", NULL, "a = 2;\n");
}

static void expect_refusal(const char *before, const char *path)
{
	char message[256] = "", *text = strdup(before);

	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(config_edit_set(&text, path, "1", NULL), -EINVAL);
	report_capture(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, path));
	CU_ASSERT_STRING_EQUAL(text, before);
	free(text);
}

static void test_refusals(void)
{
	expect_refusal("readers = ( { kind = \"load\"; } );", "readers[1].count");
	expect_refusal("a = 1;", "readers[0].count");
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	fputs(text, file);
	fclose(file);
}

static void test_includes(void)
{
	char directory[] = "/tmp/foliostorm-test.XXXXXX", whole[64], part[64], deep[64], *text;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(directory));
	sprintf(whole, "%s/whole.cfg", directory);
	sprintf(part, "%s/part.cfg", directory);
	sprintf(deep, "%s/deep.cfg", directory);
	write_file(whole, "# @include \"nowhere\"\nt = \"\n@include \\\"x\\\"\";\n"
			  "@include \"part.cfg\"\nz = 1;\n");
	write_file(part, "storm = { aim = 1; }; # mine\n@include \"deep.cfg\"\n");
	write_file(deep, "y = 2;\n");
	CU_ASSERT_EQUAL_FATAL(config_edit_read(whole, &text), 0);
	CU_ASSERT_STRING_EQUAL(text, "# @include \"nowhere\"\nt = \"\n@include \\\"x\\\"\";\n"
				     "storm = { aim = 1; }; # mine\ny = 2;\n\n\nz = 1;\n");
	free(text);
	write_file(deep, "@include \"deep.cfg\"\n");
	{
		char message[256] = "";

		report_capture(message, sizeof(message));
		CU_ASSERT_NOT_EQUAL(config_edit_read(whole, &text), 0);
		CU_ASSERT_PTR_NULL(text);
		unlink(deep);
		CU_ASSERT_EQUAL(config_edit_read(whole, &text), -EINVAL);
		report_capture(NULL, 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(message, "deep.cfg"));
	}
	unlink(whole);
	unlink(part);
	rmdir(directory);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "a change", test_change },
		{ "in lists", test_lists },
		{ "a key that was not there", test_add },
		{ "no such place", test_refusals },
		{ "includes", test_includes },
		CU_TEST_INFO_NULL,
	};

	return run_suite("config_edit", tests);
}
