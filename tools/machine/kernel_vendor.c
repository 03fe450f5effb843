/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_vendor.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define UPSTREAM "the release is upstream's stable kernel"

/* The first matching row counts: "5.15.0-8.91.4.el8uek", "5.14.21-150500.33.63-azure". */
static const struct kernel_vendor vendors[] = {
	{ "Debian", KERNEL_TRUST_EXACT, "the package's version is upstream's stable kernel",
	  .build = "Debian " },
	{ "Debian", KERNEL_TRUST_EXACT, UPSTREAM, .release = "+deb|+bpo" },
	{ "Oracle (UEK)", KERNEL_TRUST_BACKPORTS, "a stable kernel with parts of newer ones",
	  .release = "uek" },
	{ "RHEL, or who builds it again", KERNEL_TRUST_BACKPORTS,
	  "the kernel is one of years ago, with parts of newer ones",
	  .release = ".el7|.el8|.el9|.el10" },
	{ "SUSE Linux Enterprise", KERNEL_TRUST_BACKPORTS,
	  "the kernel is that of a service pack years ago, with parts of newer ones",
	  .release = "-1502|-1503|-1504|-1505|-1506|-1507|-1600|-1601" },
	{ "Fedora", KERNEL_TRUST_EXACT, UPSTREAM, .release = ".fc" },
	{ "Amazon Linux", KERNEL_TRUST_EXACT, UPSTREAM, .release = "amzn" },
	{ "Proxmox", KERNEL_TRUST_LATER, "it is Ubuntu's, which takes fixes of later kernels",
	  .release = "-pve" },
	{ "Ubuntu", KERNEL_TRUST_LATER,
	  "the release ends in an ABI number (/proc/version_signature has the stable kernel), and "
	  "it takes fixes of later kernels",
	  .build = "-Ubuntu|(Ubuntu " },
	{ "Ubuntu", KERNEL_TRUST_LATER,
	  "the release ends in an ABI number (/proc/version_signature has the stable kernel), and "
	  "it takes fixes of later kernels",
	  .release = "-generic|-lowlatency|-aws|-azure|-gcp|-gke|-oracle|-ibm|-kvm|-raspi|-oem|"
		     "-nvidia|-realtime" },
	{ "openSUSE", KERNEL_TRUST_EXACT, UPSTREAM, .release = "-default|-longterm" },
	{ "Arch Linux", KERNEL_TRUST_EXACT, UPSTREAM, .release = "-arch|-zen|-lts" },
	{ "Azure Linux", KERNEL_TRUST_EXACT, UPSTREAM, .release = ".azl|.cm2" },
	{ "who patches upstream's", KERNEL_TRUST_LATER, "it may take fixes of later kernels",
	  .release = "cachyos|xanmod|liquorix|-tkg" },
	{ "Debian", KERNEL_TRUST_HIDDEN,
	  "the release ends in an ABI number; `uname -v` has the package's version",
	  .release = "-amd64|-arm64|-s390x|-powerpc64le|-686|-riscv64|-armmp" },
	{ .name = "a vendor that is not known", .source = "the release is taken for upstream's" },
};

/* Patch levels of 6.1 in Debian 12, by the number at the end of its releases: "Bump ABI to" in the
 * changelog of its source package linux. From 6.1.148 on the changelog does not have them. */
static const struct abi {
	unsigned int number, patch;
} abis[] = {
	{ 5, 12 },   { 6, 15 },   { 7, 20 },   { 8, 25 },   { 9, 27 },   { 10, 37 },  { 11, 38 },
	{ 12, 52 },  { 13, 55 },  { 14, 64 },  { 15, 66 },  { 16, 67 },  { 17, 69 },  { 18, 76 },
	{ 19, 82 },  { 20, 85 },  { 21, 90 },  { 22, 94 },  { 23, 98 },  { 24, 106 }, { 25, 106 },
	{ 26, 112 }, { 27, 115 }, { 28, 119 }, { 29, 123 }, { 30, 124 }, { 31, 128 }, { 32, 129 },
	{ 33, 133 }, { 34, 135 }, { 35, 137 }, { 36, 139 }, { 37, 140 }, { 38, 147 }, { 39, 148 },
};

static const struct kernel_fix_line lines[] = {
	/* 577a1f495fd7 in mainline and the stable kernels. */
	{ KERNEL_SPLIT, "6.15 - 6.17", "never fixed there" },
	{ KERNEL_SPLIT, "6.18 - 6.18.19", "fixed in 6.18.20" },
	{ KERNEL_SPLIT, "6.19 - 6.19.8", "fixed in 6.19.9" },
	{ KERNEL_SPLIT, "7.0-rc1 - 7.0-rc3", "fixed in 7.0-rc4" },
	/* a4864671ca0b, 6758c1128ceb and de60fd8ddeda in 6.10, 6.6.54 and 6.1.113. */
	{ KERNEL_STALE, "5.17 - 6.0", "never fixed there" },
	{ KERNEL_STALE, "6.1 - 6.1.112", "fixed in 6.1.113" },
	{ KERNEL_STALE, "6.2 - 6.5", "never fixed there" },
	{ KERNEL_STALE, "6.6 - 6.6.53", "fixed in 6.6.54" },
	{ KERNEL_STALE, "6.7 - 6.9", "never fixed there" },
};

static bool has_one(const char *text, const char *words)
{
	char word[32];

	while (words && *words) {
		size_t length = strcspn(words, "|");
		const char *at;

		snprintf(word, sizeof(word), "%.*s", (int)length, words);
		at = strstr(text, word);
		/* ".fc" of "6.17.9-200.fc43.x86_64" is followed by a number. */
		if (at && (strcmp(word, ".fc") || isdigit((unsigned char)at[length])))
			return true;
		words += length + (words[length] == '|');
	}
	return false;
}

const struct kernel_vendor *kernel_vendor_of(const char *release, const char *build)
{
	for (size_t i = 0; i < ARRAY_SIZE(vendors) - 1; i++)
		if (has_one(release, vendors[i].release) || has_one(build, vendors[i].build))
			return &vendors[i];
	return &vendors[ARRAY_SIZE(vendors) - 1];
}

bool kernel_has_large_folios(const struct kernel_version *version)
{
	return version->major > 5 || (version->major == 5 && version->minor >= 14);
}

/* Returns whether a kernel of which only the series is known may be in a line, because some of its
 * patch levels are. */
static bool is_series_of(const struct kernel_version *version, const struct kernel_range *range)
{
	const struct kernel_version series = { version->major, version->minor, 0, 0 };

	return kernel_in_range(&series, range);
}

/* "6.1.0-13-amd64", "6.1.0-0.deb11.13-amd64" */
static void refine_by_abi(const char *release, struct kernel_version *version)
{
	unsigned int number;

	if (version->major != 6 || version->minor != 1 || version->patch ||
	    (sscanf(release, "6.1.0-0.deb11.%u-", &number) != 1 &&
	     sscanf(release, "6.1.0-%u-", &number) != 1))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(abis); i++)
		if (abis[i].number <= number)
			version->patch = abis[i].patch;
}

enum kernel_fix kernel_fix_of(enum kernel_family family, const char *release, const char *build,
			      struct kernel_version *version, const struct kernel_fix_line **line)
{
	const struct kernel_vendor *vendor = kernel_vendor_of(release, build);
	const char *signature = strstr(build, "(Ubuntu ");
	struct kernel_range range = { { 0 }, { 0 } };
	struct kernel_version last = { 0 };
	bool older = true, newer, series = false;
	char why[200];

	*line = NULL;
	if (kernel_identify(release, build, signature ? signature : "", version))
		return KERNEL_FIX_UNKNOWN;
	if (vendor->trust == KERNEL_TRUST_HIDDEN)
		refine_by_abi(release, version);
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (lines[i].family != family ||
		    kernel_range_parse(lines[i].range, &range, why, sizeof(why)))
			continue;
		last = range.last;
		older &= kernel_compare(version, &range.first) < 0;
		series |= is_series_of(version, &range);
		if (kernel_in_range(version, &range))
			*line = &lines[i];
	}
	newer = kernel_compare(version, &last) > 0;
	if (vendor->trust == KERNEL_TRUST_BACKPORTS)
		return newer                               ? KERNEL_FIX_IN
		       : !kernel_has_large_folios(version) ? KERNEL_FIX_BEFORE
							   : KERNEL_FIX_UNKNOWN;
	if (vendor->trust == KERNEL_TRUST_LATER && *line)
		return KERNEL_FIX_UNKNOWN;
	/* A patch level of 0 is not known. A vendor that maintains a series longer than upstream
	 * fixes it longer. */
	if (vendor->trust != KERNEL_TRUST_EXACT && !version->patch && series)
		return KERNEL_FIX_UNKNOWN;
	return *line ? KERNEL_FIX_MISSING : older ? KERNEL_FIX_BEFORE : KERNEL_FIX_IN;
}
