/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides which of many workers runs a cell, by files in a shared directory.
 *
 * A claim is the file CELL.1, created by the first worker (O_EXCL is atomic, also on NFS). It names
 * its owner, who touches it every few seconds. If it is not touched for the lease, by the clock of
 * another worker, its owner counts as dead, and the first to create CELL.2 takes over. So claims
 * are never renewed or removed, and two workers cannot take over the same one. An owner that only
 * slept sees the next claim and stops.
 *
 * An owner that got no result creates CELL.1.failed, and the cell is free at once: that its machine
 * is out of space or has no kernel says nothing about another. CELL.done means that the cell has a
 * result, or has failed MATRIX_CLAIMS_MAX times.
 */
#ifndef TOOLS_MATRIX_MATRIX_CLAIM_H
#define TOOLS_MATRIX_MATRIX_CLAIM_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

struct matrix_claims {
	const char *directory; /* shared; exists */
	uint64_t lease;        /* ns */
};

/* Longer than the attribute caching of NFS, which may delay an mtime by a minute. */
#define MATRIX_LEASE 180000000000ULL

/* What a worker knows of a cell's claims. Zeroed before matrix_claim_name(). */
struct matrix_claim {
	char cell[192];      /* "KERNEL.SCENARIO.HASH" */
	unsigned int number; /* of the newest claim; 0: none */
	uint64_t beat;       /* its mtime, ns of its owner's or the server's clock */
	/* CLOCK_MONOTONIC ns: when the mtime was seen to change; when this worker last touched its
	 * claim. */
	uint64_t seen, beaten;
	bool ours;
};

enum matrix_claimed {
	CLAIM_OURS, /* this worker runs it */
	CLAIM_BUSY, /* another worker runs it */
	CLAIM_DONE, /* a result, or too many failures */
};

/* Names the cell; equal for all workers with the same kernel and scenario. scenario: the resolved
 * text. */
void matrix_claim_name(struct matrix_claim *claim, const char *kernel, const char *name,
		       const char *scenario);

/* Claims a cell, if it is free or its owner counts as dead. now: CLOCK_MONOTONIC ns. Returns an
 * enum matrix_claimed, or -errno (reported). */
int matrix_claim_take(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now);

/* Touches this worker's claim, if it is time to. Returns 0; -ESTALE another worker took over (not
 * reported); other -errno (reported). */
int matrix_claim_beat(const struct matrix_claims *claims, struct matrix_claim *claim, uint64_t now);

/* Records that the cell is done. Returns 0 or -errno (reported). */
int matrix_claim_done(const struct matrix_claims *claims, const struct matrix_claim *claim);

/* A failure of this claim is final. */
enum { MATRIX_CLAIMS_MAX = 3 };

/* Records that this worker got no result; nothing if the claim is not its own. Returns 0 or -errno
 * (reported). */
int matrix_claim_failed(const struct matrix_claims *claims, const struct matrix_claim *claim);

#endif
