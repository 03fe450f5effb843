/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs of gate.bpf.c and their loader (witness.c) share: memory, and the events in
 * the ring buffer.
 */
#ifndef INJECTOR_PROBE_GATE_TYPES_H
#define INJECTOR_PROBE_GATE_TYPES_H

#include <linux/types.h>

enum {
	GATE_HOLD_MAX = 1000000,  /* ns, one hold */
	GATE_BUDGET = 200000000,  /* ns of holds in one second, on all processors together */
	GATE_SECOND = 1000000000, /* ns */
	GATE_READERS = 64,
	GATE_BUCKETS = 24, /* bucket n: windows of 2^n ns to 2^(n + 1) - 1; the last: all longer */
};

/*
 * The mark of processes that read for a reader but are not threads of the run: programs that it
 * starts, and those that they start. It is a resource limit, which fork and exec preserve: that of
 * POSIX message queues, which programs that read files do not need. The soft limit is GATE_MARK
 * plus the reader's number.
 */
#define GATE_MARK 0x666f6c696f00ULL
enum { GATE_MARK_LIMIT = 12 /* RLIMIT_MSGQUEUE */ };

/* Set before loading. */
struct gate_config {
	__u64 split, meet, reader, lookup; /* ns, 0: no hold */
	__u64 marked;                      /* look for GATE_MARK, too */
	__u64 shape;                       /* which pages are exposed, see split_parts.h */
	__u64 parts;                       /* __folio_split(), with a page at which it splits */
	__u64 inspect;                     /* inspect slots before each store */
	__u64 namespace_device,
		namespace_inode; /* of the PID namespace in which processes are numbered */
};

/* A file by its inode. */
struct gate_file {
	__u64 inode;
	__u64 device; /* in the kernel's format: major << 20 | minor */
};

/* Why a split failed. */
enum gate_failure {
	GATE_FAILED_REFERENCE, /* another reference, so the folio could not be frozen */
	GATE_FAILED_DIRTY,
	GATE_FAILED_WRITEBACK,
	GATE_FAILED_OTHER,
	GATE_FAILURES,
	GATE_SPLIT = GATE_FAILURES, /* it did not fail */
};

struct gate_reader {
	__u64 lookups;
	__u64 frozen;   /* look-ups begun while the folio was frozen */
	__u64 captures; /* look-ups that got a folio that does not contain the page */
};

struct gate_counts {
	__u64 splits;                /* begun */
	__u64 failed[GATE_FAILURES]; /* splits, by reason */
	__u64 succeeded;             /* splits */
	__u64 levels;                /* of splits, while frozen */
	__u64 window[GATE_BUCKETS];  /* splits by time from the freeze to the last store */
	__u64 holds, held, refused;  /* of the gate; held: ns; refused: the budget was spent */
	__u64 longest;               /* hold, ns */
	__u64 lost;                  /* events without room in the ring buffer */
	__u64 maps_full;             /* look-ups and splits without room in a map */
	__u64 passages;              /* punches with a split that succeeded with frozen_exposed */
	/* The inspector's. A slot is misplaced if it leads to a folio that can be referenced and
	 * does not contain its page. */
	__u64 splits_inspected; /* that succeeded, expose a page by the aim model, and whose parts
				 * were all inspected before all stores */
	__u64 splits_misplaced; /* with a misplaced slot, also if not counted above */
	__u64 slots_inspected, slots_misplaced;
	__u64 inspect_errors; /* slots that could not be followed */
	struct gate_reader reader[GATE_READERS];
};

enum gate_event_type { GATE_EVENT_CAPTURE, GATE_EVENT_SPLIT, GATE_EVENT_MISPLACED };

struct gate_event {
	__u64 time; /* CLOCK_MONOTONIC, ns */
	__u32 type;
	__u32 file;      /* as given to witness_add_file() */
	__u64 page;      /* of the file; capture: looked up; split: the folio's first;
			  * misplaced: of the slot, the first one of its split */
	__u64 folio;     /* capture, misplaced: first page of the folio returned, or in the slot */
	__u32 order;     /* of that folio; split: before the split */
	__u32 reader;    /* capture: number of the reader */
	__u32 frozen;    /* capture: the look-up began while the folio was frozen */
	__s32 refcount;  /* misplaced: of that folio */
	__u32 levels;    /* split */
	__u32 outcome;   /* split: enum gate_failure */
	__s32 error;     /* split: the kernel's result */
	__u32 split_at;  /* split: page of the folio */
	__u64 window;    /* split: ns from the freeze to the last store, 0: not reached */
	__u64 frozen_at; /* split: time of the freeze, as `time`; 0: not frozen */
	__u32 frozen_exposed; /* split: look-ups of exposed pages, begun while it was frozen */
	__u32 stores;         /* split: stores with an inspection before them */
	__u32 inspected;      /* split: counted in splits_inspected */
	__u32 misplaced;      /* split: a bit for each part with a misplaced slot */
	/* Split: the first misplaced slot, as in its event; only with misplaced. */
	struct gate_slot {
		__u64 page, folio;
		__u32 order;
		__s32 refcount;
	} slot;
	__u64 punch; /* the last begun by then, 0: none; set by the reader of the events */
};

#endif
