/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/bisect/bisect_result.h"
#include "tools/bisect/bisect_tree.h"

static const char *text_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key)) ?: "";
}

static void print_proof(FILE *to, const json_t *found)
{
	const json_t *proof = json_object_get(found, "proof");
	size_t i;
	json_t *row;

	json_array_foreach (proof, i, row) {
		const bool holds =
			json_equal(json_object_get(row, "wanted"), json_object_get(row, "answer"));

		fprintf(to, "%-38s %-13.12s %s", text_of(row, "what"), text_of(row, "name"),
			text_of(row, "answer"));
		if (!holds)
			fprintf(to, ", and %s is wanted%s%s", text_of(row, "wanted"),
				*text_of(row, "reason") ? ": " : "", text_of(row, "reason"));
		fputc('\n', to);
	}
	fputs(json_is_true(json_object_get(found, "proven"))
		      ? "The culprit is proven.\n"
		      : "The culprit is not proven: it is the first commit that differs, and not "
			"all "
			"that was to follow from that does.\n",
	      to);
}

void bisect_tree_print(FILE *to, const struct bisect *bisect, const json_t *found)
{
	const char *what = bisect->config->fixed ? "good" : "bad";
	const json_t *candidates = json_object_get(found, "candidates");
	size_t i;
	json_t *candidate;

	fputc('\n', to);
	if (!*text_of(found, "found")) {
		fprintf(to, "The first %s commit is one of these, which could not be judged:\n",
			what);
		json_array_foreach (candidates, i, candidate)
			fprintf(to, "%s\n", json_string_value(candidate));
		return;
	}
	fprintf(to, "The first %s commit is %s %s\n\n", what, text_of(found, "found"),
		text_of(found, "subject"));
	bisect_result_compare(to, bisect_step(bisect, text_of(found, "before")),
			      bisect_step(bisect, text_of(found, "after")));
	fputc('\n', to);
	print_proof(to, found);
}
