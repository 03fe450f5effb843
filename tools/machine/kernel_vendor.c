/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/kernel_vendor.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static const struct kernel_vendor vendors[] = {
	{ "Debian", KERNEL_TRUST_EXACT, "the package's version is upstream's stable kernel",
	  .build = "Debian " },
	{ "Debian", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = "+deb" },
	{ "Ubuntu", KERNEL_TRUST_HIDDEN,
	  "the release ends in an ABI number; /proc/version_signature has the stable kernel",
	  .build = "-Ubuntu" },
	{ "Ubuntu", KERNEL_TRUST_HIDDEN,
	  "the release ends in an ABI number; /proc/version_signature has the stable kernel",
	  .release = "-generic|-lowlatency|-aws|-azure|-gcp|-oracle|-kvm|-raspi|-oem" },
	{ "RHEL, or who builds it again", KERNEL_TRUST_BACKPORTS,
	  "the kernel is one of years ago, with parts of newer ones",
	  .release = ".el7|.el8|.el9|.el10" },
	{ "Oracle (UEK)", KERNEL_TRUST_BACKPORTS, "a stable kernel with parts of newer ones",
	  .release = "uek" },
	{ "SUSE Linux Enterprise", KERNEL_TRUST_BACKPORTS,
	  "the kernel is that of the first service pack, with parts of newer ones",
	  .release = "-1503|-1504|-1505|-1506|-1507|-1600|-1601" },
	{ "openSUSE", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = "-default" },
	{ "Fedora", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = ".fc" },
	{ "Amazon Linux", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = "amzn" },
	{ "Proxmox", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = "-pve" },
	{ "Arch Linux", KERNEL_TRUST_EXACT, "the release is upstream's stable kernel",
	  .release = "-arch|-zen" },
	{ "Debian", KERNEL_TRUST_HIDDEN,
	  "the release ends in an ABI number; `uname -v` has the package's version",
	  .release = "-amd64|-arm64|-s390x|-powerpc64le|-686" },
	{ .name = "a vendor that is not known", .source = "the release is taken for upstream's" },
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
		/* ".fc" of "6.17.9-200.fc43.x86_64" has a number behind it. */
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

/* Whether a kernel of which only the series is known may be of a line: some of its patch levels are. */
static bool is_series_of(const struct kernel_version *version, const struct kernel_range *range)
{
	const struct kernel_version series = { version->major, version->minor, 0, 0 };

	return kernel_in_range(&series, range);
}

enum kernel_fix kernel_fix_of(enum kernel_family family, const char *release, const char *build,
			      struct kernel_version *version, const struct kernel_fix_line **line)
{
	const struct kernel_vendor *vendor = kernel_vendor_of(release, build);
	struct kernel_range range = { { 0 }, { 0 } };
	bool older = true, series = false;
	char why[200];

	*line = NULL;
	if (kernel_identify(release, build, "", version))
		return KERNEL_FIX_UNKNOWN;
	for (size_t i = 0; i < ARRAY_SIZE(lines); i++) {
		if (lines[i].family != family ||
		    kernel_range_parse(lines[i].range, &range, why, sizeof(why)))
			continue;
		older &= kernel_compare(version, &range.first) < 0;
		series |= is_series_of(version, &range);
		if (kernel_in_range(version, &range))
			*line = &lines[i];
	}
	if (vendor->trust == KERNEL_TRUST_BACKPORTS)
		return KERNEL_FIX_UNKNOWN;
	/* A patch level of 0 is one that was not said; and who cares for a series longer than upstream does
	 * fixes it longer. */
	if (vendor->trust == KERNEL_TRUST_HIDDEN && !version->patch && series)
		return KERNEL_FIX_UNKNOWN;
	return *line ? KERNEL_FIX_MISSING : older ? KERNEL_FIX_BEFORE : KERNEL_FIX_IN;
}
