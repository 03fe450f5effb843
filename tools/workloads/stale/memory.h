/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous memory, stamped and verified. It takes the memory that the large folio leaves free, so
 * that a reader of a stale slot gets its bytes instead of retrying for ever. If there is swap, it
 * is swapped out: swapped pages were the victims of the first reports.
 *
 * It has regions of the size of a large folio. Before a step, filled regions are verified and
 * freed. When the step's large folio is gone, and before anything is read, regions are filled one
 * after another until one has the memory of that folio, or all are filled. If the folio stays, two
 * are filled. Only the thread that runs the steps calls these functions.
 */
#ifndef TOOLS_WORKLOADS_STALE_MEMORY_H
#define TOOLS_WORKLOADS_STALE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct stale_play;

/* Its name in hits and messages. */
#define STALE_MEMORY_NAME "anonymous memory"

struct stale_memory {
	char *at; /* NULL: no memory */
	uint64_t regions, filled;
	uint64_t turn;             /* increases with each step */
	unsigned int file, reader; /* number in stamps; index of its counts */
	uint64_t verified;         /* pages */
	uint64_t met;              /* steps in which it got the memory of the large folio */
};

/* Maps the memory, if the settings have a size for it. Returns 0 or -errno (workload_fail()). */
int stale_memory_open(struct stale_play *play);

void stale_memory_close(struct stale_play *play);

/* Returns the first page of the file for which the kernel can return this memory's bytes; 0 without
 * memory. */
uint64_t stale_memory_end(const struct stale_play *play);

/* Verifies the filled regions and frees them. Wrong pages are reported as hits. Returns whether
 * there were any; false without memory. */
bool stale_memory_verify(struct stale_play *play);

/* Fills regions with new bytes, and lets the kernel swap out all but the last one. gone: the step's
 * large folio is gone; otherwise only two regions are filled, as none can get its memory. */
void stale_memory_fill(struct stale_play *play, bool gone);

#endif
