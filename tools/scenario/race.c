/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/scenario/race.h"

#include <stddef.h>

const struct race races[] = {
	{ .name = "folio-split",
	  .help = "a look-up during the split of a large folio gets the wrong folio; fixed by "
		  "577a1f495fd7",
	  .splits = true },
	{ .name = "stale-folios",
	  .help = "nodes of the XArray are filled outside its lock and lead to a folio that "
		  "is gone; fixed by a4864671ca0b and two others" },
	{ .name = "partial-page",
	  .help = "zeros appear in live bytes of a large folio that XFS partly removes from "
		  "the page cache" },
	{ .name = "punch-fault",
	  .help = "a page fault reads a page again while a hole is punched; fixed by "
		  "e8e9ad42c1f1" },
	{ .name = "fuse-punch",
	  .help = "FUSE keeps cached pages of a punched hole; fixed by 3634a6327815" },
	{ .name = "fault-invalidate",
	  .help = "a page fault waits for a folio that a punch removes; fixed by d00806b18315" },
	{ .name = "readahead-punch",
	  .help = "readahead adds a folio while a hole is punched; fixed by 00fa15e0d564" },
	{ .name = "read-sibling",
	  .help = "a read mistakes a sibling entry for a folio; fixed by cb995f4eeba9" },
	{ .name = "split-marks",
	  .help = "a split leaves marks on sibling entries; fixed by 2a0774c2886d" },
	{ .name = "swap-truncate",
	  .help = "a large swap entry of a tmpfs is split while it is freed; fixed by "
		  "8a1968bd997f" },
	{ .name = "swap-in",
	  .help = "a large swap entry of a tmpfs is divided while its folio is in the swap cache, "
		  "fixed by 5c241ed8d031" },
	{ .name = "past-eof",
	  .help = "pages beyond the end of a file are mapped with its last folio; fixed by "
		  "74207de2ba10 and fa04f5b60fda" },
	{ .name = "fuse-sync",
	  .help = "sync waits for a FUSE server that does not answer; fixed by f9a49aa302a0 "
		  "and 76f9377cd2ab" },
	{ .name = "split-tails",
	  .help = "reclaim isolates a tail page that a split has dropped, while it is being "
		  "freed" },
	{ .name = "none",
	  .help = "every read has to be right; a run without a hit is VERIFIED, which says "
		  "nothing about any race",
	  .none = true },
	{ .name = NULL },
};
