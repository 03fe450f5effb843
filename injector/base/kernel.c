/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/kernel.h"
#include "injector/base/array.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>

/* A parsed release name, before a missing patch level gets a meaning. */
struct parsed {
	struct kernel_version version;
	bool has_patch;
	const char *rest;
};

/* Reads digits at *text and moves it behind them. */
static bool read_number(const char **text, unsigned int *number)
{
	unsigned long value;
	char *end;

	if (!isdigit((unsigned char)**text))
		return false;
	errno = 0;
	value = strtoul(*text, &end, 10);
	if (errno || value >= UINT_MAX)
		return false;
	*number = (unsigned int)value;
	*text = end;
	return true;
}

static bool read_numbers(const char *text, struct parsed *parsed)
{
	struct kernel_version *version = &parsed->version;
	const char *next;

	*parsed = (struct parsed){ 0 };
	if (!read_number(&text, &version->major) || *text++ != '.' ||
	    !read_number(&text, &version->minor))
		return false;
	next = text + 1;
	if (*text == '.' && read_number(&next, &version->patch)) {
		parsed->has_patch = true;
		text = next;
	}
	next = text + strlen("-rc");
	if (!strncmp(text, "-rc", strlen("-rc")) && read_number(&next, &version->rc)) {
		if (!version->rc)
			return false;
		text = next;
	}
	parsed->rest = text;
	return true;
}

/* The text after a vendor's mark of a candidate, where its number begins; NULL without a mark. */
static const char *after_mark(const char *text, const struct kernel_version *version)
{
	char ubuntu[40];
	const char *const marks[] = { "~rc", "-0.rc",
				      ubuntu }; /* Debian, Fedora, Ubuntu's builds */

	snprintf(ubuntu, sizeof(ubuntu), "-%02u%02u%02urc", version->major, version->minor,
		 version->patch);
	for (size_t i = 0; i < ARRAY_SIZE(marks); i++)
		if (!strncmp(text, marks[i], strlen(marks[i])))
			return text + strlen(marks[i]);
	return NULL;
}

int kernel_parse(const char *release, struct kernel_version *version)
{
	static const char next[] = "-next-";
	struct parsed parsed;
	const char *mark;

	if (!read_numbers(release, &parsed) || isalnum((unsigned char)*parsed.rest))
		return -EINVAL;
	mark = after_mark(parsed.rest, &parsed.version);
	/* Fedora's rc0 is the merge window, which ends with rc1. */
	if (mark && read_number(&mark, &parsed.version.rc) && !parsed.version.rc)
		parsed.version.rc = 1;
	if (parsed.version.rc && !strncmp(parsed.rest, next, strlen(next)))
		parsed.version.rc++;
	*version = parsed.version;
	return 0;
}

/* Takes patch level and candidate from another text, if the release has neither. */
static void refine(struct kernel_version *version, const char *text)
{
	size_t epoch = strspn(text, "0123456789");
	struct kernel_version told;

	if (version->patch || version->rc)
		return;
	if (text[epoch] == ':')
		text += epoch + 1;
	if (!kernel_parse(text, &told) && told.major == version->major &&
	    told.minor == version->minor)
		*version = told;
}

int kernel_identify(const char *release, const char *build, const char *signature,
		    struct kernel_version *version)
{
	static const char debian[] = "Debian ";
	const char *told = strstr(build, debian), *last = strrchr(signature, ' ');

	if (kernel_parse(release, version))
		return -EINVAL;
	if (told)
		refine(version, told + strlen(debian));
	if (last)
		refine(version, last + 1);
	return 0;
}

int kernel_running(struct kernel_version *version)
{
	FILE *file = fopen("/proc/version_signature", "re");
	char signature[256] = "";
	struct utsname names;

	if (file) {
		if (!fgets(signature, sizeof(signature), file))
			*signature = '\0';
		fclose(file);
	}
	if (uname(&names))
		return -errno;
	return kernel_identify(names.release, names.version, signature, version);
}

static int compare(unsigned int a, unsigned int b)
{
	return (a > b) - (a < b);
}

int kernel_compare(const struct kernel_version *a, const struct kernel_version *b)
{
	int order = compare(a->major, b->major);

	if (!order)
		order = compare(a->minor, b->minor);
	if (!order)
		order = compare(a->patch, b->patch);
	/* 0, no candidate, wraps round to the largest number, so the release comes last. */
	return order ? order : compare(a->rc - 1, b->rc - 1);
}

const char *kernel_format(const struct kernel_version *version, char *text, size_t size)
{
	char patch[16] = "", rc[16] = "";

	if (version->patch == UINT_MAX)
		snprintf(patch, sizeof(patch), ".x");
	else if (version->patch)
		snprintf(patch, sizeof(patch), ".%u", version->patch);
	if (version->rc)
		snprintf(rc, sizeof(rc), "-rc%u", version->rc);
	snprintf(text, size, "%u.%u%s%s", version->major, version->minor, patch, rc);
	return text;
}

/* Parses one bound of a range, without blanks, into the first and last version it stands for. */
static int parse_bound(const char *text, struct kernel_range *bound)
{
	struct parsed parsed;

	if (!read_numbers(text, &parsed) || *parsed.rest)
		return -EINVAL;
	bound->first = parsed.version;
	bound->last = parsed.version;
	if (!parsed.has_patch && !parsed.version.rc) {
		bound->first.rc = 1;
		bound->last.patch = UINT_MAX;
	}
	return 0;
}

/* Cuts leading and trailing blanks, in place. */
static char *trim(char *text)
{
	size_t length;

	text += strspn(text, " \t");
	length = strlen(text);
	while (length && strchr(" \t", text[length - 1]))
		length--;
	text[length] = '\0';
	return text;
}

/* The dash between two bounds, not the one of "-rc2"; NULL for a single version. */
static char *find_dash(char *text)
{
	char *dash = strchr(text, '-');

	while (dash && !strncmp(dash, "-rc", strlen("-rc")))
		dash = strchr(dash + 1, '-');
	return dash;
}

static int bad_bound(const char *bound, const char *text, char *why, size_t size)
{
	snprintf(why, size,
		 "\"%.40s\" in \"%.40s\" is not a kernel version; allowed are "
		 "MAJOR.MINOR[.PATCH][-rcN], "
		 "alone or two with \" - \" between them",
		 bound, text);
	return -EINVAL;
}

int kernel_range_parse(const char *text, struct kernel_range *range, char *why, size_t size)
{
	char copy[2 * KERNEL_TEXT_MAX], *dash, *bound;
	struct kernel_range first, last;

	if (strlen(text) >= sizeof(copy))
		return bad_bound(text, text, why, size);
	snprintf(copy, sizeof(copy), "%s", text);
	dash = find_dash(copy);
	if (dash)
		*dash = '\0';
	bound = trim(copy);
	if (parse_bound(bound, &first))
		return bad_bound(bound, text, why, size);
	last = first;
	if (dash) {
		bound = trim(dash + 1);
		if (parse_bound(bound, &last))
			return bad_bound(bound, text, why, size);
	}
	if (kernel_compare(&first.first, &last.last) > 0) {
		snprintf(why, size,
			 "\"%.40s\" ends before it begins; the older version comes first", text);
		return -EINVAL;
	}
	range->first = first.first;
	range->last = last.last;
	return 0;
}

bool kernel_in_range(const struct kernel_version *version, const struct kernel_range *range)
{
	return kernel_compare(version, &range->first) >= 0 &&
	       kernel_compare(version, &range->last) <= 0;
}
