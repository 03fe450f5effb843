/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a request costs that many rules are asked about, none of which matches. */
#include "injector/rules/rules.h"
#include "injector/base/array.h"
#include "injector/base/units.h"
#include "tools/scenario/scenario_rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { RULES = 1000, ROUNDS = 9, ASKS = 20000 };

static const char *path(const struct hook_request *request, char *text, size_t size)
{
	(void)request;
	snprintf(text, size, "db/data/table-%03d.ibd", 7);
	return text;
}

static const struct hook_lookups lookups = { .path = path };

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Median ns of a request with `count` rules of a kind; format: its conditions, with a number in it.
 */
static double measure(const char *format, int count)
{
	const struct rules_config config = { .seed = 1 };
	struct hook_request request = {
		.opcode = FUSE_READ, .inode = 77, .length = 4096, .pid = 99, .lookups = &lookups
	};
	double taken[ROUNDS];
	char condition[128], text[400], message[800];
	struct rules *rules;
	struct hooks hooks;
	uint64_t began;

	if (rules_make(&rules, &config))
		exit(4);
	for (int i = 0; i < count; i++) {
		snprintf(condition, sizeof(condition), format, i + 1000);
		snprintf(text, sizeof(text),
			 "when = { op = \"read\"; %s }; do = { error = \"EIO\"; };", condition);
		if (rules_read_text(text, rules, message, sizeof(message))) {
			fprintf(stderr, "%s: %s\n", text, message);
			exit(4);
		}
	}
	hooks = rules_hooks(rules);
	for (int round = 0; round < ROUNDS; round++) {
		began = units_now();
		for (uint64_t i = 0; i < ASKS; i++) {
			request.offset = i % 64 * 4096;
			if (hooks.before(hooks.injector, &request).error)
				exit(4);
		}
		taken[round] = (double)(units_now() - began) / ASKS;
	}
	rules_free(rules);
	qsort(taken, ROUNDS, sizeof(taken[0]), by_value);
	return taken[ROUNDS / 2];
}

int main(void)
{
	static const struct {
		const char *what, *format;
	} kinds[] = {
		{ "page", "page = %d;" },
		{ "offset", "offset = \"%dM..2T\";" },
		{ "inode", "inode = %d;" },
		{ "path, literal", "path = \"db/data/table-%d.ibd\";" },
		{ "path, glob", "path = \"db/*/index-%d.*\";" },
		{ "inode and path", "inode = %d; path = \"db/*.ibd\";" },
	};

	printf("%-16s %14s %14s %14s\n", "condition", "no rule, ns", "100 rules, ns",
	       "1000 rules, ns");
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++)
		printf("%-16s %14.0f %14.0f %14.0f\n", kinds[i].what, measure(kinds[i].format, 0),
		       measure(kinds[i].format, 100), measure(kinds[i].format, RULES));
	return 0;
}
