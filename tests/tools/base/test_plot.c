/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Pictures by gnuplot: what comes out, what texts become, what goes wrong. */
#include "injector/base/report.h"
#include "tests/support/suite.h"
#include "tools/base/plot.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *constant(const char *text)
{
	char *written = NULL;
	size_t size;
	FILE *memory = open_memstream(&written, &size);

	plot_text(memory, text);
	fclose(memory);
	return written;
}

static void expect_constant(const char *text, const char *wanted)
{
	char *written = constant(text);

	CU_ASSERT_STRING_EQUAL(written, wanted);
	free(written);
}

static void test_text(void)
{
	expect_constant("storm.aim", "'storm.aim'");
	expect_constant("it's `rm` \\ \"$x\"", "'it''s `rm` \\ \"$x\"'");
	expect_constant("50 \xc2\xb5s", "'50 \xc2\xb5s'");
	expect_constant("a\nb\x80\xed\xa0\x80\xc3", "'a?b?"
						    "?"
						    "?"
						    "?"
						    "?'");
}

static void test_svg(void)
{
	char *name = constant("<b>&'x'_{1}");
	char script[256], *svg;

	snprintf(script, sizeof(script), "set title %s\nplot '-' using 1:2 with lines\n1 1\n2 4\ne",
		 name);
	CU_ASSERT_EQUAL_FATAL(plot_svg(script, 400, 300, &svg), 0);
	CU_ASSERT(!strncmp(svg, "<svg", 4));
	CU_ASSERT_PTR_NOT_NULL(strstr(svg, "</svg>"));
	CU_ASSERT_PTR_NOT_NULL(strstr(svg, "&lt;b>&amp;"));
	CU_ASSERT_PTR_NULL(strstr(svg, "<b>"));
	/* Markup is off. */
	CU_ASSERT_PTR_NOT_NULL(strstr(svg, "_{1}"));
	free(svg);
	free(name);
}

static void test_errors(void)
{
	char message[512] = "", *svg, path[4096];

	report_capture(message, sizeof(message));
	CU_ASSERT_EQUAL(plot_svg("plot nonsense(", 400, 300, &svg), -EINVAL);
	CU_ASSERT_PTR_NULL(svg);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "gnuplot: "));
	CU_ASSERT_EQUAL(plot_svg("# nothing is drawn", 400, 300, &svg), -EINVAL);
	CU_ASSERT(plot_write("plot x", 400, 300, "/nowhere/x.svg") == -EIO);
	snprintf(path, sizeof(path), "%s", getenv("PATH"));
	setenv("PATH", "/nowhere", 1);
	CU_ASSERT(!plot_available());
	CU_ASSERT_EQUAL(plot_svg("plot x", 400, 300, &svg), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(message, "install gnuplot-nox"));
	setenv("PATH", path, 1);
	CU_ASSERT(plot_available());
	report_capture(NULL, 0);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "text", test_text },
		{ "svg", test_svg },
		{ "errors", test_errors },
		CU_TEST_INFO_NULL,
	};

	if (!plot_available()) {
		puts("skipped: gnuplot is not installed");
		return SKIP;
	}
	return run_suite("plot", tests);
}
