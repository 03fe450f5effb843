/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds file and page in the arguments of a function of the page cache. Conditions on `page`
 * compare that page, and an engine tells by the file whether two threads work on the same one.
 */
#ifndef INJECTOR_SCHEDULE_CODE_SUBJECT_H
#define INJECTOR_SCHEDULE_CODE_SUBJECT_H

#include <stddef.h>

struct code_point;

/* To what an argument points. */
enum code_subject_kind {
	SUBJECT_IS_MAPPING, /* struct address_space */
	SUBJECT_IS_ARRAY,   /* struct xarray of a mapping */
	SUBJECT_IS_STATE,   /* struct xa_state on such an array */
	SUBJECT_IS_FOLIO,   /* struct folio */
};

struct code_subject {
	const char *function; /* NULL ends the table */
	enum code_subject_kind kind;
	unsigned int argument; /* of that kind, from 1 */
	unsigned int page;     /* the argument with the page's index, from 1; 0: in the struct */
};

/* Offsets in structs, bytes. They are the same since 5.16 (struct folio, struct xa_state) and 4.20
 * (struct address_space). On a kernel with another layout the values make no sense, and no passage
 * is made. */
enum {
	FOLIO_MAPPING = 0x18,
	FOLIO_INDEX = 0x20,
	MAPPING_ARRAY = 0x8,
	STATE_ARRAY = 0x0,
	STATE_INDEX = 0x8,
};

/* Describes the arguments in registers at a point: of F at its entry (and for its return), of G at
 * its call. Returns a constant row; NULL: not known. */
const struct code_subject *code_subject_of(const struct code_point *point);

#endif
