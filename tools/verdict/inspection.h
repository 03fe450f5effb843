/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the inspector of the witness saw: the slots of the page cache themselves, while folios were
 * split. A slot that leads to a folio which can be referenced and does not contain the page is the
 * race, whether or not a reader is there; where all lead to the frozen original, the kernel's split
 * code does not have it.
 */
#ifndef TOOLS_VERDICT_INSPECTION_H
#define TOOLS_VERDICT_INSPECTION_H

#include "injector/probe/gate_types.h"
#include "injector/probe/split_parts.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_result;

enum {
	INSPECTION_PAGES = 1 << SPLIT_ORDER_MAX,
};

/* Of the splits that events told of, which can be fewer than were counted. */
struct inspection {
	uint64_t compared;             /* inspected whole */
	uint64_t batched, interleaved; /* of them: exactly these pages are exposed by the model */
	bool misplaced[INSPECTION_PAGES]; /* pages with such a slot, from the start of the folio */
	struct gate_event first;          /* the first misplaced slot */
};

enum inspection_verdict {
	INSPECTION_MISPLACED,
	INSPECTION_RIGHT, /* enough splits, and not one such slot */
	INSPECTION_NONE,  /* nothing can be said */
};

/* Takes in an event of the witness; those that do not concern it are ignored. */
void inspection_add(struct inspection *inspection, const struct gate_event *event);

enum inspection_verdict inspection_judge(const struct run_result *result);

/* Any misplaced slot: a hit. */
bool inspection_hit(const struct run_result *result);

/* At least SPLITS_CLEAN splits, all seen completely, without a misplaced slot: certainty
 * about the split code of this kernel. */
bool inspection_clean(const struct run_result *result);

/* The shapes, bits of enum aim_shape, whose exposed pages are those that were seen misplaced, in
 * each split. 0: none fits, or nothing was misplaced. */
unsigned int inspection_shapes(const struct run_result *result);

/* A clause for the reason of the verdict, on what was or was not seen; cut to `size` bytes. */
void inspection_explain(const struct run_result *result, char *text, size_t size);

#endif
