/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is like some journal in one thing: where its holes are punched. The 2 MiB around each
 * hole hold cells (tools/workloads/journal/payload.h), the holes themselves nothing but zeros,
 * before they are punched too, as what is unused of a journal; the rest of the file is never
 * written or read.
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
	uint64_t size;            /* bytes; 0: there is none */
	struct schema_list holes; /* struct layout_hole, in the order of their punching */
};

/* Whether the region of LAYOUT_REGION bytes that the offset is in holds something. */
bool layout_touches(const struct journal_layout *layout, uint64_t offset);

/* Bytes of all regions that hold something. */
uint64_t layout_bytes(const struct journal_layout *layout);

/* Whether any of [offset, offset + length) is to be cells. */
bool layout_holds(const struct journal_layout *layout, uint64_t offset, uint64_t length);

/* Pages of cells that a look-up can get wrong while the hole is punched, in folios of LAYOUT_REGION
 * that nothing has split before: by the aim model, of kernels of the shape. */
uint64_t layout_exposed(const struct journal_layout *layout, const struct layout_hole *hole,
			enum aim_shape shape);

/* Makes what the file holds from `offset` on, which is in a region that holds something. */
void layout_fill(const struct journal_layout *layout, struct payload_owner owner, uint64_t offset,
		 char *to, size_t length);

/* Writes the file, of its size and empty, through its mapping. Returns 0 or -errno. */
int layout_write(const struct journal_layout *layout, struct payload_owner owner,
		 struct windows *windows);

#endif
