/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Bundles of strangers are decoded in a process that has nothing to take. */
#include "injector/base/report.h"
#include "tests/support/scratch.h"
#include "tests/support/suite.h"
#include "tools/base/save.h"
#include "tools/bundle/bundle.h"

#include <errno.h>
#include <string.h>
#include <sys/resource.h>

/* Page faults of child processes that have ended. */
static long children(void)
{
	struct rusage usage;

	CU_ASSERT_EQUAL(getrusage(RUSAGE_CHILDREN, &usage), 0);
	return usage.ru_minflt;
}

static void not_a_bundle(void)
{
	long before = children();
	struct bundle bundle;
	char why[512];

	CU_ASSERT_EQUAL_FATAL(save_text(in("bundle"), "\x28\xb5\x2f\xfd and no more"), 0);
	report_capture(why, sizeof(why));
	CU_ASSERT_EQUAL(bundle_read(&bundle, in("bundle")), -EINVAL);
	report_capture(NULL, 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "not a bundle"));
	CU_ASSERT_NOT_EQUAL(children(), before);
	bundle_release(&bundle);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "another process decodes", not_a_bundle },
		CU_TEST_INFO_NULL,
	};

	return run_suite_in_scratch("bundle", tests, NULL);
}
