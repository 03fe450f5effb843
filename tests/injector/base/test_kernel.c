/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/array.h"
#include "injector/base/kernel.h"

#include <errno.h>
#include <string.h>
#include <sys/utsname.h>

#include "tests/support/suite.h"

static void test_parse(void)
{
	static const struct {
		const char *release;
		struct kernel_version version;
	} releases[] = {
		{ "6.18.9+deb13-cloud-amd64", { 6, 18, 9, 0 } },
		{ "7.0-rc2", { 7, 0, 0, 2 } },
		{ "7.0.0-rc2", { 7, 0, 0, 2 } },
		{ "7.0.0-rc12-00017-gabcdef", { 7, 0, 0, 12 } },
		{ "7.0-rc2+", { 7, 0, 0, 2 } },
		{ "6.18.7-cloudflare-2026.1.15", { 6, 18, 7, 0 } },
		{ "6.12.107", { 6, 12, 107, 0 } },
		{ "6.17", { 6, 17, 0, 0 } },
		{ "6.1.0-37-amd64", { 6, 1, 0, 0 } },
		{ "5.15.153.1-microsoft-standard-WSL2", { 5, 15, 153, 0 } },
		{ "6.18.9-rcx", { 6, 18, 9, 0 } },
		{ "7.0.0-0.rc2.260310g0123456789ab.21.fc45.x86_64", { 7, 0, 0, 2 } },
		{ "6.19.0-0.rc0.251204g559e608c4655.3.fc44.x86_64", { 6, 19, 0, 1 } },
		{ "6.18.9-200.fc43.x86_64", { 6, 18, 9, 0 } },
		{ "7.0.0-070000rc2-generic", { 7, 0, 0, 2 } },
		{ "7.0.0-070000rc12daily20260310-lowlatency", { 7, 0, 0, 12 } },
		{ "7.0.0-061900rc2-generic", { 7, 0, 0, 0 } },
		{ "6.18.9-061809-generic", { 6, 18, 9, 0 } },
		{ "7.0~rc2-amd64", { 7, 0, 0, 2 } },
		{ "7.0-rc2-1-default", { 7, 0, 0, 2 } },
		{ "7.0.0-rc2-1.g1234567-default", { 7, 0, 0, 2 } },
		{ "6.4.0-150600.23.38-default", { 6, 4, 0, 0 } },
		{ "7.0.0-rc2-1-mainline", { 7, 0, 0, 2 } },
		{ "6.18.9-arch1-1", { 6, 18, 9, 0 } },
		{ "7.0.0-rc2-gentoo", { 7, 0, 0, 2 } },
		{ "6.18.9-gentoo-r1-x86_64", { 6, 18, 9, 0 } },
		{ "7.0.0-rc2+", { 7, 0, 0, 2 } },
		{ "6.19.0-rc8-next-20260201", { 6, 19, 0, 9 } },
		{ "6.18.9-next-rc3", { 6, 18, 9, 0 } },
		{ "5.14.0-570.12.1.el9_6.x86_64", { 5, 14, 0, 0 } },
		{ "6.12.0-100.28.2.el10uek.x86_64", { 6, 12, 0, 0 } },
		{ "6.12.23-android16-5-g0123456789ab", { 6, 12, 23, 0 } },
		{ "6.18.10-rc1", { 6, 18, 10, 1 } },
	};
	static const char *const refused[] = {
		"",        "6",     "6.",      "linux",   "6.x",           "v6.18",
		"6.18rc1", "-6.18", "6.18.9a", "7.0-rc0", "99999999999.1", "6.4294967295"
	};
	struct kernel_version version = { 1, 2, 3, 4 };

	for (size_t i = 0; i < ARRAY_SIZE(refused); i++)
		CU_ASSERT_EQUAL(kernel_parse(refused[i], &version), -EINVAL);
	CU_ASSERT_EQUAL(version.major, 1);
	for (size_t i = 0; i < ARRAY_SIZE(releases); i++) {
		CU_ASSERT_EQUAL(kernel_parse(releases[i].release, &version), 0);
		CU_ASSERT_EQUAL(kernel_compare(&version, &releases[i].version), 0);
	}
}

static void test_order(void)
{
	static const char *const rising[] = { "5.19.17",  "6.1",      "6.9.12", "6.17.13",
					      "6.18-rc1", "6.18-rc2", "6.18.0", "6.18.1",
					      "6.18.10",  "7.0-rc10", "7.0" };

	for (size_t i = 0; i < ARRAY_SIZE(rising); i++) {
		for (size_t j = 0; j < ARRAY_SIZE(rising); j++) {
			struct kernel_version a, b;
			int order;

			CU_ASSERT_EQUAL(kernel_parse(rising[i], &a), 0);
			CU_ASSERT_EQUAL(kernel_parse(rising[j], &b), 0);
			order = kernel_compare(&a, &b);
			CU_ASSERT_EQUAL((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
}

static void test_format(void)
{
	static const char *const texts[] = { "6.18.9", "7.0-rc2", "6.17", "6.18.9-rc1" };
	struct kernel_range range;
	char text[KERNEL_TEXT_MAX], why[200];

	for (size_t i = 0; i < ARRAY_SIZE(texts); i++) {
		struct kernel_version version;

		CU_ASSERT_EQUAL(kernel_parse(texts[i], &version), 0);
		CU_ASSERT_STRING_EQUAL(kernel_format(&version, text, sizeof(text)), texts[i]);
	}
	CU_ASSERT_EQUAL_FATAL(kernel_range_parse("6.17", &range, why, sizeof(why)), 0);
	CU_ASSERT_STRING_EQUAL(kernel_format(&range.first, text, sizeof(text)), "6.17-rc1");
	CU_ASSERT_STRING_EQUAL(kernel_format(&range.last, text, sizeof(text)), "6.17.x");
}

static void test_ranges(void)
{
	static const struct {
		const char *range;
		const char *inside[6];
		const char *outside[6];
	} ranges[] = {
		{ "6.15 - 6.18.19",
		  { "6.15-rc1", "6.15.0", "6.17.13", "6.16.12", "6.18.9", "6.18.19" },
		  { "6.14.11", "6.18.20", "6.19", "7.0", "5.17.13" } },
		{ "6.19 - 6.19.8", { "6.19", "6.19-rc1", "6.19.8" }, { "6.19.9", "6.18.20" } },
		{ "6.15 - 6.17", { "6.15", "6.17.99" }, { "6.18-rc1", "6.14.9" } },
		{ "6.17", { "6.17-rc1", "6.17", "6.17.13" }, { "6.16.9", "6.18-rc1" } },
		{ "6.18.9", { "6.18.9" }, { "6.18.8", "6.18.10", "6.18.9-rc1" } },
		{ "7.0-rc1 - 7.0-rc3", { "7.0-rc1", "7.0-rc3" }, { "7.0-rc4", "7.0", "6.99" } },
		{ " 7.0-rc1-7.0.0-rc3 ", { "7.0-rc2" }, { "7.0-rc4" } },
		{ "6.15.0 - 6.15.0", { "6.15" }, { "6.15-rc8", "6.15.1" } },
		{ "7.0-rc2", { "7.0-rc2" }, { "7.0-rc1", "7.0-rc3" } },
	};

	for (size_t i = 0; i < ARRAY_SIZE(ranges); i++) {
		struct kernel_range range;
		struct kernel_version version;
		char why[200];

		CU_ASSERT_EQUAL_FATAL(kernel_range_parse(ranges[i].range, &range, why, sizeof(why)),
				      0);
		for (size_t j = 0; j < 6 && ranges[i].inside[j]; j++) {
			CU_ASSERT_EQUAL(kernel_parse(ranges[i].inside[j], &version), 0);
			CU_ASSERT_TRUE(kernel_in_range(&version, &range));
		}
		for (size_t j = 0; j < 6 && ranges[i].outside[j]; j++) {
			CU_ASSERT_EQUAL(kernel_parse(ranges[i].outside[j], &version), 0);
			CU_ASSERT_FALSE(kernel_in_range(&version, &range));
		}
	}
}

static void test_bad_ranges(void)
{
	static const struct {
		const char *range;
		const char *names; /* what the reason must show */
	} bad[] = {
		{ "", "\"\"" },
		{ "6.15 -", "\"\" in \"6.15 -\"" },
		{ "- 6.15", "\"\" in" },
		{ "6.15 to 6.18", "\"6.15 to 6.18\"" },
		{ "6.15 - 6.18 - 7.0", "\"6.18 - 7.0\"" },
		{ "6.15 - 6.18.9foo", "\"6.18.9foo\"" },
		{ "6.18.9+deb13", "\"6.18.9+deb13\"" },
		{ "6.18.19 - 6.15", "ends before it begins" },
		{ "all", "\"all\"" },
		{ "6.15 - 6.18.19                                                             "
		  "                                                      ",
		  "is not a kernel version" },
	};

	for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
		struct kernel_range range;
		char why[300] = "", tiny[8];

		CU_ASSERT_EQUAL(kernel_range_parse(bad[i].range, &range, why, sizeof(why)),
				-EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].names));
		CU_ASSERT_EQUAL(kernel_range_parse(bad[i].range, &range, tiny, sizeof(tiny)),
				-EINVAL);
		CU_ASSERT_EQUAL(strlen(tiny), sizeof(tiny) - 1);
	}
}

/* What vendors say elsewhere, believed or not. */
static void test_identify(void)
{
	static const struct {
		const char *release, *build, *signature, *is;
	} kernels[] = {
		{ "7.0-rc2-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.0~rc2-1~exp1 (2026-03-05)", "",
		  "7.0-rc2" },
		{ "7.0-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 7.0~rc2-1~exp1 (2026-03-05)", "",
		  "7.0-rc2" },
		{ "6.1.0-37-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.1.140-1 (2025-05-22)", "",
		  "6.1.140" },
		{ "6.18.9+deb13-amd64", "#1 SMP PREEMPT_DYNAMIC Debian 6.18.9-1~bpo13+1", "",
		  "6.18.9" },
		{ "6.1.0-rpi7-rpi-v8", "#1 SMP PREEMPT Debian 1:6.1.63-1+rpt1 (2023-11-24)", "",
		  "6.1.63" },
		{ "6.14.0-27-generic", "#27-Ubuntu SMP PREEMPT_DYNAMIC",
		  "Ubuntu 6.14.0-27.27-generic 6.14.8\n", "6.14.8" },
		{ "7.0.0-4-generic", "#4-Ubuntu SMP PREEMPT_DYNAMIC",
		  "Ubuntu 7.0.0-4.4-generic 7.0.0-rc2\n", "7.0-rc2" },
		/* Claims that the release contradicts. */
		{ "7.0-rc2-amd64", "#1 SMP Debian 7.0-1", "", "7.0-rc2" },
		{ "7.0-rc2-amd64", "#1 SMP Debian 7.0~rc9-1", "", "7.0-rc2" },
		{ "6.18.9-custom", "#1 SMP Debian 6.18.21-1", "Ubuntu 6.18.0-1.1-generic 6.18.22\n",
		  "6.18.9" },
		{ "6.18.0-1-amd64", "#1 SMP Debian 6.12.43-1", "", "6.18" },
		{ "6.18.0-1-amd64", "#1 SMP Debian 6.18.9garbage", "nothing", "6.18" },
		{ "6.18.0-1-generic", "", "Ubuntu 6.18.0-1.1-generic 6.17.9\n", "6.18" },
		{ "6.18.0-1-generic", "Debian ", "Ubuntu ", "6.18" },
		/* Nothing tells of a backport. */
		{ "5.14.0-570.12.1.el9_6.x86_64", "#1 SMP PREEMPT_DYNAMIC Fri May 9 2025", "",
		  "5.14" },
	};
	struct kernel_version version;
	char text[KERNEL_TEXT_MAX];

	for (size_t i = 0; i < ARRAY_SIZE(kernels); i++) {
		CU_ASSERT_EQUAL_FATAL(kernel_identify(kernels[i].release, kernels[i].build,
						      kernels[i].signature, &version),
				      0);
		CU_ASSERT_STRING_EQUAL(kernel_format(&version, text, sizeof(text)), kernels[i].is);
	}
	CU_ASSERT_EQUAL(kernel_identify("linux", "Debian 6.1.140-1", "", &version), -EINVAL);
}

static void test_running(void)
{
	struct kernel_version running, named;
	struct utsname names;

	CU_ASSERT_EQUAL_FATAL(uname(&names), 0);
	CU_ASSERT_EQUAL_FATAL(kernel_parse(names.release, &named), 0);
	CU_ASSERT_EQUAL_FATAL(kernel_running(&running), 0);
	/* The patch level may be a vendor's better knowledge. */
	CU_ASSERT_EQUAL(running.major, named.major);
	CU_ASSERT_EQUAL(running.minor, named.minor);
}

int main(void)
{
	CU_TestInfo tests[] = {
		{ "releases", test_parse },
		{ "order", test_order },
		{ "format", test_format },
		{ "ranges", test_ranges },
		{ "bad ranges", test_bad_ranges },
		{ "what vendors say elsewhere", test_identify },
		{ "the running kernel", test_running },
		CU_TEST_INFO_NULL,
	};

	return run_suite("kernel", tests);
}
