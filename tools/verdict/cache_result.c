/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/verdict/cache_result.h"
#include "injector/base/append_text.h"
#include "injector/inspect/cache_check.h"
#include "tools/verdict/verdict_counts.h"

#include <inttypes.h>
#include <stdio.h>

static enum cache_fault fault_of(const struct cache_told *told)
{
	return told->row.fault < CACHE_FAULTS ? (enum cache_fault)told->row.fault : CACHE_NODE;
}

#define VALUE(name, expression)                                                                    \
	static json_t *make_##name(const void *at)                                                 \
	{                                                                                          \
		const struct cache_told *told = at;                                                \
                                                                                                   \
		return expression;                                                                 \
	}

/* The value; null where the slot leads to no folio. */
#define FOLIO(value) (told->row.flags || told->row.refcount || told->row.folio ? (value) : NULL)

VALUE(file, key_text_of(result_file_name(told->result, told->row.file)))
VALUE(fault, json_string(cache_fault_names[fault_of(told)]))
VALUE(family, json_string(cache_fault_family(fault_of(told))))
VALUE(entry, json_sprintf("0x%" PRIx64, told->row.entry))
VALUE(folio, FOLIO(key_number(told->row.folio)))
VALUE(order, FOLIO(key_number(told->row.order)))
VALUE(refcount, FOLIO(json_integer(told->row.refcount)))
VALUE(flags, FOLIO(json_sprintf("0x%" PRIx64, told->row.flags)))

const struct key violation_keys[] = {
	{ "kind", KEY_TEXT, NULL, "`violation`; only in `hits`", KEY_ADDED, .make = NULL },
	{ "file", KEY_TEXT, NULL, "name of the file", 0, .make = make_file },
	{ "page", KEY_NUMBER, "page", "first page of the slot, as a page of the file", 0,
	  KEY_AT(key_u64, struct cache_told, row.page) },
	{ "pages", KEY_NUMBER, NULL, "number of pages that the slot covers", 0,
	  KEY_AT(key_u64, struct cache_told, row.pages) },
	{ "fault", KEY_TEXT, NULL,
	  "pointer: the slot leads to no folio; free: to a folio without references; "
	  "foreign: to a folio of another file; misplaced: to a folio that does not "
	  "contain the page; order, sibling: the entry does not fit the folio; mark: "
	  "the marks differ from those of the folio or of the nodes below; shadow: a "
	  "shadow entry that no folio leaves; node: the node belongs elsewhere or its "
	  "counts are wrong; nrpages: the file's count of pages is wrong",
	  0, .make = make_fault },
	{ "family", KEY_TEXT, NULL,
	  "the kind of race that leaves such a slot: stale folio, split, lost mark, "
	  "tree",
	  0, .make = make_family },
	{ "entry", KEY_TEXT, NULL, "value of the slot, in hexadecimal", 0, .make = make_entry },
	{ "folio", KEY_NUMBER, "page", "first page of the folio in the slot; null: there is none",
	  KEY_NULL, .make = make_folio },
	{ "order", KEY_NUMBER, NULL, "order of the folio", KEY_NULL, .make = make_order },
	{ "refcount", KEY_NUMBER, NULL, "reference count of the folio", KEY_NULL,
	  .make = make_refcount },
	{ "flags", KEY_TEXT, NULL, "flags of the folio, in hexadecimal", KEY_NULL,
	  .make = make_flags },
	KEY_END,
};

static void append_all(json_t *list, const struct run_result *result, const char *kind)
{
	for (size_t i = 0; i < result->violation_count; i++) {
		const struct cache_told told = { result, result->violations[i] };
		json_t *row = kind ? json_pack("{s:s}", "kind", kind) : json_object();

		keys_add(row, violation_keys, &told);
		json_array_append_new(list, row);
	}
}

json_t *violations_json(const void *result)
{
	json_t *list = json_array();

	append_all(list, result, NULL);
	return list;
}

void violations_append(json_t *hits, const struct run_result *result)
{
	append_all(hits, result, "violation");
}

void cache_explain(const struct run_result *result, char *text, size_t size)
{
	const struct cache_told told = { result, result->violations[0] };
	size_t used;

	if (!result->cache.violations) {
		snprintf(text, size,
			 "nothing was wrong with the page cache in %ju looks at all files",
			 (uintmax_t)result->cache.looks);
		return;
	}
	used = append_text(text, size, 0, "%ju slots of the page cache are wrong",
			   (uintmax_t)result->cache.violations);
	if (result->violation_count)
		append_text(
			text, size, used,
			", the first that of page %ju of %s: %s (%s), folio of page %ju, order %u, "
			"refcount %d",
			(uintmax_t)told.row.page, result_file_name(result, told.row.file),
			cache_fault_names[fault_of(&told)], cache_fault_family(fault_of(&told)),
			(uintmax_t)told.row.folio, told.row.order, told.row.refcount);
}

void cache_result_print(FILE *to, const struct run_result *result)
{
	char text[512];

	if (!result->cache.looks)
		return;
	cache_explain(result, text, sizeof(text));
	fprintf(to, "page cache %s (%ju slots, %ju folios)\n", text, (uintmax_t)result->cache.slots,
		(uintmax_t)result->cache.folios);
}
