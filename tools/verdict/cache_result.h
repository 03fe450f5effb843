/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the inspector saw of the page cache of whole files: its keys of a result and of events, and
 * words. */
#ifndef TOOLS_VERDICT_CACHE_RESULT_H
#define TOOLS_VERDICT_CACHE_RESULT_H

#include "tools/base/keys.h"
#include "tools/verdict/run_result.h"

/* Of a violation, about a struct cache_told. */
extern const struct key violation_keys[];

struct cache_told {
	const struct run_result *result;
	struct inspect_row row;
};

/* The list `violations` of the group `inspection`; a new reference. */
json_t *violations_json(const void *result);

/* The same among the hits, each with its kind. */
void violations_append(json_t *hits, const struct run_result *result);

/* "63 slots of the page cache were wrong: 63 free (stale folio), the first at page 192 of stale".
 * text: cut to `size` bytes. */
void cache_explain(const struct run_result *result, char *text, size_t size);

/* A line of the text, where files were looked at. */
void cache_result_print(FILE *to, const struct run_result *result);

#endif
