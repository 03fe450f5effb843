/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which page of which file a function of the page cache is about, by its arguments: what conditions
 * on `page` compare, and how an engine knows that two threads are at work on the same file.
 */
#ifndef INJECTOR_SCHEDULE_CODE_SUBJECT_H
#define INJECTOR_SCHEDULE_CODE_SUBJECT_H

#include <stddef.h>

struct code_point;

/* What an argument is. */
enum code_subject_kind {
	SUBJECT_IS_MAPPING, /* struct address_space */
	SUBJECT_IS_ARRAY,   /* struct xarray, that of a mapping */
	SUBJECT_IS_STATE,   /* struct xa_state on such an array */
	SUBJECT_IS_FOLIO,   /* struct folio */
};

struct code_subject {
	const char *function; /* NULL ends the table */
	enum code_subject_kind kind;
	unsigned int argument; /* that is that, from 1 */
	unsigned int page;     /* that is the page's index, from 1; 0: what the first one says */
};

/* Offsets in structures, bytes. They have been the same since 5.16 (struct folio, struct xa_state)
 * and 4.20 (struct address_space); of a kernel with another layout what is read makes no sense, and
 * no passage is made. */
enum {
	FOLIO_MAPPING = 0x18,
	FOLIO_INDEX = 0x20,
	MAPPING_ARRAY = 0x8,
	STATE_ARRAY = 0x0,
	STATE_INDEX = 0x8,
};

/* What the arguments are that are in registers when a thread is at a point: of F at its entry, of G
 * where F calls it. Returns NULL where that is not known. */
const struct code_subject *code_subject_of(const struct code_point *point);

#endif
