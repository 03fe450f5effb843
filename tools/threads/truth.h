/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each page of a file may hold while scripted threads change it. A thread that changes a range
 * says so before and after the call: from its begin on the pages may hold what it makes of them,
 * and from its end on they hold nothing else, unless another change of the same page was under way
 * meanwhile. A page that is changed in part may hold both for good. Where the file ends is as
 * little known while one call cuts it and another writes or allocates behind that.
 *
 * A reader takes a look before and after the access. Bytes that some instant in between allows are
 * never called wrong. More changes between two looks than can be told apart: nothing is judged.
 */
#ifndef TOOLS_THREADS_TRUTH_H
#define TOOLS_THREADS_TRUTH_H

#include "tools/reading/oracle.h"

#include <pthread.h>

/* Stamps that threads write have this bit of the generation flipped. */
enum { TRUTH_WRITTEN = STAMP_GENERATIONS / 2 };

/* What a page may be; several at once. */
enum truth_content {
	TRUTH_FILLED = 1 << 0, /* as it was filled before the iteration */
	TRUTH_STORED = 1 << 1, /* as a thread writes it */
	TRUTH_ZEROS = 1 << 2,
	TRUTH_MISSING = 1 << 3, /* behind the end of the file */
	TRUTH_ANY = 1 << 4,     /* not judged */
};

struct truth {
	unsigned int file;   /* number in stamps */
	uint32_t generation; /* of TRUTH_FILLED */
	uint64_t pages;
	_Atomic uint64_t *page;        /* content, changes under way, and a count of changes */
	pthread_mutex_t lock;          /* of whoever changes pages, and what follows */
	uint64_t least;                /* bytes that the file has at least */
	unsigned int cutting, growing; /* changes under way that may move its end */
	bool mixed; /* of them some cut it, and others were under way meanwhile */
};

/* A range that a call is about to change. */
struct truth_change {
	uint64_t offset, length; /* bytes */
	enum truth_content to;
	uint64_t size;  /* bytes that the file has in the end, at least */
	bool cuts;      /* or just that many; then the range goes from there to the end it had */
	uint64_t first; /* page that it is about; truth_begin() fills it in */
};

/* size: bytes, whole pages. Returns 0 or -ENOMEM. Release with truth_release(). */
int truth_make(struct truth *truth, unsigned int file, uint64_t size);
void truth_release(struct truth *truth);

/* All pages are filled, of that generation. No other thread may look meanwhile. */
void truth_fill(struct truth *truth, uint32_t generation);

/* Around a call. failed: what it did of that is not known. */
void truth_begin(struct truth *truth, struct truth_change *change);
void truth_end(struct truth *truth, const struct truth_change *change, bool failed);

/* A look at the page that begins at `offset` bytes. */
uint64_t truth_look(const struct truth *truth, uint64_t offset);

/*
 * Judges what was read between two looks. page: NULL, there was none. Returns 1, with the judgement
 * filled in; 0: it cannot be judged.
 */
int truth_judge(const struct truth *truth, uint64_t offset, const uint64_t *page, uint64_t before,
		uint64_t after, struct judgement *judgement);

/* Fills a page with what a thread writes there. */
void truth_stamp(const struct truth *truth, uint64_t offset, uint64_t *page);

#endif
