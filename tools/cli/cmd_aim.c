/* SPDX-License-Identifier: GPL-2.0-or-later */
/* foliostorm aim: shows what the aim model says about a punch, as a table and a drawing, or as
 * JSON. */
#include "tools/cli/command_line.h"
#include "tools/cli/commands.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "injector/base/report.h"
#include "injector/storm/aim.h"

enum { ROW = 64 }; /* pages in a row of the drawing */

#define FIX_COMMIT "577a1f495fd7"
#define FIX        FIX_COMMIT ", in 6.18.20, 6.19.9 and 7.0-rc4"

struct options {
	struct kernel_version kernel;
	bool kernel_given;
	unsigned int order;
	const char *punch;
	bool json;
};

/* Data for the output. */
struct picture {
	const struct options *options;
	enum aim_shape shape;
	struct aim_punch punch;
	unsigned int pages;
	unsigned int exposed_count;
	bool exposed[AIM_PAGES_MAX];
	bool preferred[AIM_PAGES_MAX];
};

/* Adjacent pages that are served alike: by as many pages, each in a range. */
struct group {
	unsigned int first, last;
	unsigned int ways;
	unsigned int lowest[AIM_SERVED_MAX];
	unsigned int highest[AIM_SERVED_MAX];
};

static bool parse_number(const char *text, const char **end, unsigned int *number)
{
	unsigned long value;
	char *stop;

	if (!isdigit((unsigned char)*text))
		return false;
	errno = 0;
	value = strtoul(text, &stop, 10);
	if (errno || value > AIM_PAGES_MAX)
		return false;
	*number = (unsigned int)value;
	*end = stop;
	return true;
}

static error_t parse_option(int key, char *text, struct argp_state *state)
{
	struct options *options = state->input;
	const char *end;

	switch (key) {
	case 'k':
		options->kernel_given = true;
		if (!kernel_parse(text, &options->kernel))
			return 0;
		report(0,
		       "--kernel: \"%s\" is not a kernel version; allowed are releases such as "
		       "6.18.9, 7.0-rc2 and 6.18.9+deb13-amd64",
		       text);
		return EINVAL;
	case 'O':
		if (parse_number(text, &end, &options->order) && !*end &&
		    options->order <= AIM_ORDER_MAX)
			return 0;
		report(0, "--order: \"%s\" is not a folio order; allowed are 0 to %d", text,
		       AIM_ORDER_MAX);
		return EINVAL;
	case 'p':
		options->punch = text;
		return 0;
	case 'j':
		options->json = true;
		return 0;
	case ARGP_KEY_ARG:
		report(0, "\"%s\": aim takes options only; --help lists them", text);
		return EINVAL;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Chooses the best page if no punch is given. */
static int choose_punch(struct picture *picture)
{
	struct aim_punch *punch = &picture->punch;
	int best = aim_best(picture->shape, punch->order, 1);

	if (best < 0)
		return report(
			0,
			"--order: in a folio of order %u no punch exposes a page worth reading; "
			"allowed are 3 to %d, or a page by --punch",
			punch->order, AIM_ORDER_MAX);
	punch->first = (unsigned int)best;
	punch->count = 1;
	return 0;
}

static int parse_punch(const char *text, struct picture *picture)
{
	struct aim_punch *punch = &picture->punch;
	const char *end;

	punch->count = 1;
	if (parse_number(text, &end, &punch->first) &&
	    (!*end || (*end == ':' && parse_number(end + 1, &end, &punch->count) && !*end)) &&
	    aim_exposed(picture->shape, punch, NULL) >= 0)
		return 0;
	return report(
		0,
		"--punch: \"%s\" is not PAGE[:LENGTH] in a folio of order %u; allowed are pages "
		"0 to %u, and lengths from 1 to the folio's end",
		text, punch->order, picture->pages - 1);
}

static int draw_up(const struct options *options, struct picture *picture)
{
	int error;

	picture->options = options;
	picture->shape = aim_shape_of(&options->kernel);
	picture->punch.order = options->order;
	picture->pages = 1U << options->order;
	error = options->punch ? parse_punch(options->punch, picture) : choose_punch(picture);
	if (error)
		return error;
	picture->exposed_count =
		(unsigned int)aim_exposed(picture->shape, &picture->punch, picture->exposed);
	aim_preferred(picture->shape, &picture->punch, picture->preferred);
	return 0;
}

static bool is_punched(const struct picture *picture, unsigned int page)
{
	return page - picture->punch.first < picture->punch.count;
}

/* Finds the next run of set pages. first: where to start, then the first page of the run. Returns
 * whether there is one. */
static bool next_run(const struct picture *picture, const bool *set, unsigned int *first,
		     unsigned int *last)
{
	while (*first < picture->pages && !set[*first])
		++*first;
	if (*first == picture->pages)
		return false;
	*last = *first;
	while (*last + 1 < picture->pages && set[*last + 1])
		++*last;
	return true;
}

/*
 * Whether a page with these served pages continues the group: each stays, counts up, or starts
 * again.
 */
static bool continues(const struct group *group, const unsigned int *before,
		      const unsigned int *served, unsigned int ways)
{
	if (ways != group->ways)
		return false;
	for (unsigned int i = 0; i < ways; i++)
		if (served[i] != before[i] && served[i] != before[i] + 1 &&
		    served[i] != group->lowest[i])
			return false;
	return true;
}

/* The group that begins at an exposed page. */
static struct group find_group(const struct picture *picture, unsigned int page)
{
	unsigned int served[AIM_SERVED_MAX], before[AIM_SERVED_MAX];
	struct group group = { .first = page };

	group.ways = (unsigned int)aim_served(picture->shape, &picture->punch, page, served);
	memcpy(group.lowest, served, sizeof(served));
	memcpy(group.highest, served, sizeof(served));
	do {
		group.last = page++;
		memcpy(before, served, sizeof(served));
		for (unsigned int i = 0; i < group.ways; i++)
			if (served[i] > group.highest[i])
				group.highest[i] = served[i];
	} while (
		page < picture->pages &&
		is_punched(picture, page) == is_punched(picture, page - 1) &&
		continues(&group, before, served,
			  (unsigned int)aim_served(picture->shape, &picture->punch, page, served)));
	return group;
}

static bool next_group(const struct picture *picture, unsigned int *page, struct group *group)
{
	while (*page < picture->pages && !picture->exposed[*page])
		++*page;
	if (*page == picture->pages)
		return false;
	*group = find_group(picture, *page);
	*page = group->last + 1;
	return true;
}

static const char *format_run(unsigned int first, unsigned int last, char *text, size_t size)
{
	if (first == last)
		snprintf(text, size, "%u", first);
	else
		snprintf(text, size, "%u-%u", first, last);
	return text;
}

/* Why the version has the race or not. */
static const char *describe(const struct kernel_version *kernel)
{
	static const struct kernel_version first = { .major = 6, .minor = 15, .rc = 1 };

	if (aim_affected(kernel))
		return "affected by its version; fixed by " FIX;
	if (kernel_compare(kernel, &first) < 0)
		return "not affected by its version; a punch splits non-uniformly from 6.15 on";
	return "not affected by its version; has the fix, " FIX;
}

static void print_summary(const struct picture *picture)
{
	const struct aim_punch *punch = &picture->punch;
	char text[KERNEL_TEXT_MAX];
	bool any = false;

	printf("kernel     %s%s: %s\n",
	       kernel_format(&picture->options->kernel, text, sizeof(text)),
	       picture->options->kernel_given ? "" : " (running)",
	       describe(&picture->options->kernel));
	printf("shape      %s\n", aim_shape_name(picture->shape));
	printf("folio      order %u, %u pages\n", punch->order, picture->pages);
	printf("punch      %s%s\n",
	       format_run(punch->first, punch->first + punch->count - 1, text, sizeof(text)),
	       picture->options->punch ? "" : " (the best page)");
	printf("exposed    %u of %u pages\n", picture->exposed_count, picture->pages);
	printf("read       ");
	for (unsigned int first = 0, last; next_run(picture, picture->preferred, &first, &last);
	     first = last + 1) {
		printf("%s%s", any ? ", " : "", format_run(first, last, text, sizeof(text)));
		any = true;
	}
	printf("%s\n", any ? " (best)" : "none is worth it");
}

static void print_groups(const struct picture *picture)
{
	struct group group;
	char text[32];

	if (!picture->exposed_count)
		return;
	printf("\n%-12s served as\n", "exposed");
	for (unsigned int page = 0; next_group(picture, &page, &group);) {
		printf("%-12s ", format_run(group.first, group.last, text, sizeof(text)));
		for (unsigned int i = 0; i < group.ways; i++)
			printf("%s%s%s", i ? ", " : "",
			       format_run(group.lowest[i], group.highest[i], text, sizeof(text)),
			       is_punched(picture, group.lowest[i]) &&
					       is_punched(picture, group.highest[i])
				       ? " (punched: zeros)"
				       : "");
		printf("%s\n", is_punched(picture, group.first) ? "   punched" : "");
	}
}

static char mark(const struct picture *picture, unsigned int page)
{
	if (is_punched(picture, page))
		return 'P';
	if (picture->preferred[page])
		return 'R';
	return picture->exposed[page] ? '#' : '.';
}

static void print_drawing(const struct picture *picture)
{
	printf("\nP punched   R exposed, best to read   # exposed   . not exposed\n");
	for (unsigned int page = 0; page < picture->pages; page++) {
		if (page % ROW == 0)
			printf("%5u ", page);
		putchar(mark(picture, page));
		if (page % ROW == ROW - 1 || page + 1 == picture->pages)
			printf(" %u\n", page);
	}
}

static void append_run(json_t *array, unsigned int first, unsigned int last)
{
	json_array_append_new(array, json_pack("[i, i]", (int)first, (int)last));
}

static json_t *runs_to_json(const struct picture *picture, const bool *set)
{
	json_t *runs = json_array();

	for (unsigned int first = 0, last; next_run(picture, set, &first, &last); first = last + 1)
		append_run(runs, first, last);
	return runs;
}

static json_t *groups_to_json(const struct picture *picture)
{
	json_t *groups = json_array();
	struct group group;

	for (unsigned int page = 0; next_group(picture, &page, &group);) {
		json_t *served = json_array();

		for (unsigned int i = 0; i < group.ways; i++)
			append_run(served, group.lowest[i], group.highest[i]);
		json_array_append_new(groups,
				      json_pack("{s:i, s:i, s:o}", "first", (int)group.first,
						"last", (int)group.last, "served", served));
	}
	return groups;
}

static int print_json(const struct picture *picture)
{
	const struct aim_punch *punch = &picture->punch;
	char kernel[KERNEL_TEXT_MAX];
	json_t *all = json_pack(
		"{s:s, s:b, s:s, s:s, s:i, s:i, s:{s:i, s:i}, s:i, s:o, s:o}", "kernel",
		kernel_format(&picture->options->kernel, kernel, sizeof(kernel)), "affected",
		aim_affected(&picture->options->kernel), "fix", FIX_COMMIT, "shape",
		aim_shape_name(picture->shape), "order", (int)punch->order, "pages",
		(int)picture->pages, "punch", "first", (int)punch->first, "count",
		(int)punch->count, "exposed_pages", (int)picture->exposed_count, "exposed",
		groups_to_json(picture), "read", runs_to_json(picture, picture->preferred));

	if (!all)
		return report(-ENOMEM, "write JSON");
	command_line_print_json(all);
	json_decref(all);
	return 0;
}

static const struct argp_option option_table[] = {
	{ "kernel", 'k', "VERSION", 0, "Predict for this kernel (the running one)", 0 },
	{ "order", 'O', "N", 0, "Folio of 2^N pages (9)", 0 },
	{ "punch", 'p', "PAGE[:LENGTH]", 0,
	  "Punch these pages, counted from the start of the folio (the best page)", 0 },
	{ "json", 'j', NULL, 0, "Print JSON", 0 },
	{ 0 },
};

static const struct argp parser = {
	.options = option_table,
	.parser = parse_option,
	.doc = "Predicts which pages of a large folio a reader can get wrong while the "
	       "kernel splits the folio for a hole punch, and which pages it gets instead.\vExit "
	       "codes: 0 printed; 2 usage, or the punch exposes no page; 4 the running kernel's "
	       "version is unknown.",
};

/*
 * Returns the exit code: 0; 2 wrong usage; 4 the running kernel's version is unknown, or no memory.
 */
int cmd_aim(int argc, char **argv)
{
	struct options options = { .order = 9 };
	struct picture picture = { 0 };
	int error;

	if (command_line_parse(&parser, argc, argv, &options))
		return EXIT_USAGE;
	error = options.kernel_given ? 0 : kernel_running(&options.kernel);
	if (error) {
		report(error, "read the version of the running kernel");
		return EXIT_RUN_ERROR;
	}
	if (draw_up(&options, &picture))
		return EXIT_USAGE;
	if (options.json)
		return print_json(&picture) ? EXIT_RUN_ERROR : 0;
	print_summary(&picture);
	print_groups(&picture);
	print_drawing(&picture);
	return 0;
}
