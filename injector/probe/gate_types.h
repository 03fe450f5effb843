/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the BPF programs of gate.bpf.c and who loads them (witness.c) have in common: the memory
 * they share and the events that go through the ring buffer.
 */
#ifndef INJECTOR_PROBE_GATE_TYPES_H
#define INJECTOR_PROBE_GATE_TYPES_H

#include <linux/types.h>

enum {
	GATE_HOLD_MAX = 1000000,  /* ns, one hold */
	GATE_BUDGET = 200000000,  /* ns of holds in one second, of all processors together */
	GATE_SECOND = 1000000000, /* ns */
	GATE_READERS = 64,
	GATE_BUCKETS = 24, /* bucket n: windows of 2^n ns to 2^(n + 1) - 1; the last all longer */
};

/*
 * The mark of processes that read for a reader but are no threads of the run: programs that it
 * starts, and whatever these start. A resource limit goes along with fork and exec, and nobody who
 * reads files has a use for that of POSIX message queues: its soft limit is GATE_MARK and the
 * reader's number.
 */
#define GATE_MARK 0x666f6c696f00ULL
enum { GATE_MARK_LIMIT = 12 /* RLIMIT_MSGQUEUE */ };

/* Set before loading. */
struct gate_config {
	__u64 split, meet, reader, lookup; /* ns, 0: no hold */
	__u64 marked;                      /* readers may be known by their mark */
	__u64 shape;                       /* by which pages are exposed, see split_parts.h */
	__u64 parts;                       /* splits say where: __folio_split() */
	__u64 inspect;                     /* the slots before each store */
	__u64 namespace_device,
		namespace_inode; /* of the PID namespace that numbers below are of */
};

/* A file by its inode. */
struct gate_file {
	__u64 inode;
	__u64 device; /* as the kernel has it: major << 20 | minor */
};

/* Why a split failed. */
enum gate_failure {
	GATE_FAILED_REFERENCE, /* somebody held one, so the folio could not be frozen */
	GATE_FAILED_DIRTY,
	GATE_FAILED_WRITEBACK,
	GATE_FAILED_OTHER,
	GATE_FAILURES,
	GATE_SPLIT = GATE_FAILURES, /* it did not fail */
};

struct gate_reader {
	__u64 lookups;
	__u64 frozen;   /* of them begun while the folio was frozen */
	__u64 captures; /* of them got a folio that does not contain the page */
};

struct gate_counts {
	__u64 splits;                /* begun */
	__u64 failed[GATE_FAILURES]; /* of them */
	__u64 succeeded;             /* of them */
	__u64 levels;                /* of splits, while frozen */
	__u64 window[GATE_BUCKETS];  /* from the freeze to the last store */
	__u64 holds, held, refused;  /* of the gate; held in ns; refused: the budget was spent */
	__u64 longest;               /* hold, ns */
	__u64 lost;                  /* events for which the ring buffer had no room */
	__u64 maps_full;             /* look-ups and splits that could not be noted */
	__u64 passages;              /* splits that succeeded with frozen_exposed, one a punch */
	/* Of the inspector: what the slots of the page cache lead to, before each store of a split.
	 * A slot is misplaced when it leads to a folio that can be referenced and does not contain
	 * its page. */
	__u64 splits_inspected; /* that succeeded and expose a page by the aim model, of which all
				 * slots were seen before all stores */
	__u64 splits_misplaced; /* with a misplaced slot, the others included */
	__u64 slots_inspected, slots_misplaced;
	__u64 inspect_errors; /* slots that could not be followed */
	struct gate_reader reader[GATE_READERS];
};

enum gate_event_type { GATE_EVENT_CAPTURE, GATE_EVENT_SPLIT, GATE_EVENT_MISPLACED };

struct gate_event {
	__u64 time; /* CLOCK_MONOTONIC, ns */
	__u32 type;
	__u32 file;   /* as given to witness_add_file() */
	__u64 page;   /* capture: that was looked up, of the file; split: the folio's first;
			  * misplaced: of the slot, the first of its split */
	__u64 folio;  /* capture, misplaced: first page of the folio that came, or is in the slot */
	__u32 order;  /* of that folio; split: before it */
	__u32 reader; /* capture: its number */
	__u32 frozen; /* capture: the look-up began while the folio was frozen */
	__s32 refcount;       /* misplaced: of that folio */
	__u32 levels;         /* split */
	__u32 outcome;        /* split: enum gate_failure */
	__s32 error;          /* split: what the kernel returned */
	__u32 split_at;       /* split: page of the folio */
	__u64 window;         /* split: ns from the freeze to the last store, 0: not reached */
	__u64 frozen_at;      /* split: when its folio was frozen, as time; 0: it was not */
	__u32 frozen_exposed; /* split: look-ups of exposed pages, begun while it was frozen */
	__u32 stores;         /* split: before which the slots were inspected */
	__u32 inspected;      /* split: it is one of splits_inspected */
	__u32 misplaced;      /* split: parts with a misplaced slot, see split_parts.h */
	/* Split: the first misplaced slot, as of the event for it; where there is one. */
	struct gate_slot {
		__u64 page, folio;
		__u32 order;
		__s32 refcount;
	} slot;
	__u64 punch; /* the last that had begun by then; by whoever takes the event, 0: none */
};

#endif
