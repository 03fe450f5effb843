/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which of many workers runs a cell: files in a directory that they share tell.
 *
 * A claim is the file CELL.1, made by the first worker (O_EXCL is atomic, also on NFS). It names
 * its owner, who touches it every few seconds. If that has not happened for the lease, by the clock
 * of another worker, its owner is taken for dead, and whoever makes CELL.2 first is the next one.
 * So no claim is ever renamed or removed, and two cannot take over the same. An owner that only
 * slept sees the next claim and gives up.
 *
 * An owner that got no result says so with CELL.1.failed, and the cell is free at once: that its
 * machine is out of space or has no kernel says nothing of another's. A worker that has failed does
 * not try again. CELL.done ends it: the cell has a result, or has failed so often that it is the
 * cell.
 */
#ifndef TOOLS_MATRIX_MATRIX_CLAIM_H
#define TOOLS_MATRIX_MATRIX_CLAIM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct matrix_claims {
	const char *directory; /* shared; it is there */
	uint64_t lease;        /* ns */
};

/* NFS may show a file's time of change a minute late. */
#define MATRIX_LEASE 180000000000ULL

/* What a worker knows of a cell's claims; zeroed, nothing. */
struct matrix_claim {
	char cell[192];      /* "KERNEL.SCENARIO.HASH" */
	unsigned int number; /* of the newest claim; 0: there is none */
	uint64_t beat;       /* its time of change, ns of whoever's clock */
	uint64_t seen,
		beaten; /* CLOCK_MONOTONIC ns: when it was seen to change; when ours was touched */
	bool ours;
};

enum matrix_claimed {
	CLAIM_OURS, /* to be run */
	CLAIM_BUSY, /* another worker is at it */
	CLAIM_DONE, /* and another has it */
};

/* Names the cell: the same for each worker with the same kernel and scenario. scenario: as
 * resolved. */
void matrix_claim_name(struct matrix_claim *claim, const char *kernel, const char *name,
		       const char *scenario);

/* Claims a cell, if it is free or its owner is dead. now: CLOCK_MONOTONIC ns. Returns an enum
 * matrix_claimed, or -errno (reported). */
int matrix_claim_take(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now);

/* Says that its owner lives, when it is time to. Returns 0; -ESTALE it was taken over; -errno
 * (reported). */
int matrix_claim_beat(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now);

/* Says that the cell has its result. Returns 0 or -errno (reported). */
int matrix_claim_done(const struct matrix_claims *claims, const struct matrix_claim *claim);

/* Claims of a cell after which a failure is final. */
enum { MATRIX_CLAIMS_MAX = 3 };

/* Says that it has none of a cell that it had claimed. Returns 0 or -errno (reported). */
int matrix_claim_failed(const struct matrix_claims *claims, const struct matrix_claim *claim);

#endif
