/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the inspector saw in the page cache of whole files: its keys in results and events, and its
 * text. */
#ifndef TOOLS_VERDICT_CACHE_RESULT_H
#define TOOLS_VERDICT_CACHE_RESULT_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* The keys of a violation, about a struct cache_told. */
extern const struct key violation_keys[];

struct cache_told {
	const struct run_result *result;
	struct inspect_row row;
};

/* The list `violations` of the group `inspection`. result: a struct run_result. A new reference. */
json_t *violations_json(const void *result);

/* Appends the violations to the list of hits, each with its `kind`. */
void violations_append(json_t *hits, const struct run_result *result);

/* "63 slots of the page cache are wrong, the first that of page 192 of stale: free (stale folio),
 * ..."; without violations, how often nothing was wrong. text: cut to `size` bytes. */
void cache_explain(const struct run_result *result, char *text, size_t size);

/* Prints a line of the report; nothing if no files were inspected. */
void cache_result_print(FILE *to, const struct run_result *result);

#endif
