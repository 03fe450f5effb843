/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What each page of a file may hold while scripted threads change it. A thread announces a change
 * of a range before the call, and its end after it. From the begin on, the pages may hold the new
 * content; after the end they hold only that, unless another change of the same page overlapped.
 * After a change of a part of a page, the page may hold old or new content. The end of the file is
 * likewise uncertain while one call truncates it and another writes or allocates beyond.
 *
 * A reader looks at the state before and after its access. Bytes that any state in between allows
 * are not wrong. If too many changes happened between the two looks, the page is not judged.
 */
#ifndef TOOLS_THREADS_TRUTH_H
#define TOOLS_THREADS_TRUTH_H

#include "tools/reading/oracle.h"

#include <pthread.h>

/* Stamps that threads write have this bit of the generation inverted. */
enum { TRUTH_WRITTEN = STAMP_GENERATIONS / 2 };

/* What a page may hold; used as a set. */
enum truth_content {
	TRUTH_FILLED = 1 << 0, /* the stamp that it had before the iteration */
	TRUTH_STORED = 1 << 1, /* the stamp that threads write */
	TRUTH_ZEROS = 1 << 2,
	TRUTH_MISSING = 1 << 3, /* beyond the end of the file */
	TRUTH_ANY = 1 << 4,     /* not judged */
};

struct truth {
	unsigned int file;   /* number in stamps */
	uint32_t generation; /* of TRUTH_FILLED */
	uint64_t pages;
	_Atomic uint64_t *page;        /* per page: content, changes under way, count of changes */
	pthread_mutex_t lock;          /* for changes of `page` and of the fields below */
	uint64_t least;                /* size of the file, at least, in bytes */
	unsigned int cutting, growing; /* changes under way that may move its end */
	bool mixed;                    /* one of them cut it while another was under way */
};

/* A range that a call is about to change. */
struct truth_change {
	uint64_t offset, length; /* bytes */
	enum truth_content to;
	uint64_t size;  /* bytes that the file then has at least; 0: its size stays */
	bool cuts;      /* the file then has exactly `size` bytes, where the range begins */
	uint64_t first; /* first page that may change; set by truth_begin() */
};

/* Makes the state of a file, all of whose pages exist. size: bytes, a multiple of the page size.
 * Returns 0 or -ENOMEM. Release it with truth_release(). */
int truth_make(struct truth *truth, unsigned int file, uint64_t size);
void truth_release(struct truth *truth);

/* Sets all pages to TRUTH_FILLED, with that generation. No other thread may use `truth`
 * meanwhile. */
void truth_fill(struct truth *truth, uint32_t generation);

/* Call these before and after a call that changes a range. failed: the call failed, and may have
 * done a part of the change. */
void truth_begin(struct truth *truth, struct truth_change *change);
void truth_end(struct truth *truth, const struct truth_change *change, bool failed);

/* Returns the state of the page at `offset` bytes, for truth_judge(). */
uint64_t truth_look(const struct truth *truth, uint64_t offset);

/*
 * Judges a page that was read at `offset` bytes. before, after: truth_look() before and after the
 * access. page: NULL: there was no page. Returns 1 with the judgement filled in; 0: it cannot be
 * judged.
 */
int truth_judge(const struct truth *truth, uint64_t offset, const uint64_t *page, uint64_t before,
		uint64_t after, struct judgement *judgement);

/* Fills a page with what a thread writes at `offset` bytes. */
void truth_stamp(const struct truth *truth, uint64_t offset, uint64_t *page);

#endif
