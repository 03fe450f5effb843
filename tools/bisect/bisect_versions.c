/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_versions.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "tools/bisect/bisect_kernels.h"
#include "tools/bisect/bisect_result.h"
#include "tools/bisect/bisect_search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* Size and time of an image: one that was rebuilt is another kernel. */
static const char *identity_of(const struct bisect_kernel *kernel, char *text, size_t size)
{
	char image[PATH_MAX];
	struct stat status;

	*text = '\0';
	snprintf(image, sizeof(image), "%.*s", (int)strcspn(kernel->text, ":"), kernel->text);
	if (strchr(image, '/') && !stat(image, &status))
		snprintf(text, size, "%jd bytes of %jd.%09ld", (intmax_t)status.st_size,
			 (intmax_t)status.st_mtim.tv_sec, status.st_mtim.tv_nsec);
	return text;
}

static int judge_ends(struct bisect *bisect, const struct bisect_kernels *kernels)
{
	const struct bisect_kernel *first = kernels->kernels;
	const struct bisect_kernel *last = &kernels->kernels[kernels->count - 1];
	const bool fixed = bisect->config->fixed;
	const struct bisect_kernel *good = fixed ? last : first, *bad = fixed ? first : last;
	char identities[2][64];
	const char *const both[] = { identity_of(good, identities[0], sizeof(*identities)),
				     identity_of(bad, identities[1], sizeof(*identities)) };

	return bisect_ends(bisect, good, bad, both);
}

static enum bisect_mark mark_of(const struct bisect *bisect, enum bisect_answer answer)
{
	if (answer == BISECT_CANNOT_TELL)
		return BISECT_SKIP;
	return (answer == BISECT_BAD) == bisect->config->fixed ? BISECT_OLD : BISECT_NEW;
}

static void show_left(const struct bisect *bisect, const enum bisect_mark *marks, size_t count)
{
	const size_t left = bisect_left(marks, count);

	if (bisect->config->plain && left)
		fprintf(stderr, "%zu kernels left, about %u steps\n", left, bisect_steps(left));
}

static int narrow(struct bisect *bisect, const struct bisect_kernels *kernels,
		  enum bisect_mark *marks)
{
	const size_t count = kernels->count;
	enum bisect_answer answer;
	char identity[64];
	size_t next;
	int r;

	marks[0] = BISECT_OLD;
	marks[count - 1] = BISECT_NEW;
	while ((next = bisect_next(marks, count)) < count) {
		const struct bisect_kernel *kernel = &kernels->kernels[next];

		show_left(bisect, marks, count);
		r = bisect_judge(bisect, kernel, identity_of(kernel, identity, sizeof(identity)),
				 false, &answer);
		if (r)
			return r;
		marks[next] = mark_of(bisect, answer);
	}
	return 0;
}

static json_t *found_of(const struct bisect_kernels *kernels, const enum bisect_mark *marks)
{
	const struct bisect_span span = bisect_span(marks, kernels->count);
	json_t *candidates = json_array();

	for (size_t i = span.old + 1; i <= span.new; i++)
		json_array_append_new(candidates, json_string(kernels->kernels[i].name));
	return json_pack("{s:s?, s:s, s:s, s:o}", "found",
			 span.new == span.old + 1 ? kernels->kernels[span.new].name : NULL,
			 "before", kernels->kernels[span.old].name, "after",
			 kernels->kernels[span.new].name, "candidates", candidates);
}

static int wrong_way_round(const char *good, const char *bad, bool fixed)
{
	if (fixed)
		return report(0,
			      "--good %s is older than --bad %s, so there is no fix between them; "
			      "without --fixed the first bad one is looked for",
			      good, bad);
	return report(0, "--good %s is newer than --bad %s; --fixed looks for the first good one",
		      good, bad);
}

int bisect_versions_check(const struct bisect_versions *versions, bool fixed)
{
	struct kernel_version good, bad;
	int order;

	if (kernel_parse(versions->good, &good) || kernel_parse(versions->bad, &bad))
		return 0;
	order = kernel_compare(&good, &bad);
	return (fixed ? order < 0 : order > 0)
		       ? wrong_way_round(versions->good, versions->bad, fixed)
		       : 0;
}

/* Reduces the kernels to those between the ends, and checks their order. */
static int choose(const struct bisect *bisect, const struct bisect_versions *versions,
		  struct bisect_kernels *kernels)
{
	const bool add = !versions->kernels, fixed = bisect->config->fixed;
	char good[64], bad[64];
	int r;

	r = bisect_kernels_find(kernels, "good", versions->good, add, good)
		    ?: bisect_kernels_find(kernels, "bad", versions->bad, add, bad);
	if (r)
		return r;
	if (!strcmp(good, bad))
		return report(0, "--good and --bad are both %s", good);
	bisect_kernels_cut(kernels, good, bad);
	return strcmp(kernels->kernels[0].name, fixed ? bad : good)
		       ? wrong_way_round(good, bad, fixed)
		       : 0;
}

int bisect_versions(struct bisect *bisect, const struct bisect_versions *versions, json_t **found)
{
	_cleanup_free_ enum bisect_mark *marks = NULL;
	struct bisect_kernels kernels = { .arch = bisect->config->machine->arch };
	int r;

	*found = NULL;
	r = bisect_kernels_list(&kernels, versions->kernels);
	if (!r)
		r = choose(bisect, versions, &kernels);
	if (!r)
		r = judge_ends(bisect, &kernels);
	if (!r) {
		marks = calloc(kernels.count, sizeof(*marks));
		r = marks ? narrow(bisect, &kernels, marks) : report(-ENOMEM, "the bisection");
	}
	if (!r) {
		*found = found_of(&kernels, marks);
		bisect->unsaved += bisect_save(bisect, json_incref(*found)) != 0;
	}
	bisect_kernels_release(&kernels);
	return r;
}

void bisect_versions_print(FILE *to, const struct bisect *bisect, const json_t *found)
{
	const char *name = json_string_value(json_object_get(found, "found"));
	const char *before = json_string_value(json_object_get(found, "before"));
	const char *after = json_string_value(json_object_get(found, "after"));
	const json_t *candidates = json_object_get(found, "candidates");
	const char *what = bisect->config->fixed ? "good" : "bad";
	size_t i;
	json_t *candidate;

	fputc('\n', to);
	if (name) {
		fprintf(to, "The first %s version is %s; the one before it is %s.\n\n", what, name,
			before);
	} else {
		fprintf(to,
			"The first %s version is one of these, of which all but the last could not "
			"be judged:",
			what);
		json_array_foreach (candidates, i, candidate)
			fprintf(to, " %s", json_string_value(candidate));
		fputs("\n\n", to);
	}
	bisect_result_compare(to, bisect_step(bisect, before), bisect_step(bisect, after));
}
