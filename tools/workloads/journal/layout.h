/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that has its holes at the same places as some journal. The regions of 2 MiB at each hole
 * contain cells (tools/workloads/journal/payload.h). The holes contain zeros even before they are
 * punched, like the unused parts of a journal. The rest of the file is never written or read.
 */
#ifndef TOOLS_WORKLOADS_JOURNAL_LAYOUT_H
#define TOOLS_WORKLOADS_JOURNAL_LAYOUT_H

#include "injector/storm/aim.h"
#include "tools/scenario/schema.h"
#include "tools/workloads/journal/payload.h"
#include "tools/workloads/journal/windows.h"

enum { LAYOUT_REGION = 2 << 20, LAYOUT_HOLES_MAX = 256 };

struct layout_hole {
	uint64_t offset, length; /* bytes */
};

struct journal_layout {
	uint64_t size;            /* bytes; 0: no layout */
	struct schema_list holes; /* struct layout_hole, in the order of their punching */
};

/* Returns whether the region of LAYOUT_REGION bytes at the offset is written: it is at a hole. */
bool layout_touches(const struct journal_layout *layout, uint64_t offset);

/* Returns the total size of the written regions, in bytes. */
uint64_t layout_bytes(const struct journal_layout *layout);

/* Returns whether [offset, offset + length) contains cells. */
bool layout_holds(const struct journal_layout *layout, uint64_t offset, uint64_t length);

/* Returns the number of pages with cells that the punch of the hole exposes, in folios of
 * LAYOUT_REGION that were not split before. shape: of the kernel, for the aim model. */
uint64_t layout_exposed(const struct journal_layout *layout, const struct layout_hole *hole,
			enum aim_shape shape);

/* Fills a buffer with the content of the file at `offset`, which is in a written region. */
void layout_fill(const struct journal_layout *layout, struct payload_owner owner, uint64_t offset,
		 char *to, size_t length);

/* Writes the file through its mappings; it must be a hole of layout->size bytes. Returns 0 or
 * -errno (not reported). */
int layout_write(const struct journal_layout *layout, struct payload_owner owner,
		 struct windows *windows);

#endif
