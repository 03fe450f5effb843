/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the names of vendors' kernels say of the fixes in them. */
#include "injector/base/array.h"
#include "tests/support/suite.h"
#include "tools/machine/kernel_vendor.h"

#include <string.h>

static const struct sample {
	const char *release, *build, *vendor, *version;
	enum kernel_fix split, stale;
} samples[] = {
	{ "6.1.0-26-amd64", "#1 SMP", "Debian", "6.1.112", KERNEL_FIX_BEFORE, KERNEL_FIX_MISSING },
	{ "6.1.0-27-amd64", "#1 SMP", "Debian", "6.1.115", KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "6.1.0-45-cloud-amd64", "", "Debian", "6.1.148", KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "6.1.0-0.deb11.22-amd64", "", "Debian", "6.1.94", KERNEL_FIX_BEFORE, KERNEL_FIX_MISSING },
	{ "6.1.0-31-amd64", "#1 SMP Debian 6.1.128-1 (2025-02-07)", "Debian", "6.1.128",
	  KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "6.7.12-amd64", "", "Debian", "6.7.12", KERNEL_FIX_BEFORE, KERNEL_FIX_MISSING },
	{ "6.17.13+deb13-amd64", "", "Debian", "6.17.13", KERNEL_FIX_MISSING, KERNEL_FIX_IN },
	{ "6.12.30+bpo-amd64", "", "Debian", "6.12.30", KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "6.8.0-45-generic", "#45-Ubuntu SMP", "Ubuntu", "6.8", KERNEL_FIX_BEFORE,
	  KERNEL_FIX_UNKNOWN },
	{ "6.8.0-45-generic", "#45-Ubuntu SMP (Ubuntu 6.8.0-45.45-generic 6.8.12)", "Ubuntu",
	  "6.8.12", KERNEL_FIX_BEFORE, KERNEL_FIX_UNKNOWN },
	{ "6.17.0-8-generic", "(Ubuntu 6.17.0-8.8-generic 6.17.2)", "Ubuntu", "6.17.2",
	  KERNEL_FIX_UNKNOWN, KERNEL_FIX_IN },
	{ "6.11.0-1015-oem", "#15-Ubuntu", "Ubuntu", "6.11", KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "5.4.0-200-generic", "", "Ubuntu", "5.4", KERNEL_FIX_BEFORE, KERNEL_FIX_BEFORE },
	{ "4.18.0-553.el8_10.x86_64", "#1", "RHEL, or who builds it again", "4.18",
	  KERNEL_FIX_BEFORE, KERNEL_FIX_BEFORE },
	{ "5.14.0-427.13.1.el9_4.x86_64", "#1", "RHEL, or who builds it again", "5.14",
	  KERNEL_FIX_UNKNOWN, KERNEL_FIX_UNKNOWN },
	{ "6.12.0-55.9.1.el10_0.aarch64+64k", "#1", "RHEL, or who builds it again", "6.12",
	  KERNEL_FIX_UNKNOWN, KERNEL_FIX_IN },
	{ "5.15.0-200.131.27.el9uek.x86_64", "#2", "Oracle (UEK)", "5.15", KERNEL_FIX_UNKNOWN,
	  KERNEL_FIX_UNKNOWN },
	{ "5.14.21-150500.33.63-azure", "#1", "SUSE Linux Enterprise", "5.14.21",
	  KERNEL_FIX_UNKNOWN, KERNEL_FIX_UNKNOWN },
	{ "6.4.0-150600.23.50-default", "#1", "SUSE Linux Enterprise", "6.4", KERNEL_FIX_UNKNOWN,
	  KERNEL_FIX_UNKNOWN },
	{ "6.9.7-1-default", "#1", "openSUSE", "6.9.7", KERNEL_FIX_BEFORE, KERNEL_FIX_MISSING },
	{ "6.18.20-1-default", "#1", "openSUSE", "6.18.20", KERNEL_FIX_IN, KERNEL_FIX_IN },
	{ "6.6.3-200.fc39.x86_64", "#1", "Fedora", "6.6.3", KERNEL_FIX_BEFORE, KERNEL_FIX_MISSING },
	{ "7.0.0-0.rc2.21.fc45.x86_64", "#1", "Fedora", "7.0-rc2", KERNEL_FIX_MISSING,
	  KERNEL_FIX_IN },
	{ "6.1.102-111.187.amzn2023.x86_64", "#1", "Amazon Linux", "6.1.102", KERNEL_FIX_BEFORE,
	  KERNEL_FIX_MISSING },
	{ "6.8.12-4-pve", "#1", "Proxmox", "6.8.12", KERNEL_FIX_BEFORE, KERNEL_FIX_UNKNOWN },
	{ "6.6.60-1-lts", "#1", "Arch Linux", "6.6.60", KERNEL_FIX_BEFORE, KERNEL_FIX_IN },
	{ "6.18.7-example", "#1", "a vendor that is not known", "6.18.7", KERNEL_FIX_MISSING,
	  KERNEL_FIX_IN },
};

static void test_vendors(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(samples); i++) {
		const struct sample *sample = &samples[i];
		const struct kernel_fix_line *line;
		struct kernel_version version;
		char text[KERNEL_TEXT_MAX];
		enum kernel_fix split = kernel_fix_of(KERNEL_SPLIT, sample->release, sample->build,
						      &version, &line);
		enum kernel_fix stale = kernel_fix_of(KERNEL_STALE, sample->release, sample->build,
						      &version, &line);

		CU_ASSERT_STRING_EQUAL(kernel_vendor_of(sample->release, sample->build)->name,
				       sample->vendor);
		CU_ASSERT_STRING_EQUAL(kernel_format(&version, text, sizeof(text)),
				       sample->version);
		CU_ASSERT_EQUAL(split, sample->split);
		CU_ASSERT_EQUAL(stale, sample->stale);
		if (split != sample->split || stale != sample->stale)
			printf("\n%s: %d and %d\n", sample->release, split, stale);
	}
}

static void test_no_version(void)
{
	const struct kernel_fix_line *line;
	struct kernel_version version;

	CU_ASSERT_EQUAL(kernel_fix_of(KERNEL_STALE, "", "", &version, &line), KERNEL_FIX_UNKNOWN);
	CU_ASSERT_PTR_NULL(line);
}

int main(void)
{
	static CU_TestInfo tests[] = {
		{ "vendors", test_vendors },
		{ "no version", test_no_version },
		CU_TEST_INFO_NULL,
	};

	return run_suite("kernel_vendor", tests);
}
