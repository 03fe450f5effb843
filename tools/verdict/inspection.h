/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the witness's inspector saw in the slots of the page cache while folios were split. A slot
 * that leads to a folio which can be referenced and does not contain the page is the race, with or
 * without a reader. If all slots lead to the frozen original, the kernel's split code does not have
 * the race.
 */
#ifndef TOOLS_VERDICT_INSPECTION_H
#define TOOLS_VERDICT_INSPECTION_H

#include "injector/probe/gate_types.h"
#include "injector/probe/split_parts.h"
#include "injector/storm/aim.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct run_result;

enum {
	INSPECTION_PAGES = 1 << SPLIT_ORDER_MAX,
	INSPECTION_REFUTES = 20,
};

/* Sums over the split events that arrived, which can be fewer than gate_counts counts. */
struct inspection {
	/* Splits inspected completely, and those seen in part with a misplaced slot. */
	uint64_t compared;
	uint64_t batched, interleaved;         /* of these: the shape agrees with what was seen */
	uint64_t wrong;                        /* of those compared: with a misplaced slot */
	uint64_t not_batched, not_interleaved; /* of these: the shape does not agree */
	bool misplaced[INSPECTION_PAGES];      /* of the pages of a folio: any slot was misplaced */
	struct gate_event first;               /* the first misplaced slot */
};

enum inspection_verdict {
	INSPECTION_MISPLACED,
	INSPECTION_RIGHT, /* enough splits, none with a misplaced slot */
	INSPECTION_NONE,  /* neither */
};

/* Adds an event; ignores other types than splits and misplaced slots. Returns whether it is a split
 * with valid order, levels and page. */
bool inspection_add(struct inspection *inspection, const struct gate_event *event);

/* What the inspection shows. */
enum inspection_verdict inspection_judge(const struct run_result *result);

/* Whether a slot was misplaced, which is a hit. */
bool inspection_hit(const struct run_result *result);

/* Whether at least SPLITS_CLEAN splits were inspected completely, without a misplaced slot: the
 * split code of this kernel does not have the race. */
bool inspection_clean(const struct run_result *result);

/* The shapes, as bits of enum aim_shape, that agree with each split compared: they expose exactly
 * the misplaced pages, or, where a split was seen in part, these and others. 0: none does, or
 * nothing was misplaced. */
unsigned int inspection_shapes(const struct run_result *result);

/* Whether INSPECTION_REFUTES splits had misplaced slots, and more than half of these do not agree
 * with the shape, or, for AIM_BOTH, with neither. */
bool inspection_refutes(const struct inspection *inspection, enum aim_shape shape);

/* Writes a clause for the reason of the verdict: what was or was not seen. text: cut to `size`
 * bytes. */
void inspection_explain(const struct run_result *result, char *text, size_t size);

#endif
