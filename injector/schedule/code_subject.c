/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/code_subject.h"
#include "injector/schedule/code_point.h"

#include <stddef.h>

static const struct code_subject subjects[] = {
	{ "filemap_get_entry", SUBJECT_IS_MAPPING, 1, 2 },
	{ "__filemap_get_folio", SUBJECT_IS_MAPPING, 1, 2 },
	{ "__filemap_get_folio_mpol", SUBJECT_IS_MAPPING, 1, 2 },
	{ "__xa_store", SUBJECT_IS_ARRAY, 1, 2 },
	{ "xas_load", SUBJECT_IS_STATE, 1, 0 },
	{ "xas_store", SUBJECT_IS_STATE, 1, 0 },
	{ "xas_split", SUBJECT_IS_STATE, 1, 0 },
	{ "xas_try_split", SUBJECT_IS_STATE, 1, 0 },
	{ "__folio_split", SUBJECT_IS_FOLIO, 1, 0 },
	{ "folio_lruvec_lock", SUBJECT_IS_FOLIO, 1, 0 },
	{ NULL, SUBJECT_IS_FOLIO, 0, 0 },
};

const struct code_subject *code_subject_of(const struct code_point *point)
{
	const char *names = point->kind == POINT_CALL ? point->callee : point->function;

	if (point->kind != POINT_CALL && point->kind != POINT_ENTRY && point->kind != POINT_RETURN)
		return NULL;
	for (const struct code_subject *subject = subjects; subject->function; subject++)
		if (code_point_names(names, subject->function))
			return subject;
	return NULL;
}
