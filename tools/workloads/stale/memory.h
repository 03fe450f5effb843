/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Anonymous memory beside the file, each byte of which is stamped and verified: it takes what the
 * large folio leaves free, so a reader that is led there gets its bytes instead of trying for ever,
 * and it is swapped out where there is swap, whose pages were the victims of the first reports.
 *
 * It has regions of the size of a large folio. Before a step, filled regions are verified and
 * freed. When the step's large folio is gone, and before anything is read, regions are filled one
 * after another until one lies where that folio was, or all are filled; if the folio stays, two
 * are. Only the thread that runs the steps calls these functions.
 */
#ifndef TOOLS_WORKLOADS_STALE_MEMORY_H
#define TOOLS_WORKLOADS_STALE_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

struct stale_play;

/* What hits and messages call it. */
#define STALE_MEMORY_NAME "anonymous memory"

struct stale_memory {
	char *at; /* NULL: there is none */
	uint64_t regions, filled;
	uint64_t turn;             /* goes up with each step */
	unsigned int file, reader; /* numbers: in stamps, of its counts */
	uint64_t verified;         /* pages */
	uint64_t met;              /* steps in which it got the place of the large folio */
};

/* As the settings want it. Returns 0 or -errno, said by workload_fail(). */
int stale_memory_open(struct stale_play *play);

void stale_memory_close(struct stale_play *play);

/* The first page of the file that its bytes can be served for; 0 without memory. */
uint64_t stale_memory_end(const struct stale_play *play);

/* Verifies what is filled, and gives it back. What is wrong is told as hits. Returns whether
 * anything was. Without memory nothing is. */
bool stale_memory_verify(struct stale_play *play);

/* Fills regions with new bytes, and has the kernel swap out all but the last. gone: the step's
 * large folio is; else no region can get its place; two are enough to have something to verify. */
void stale_memory_fill(struct stale_play *play, bool gone);

#endif
