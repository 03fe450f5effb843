/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader: one thread that takes pages in one way, again and again, and asks the oracle about
 * each.
 *
 * Readers of exposed pages follow the storm: at each region that it announces they map what they
 * will read, answer, and read. A mapped page takes no fault, and so no reference, until the split
 * unmaps the folio; the fault after that has to come when the folio is frozen. A little too early,
 * and its reference makes folio_ref_freeze() and the split fail. There are two ways:
 *
 *   steady  read all the time. Under TCG 10 - 50 % of the splits fail; on a 3 GHz machine 70 %.
 *   watch   map the punched page and one more, touch nothing, and ask the page table (which takes
 *           no reference) until the punched page is unmapped, which comes first, then the
 *           folio's flags until it is locked; wait a moment; read a page that is not mapped. How
 *           long the moment is depends on kernel and machine (40 - 100 us under TCG): the reader
 *           measures at its first punches how long after the lock the split unmaps the other
 *           page, and learns from there, by splits that fail (too early) and that hit nothing
 *           (too late). That so little is mapped matters: fault-around maps 16 pages at a time,
 *           and with 32 of them it took 400 us from the lock to the freeze, give or take as much
 *           as the window is long, and with two 90 us.
 *
 * Other storms take the folio out of the page cache (storm_op.keeps). Readers that are held until
 * that is over are let go at the same instant, and bring it back as their `order` says (refault.h).
 *
 * With a gate (storms wait for readers, and look-ups for the freeze) there is nothing to learn: the
 * reader watches for the unmapping and then reads until the storm is done there.
 *
 * Measure it again by `run` with readers[].wait "none" and "auto": splits_failed, hit_rate. Readers
 * of other pages read where they like.
 */
#ifndef TOOLS_READING_READER_H
#define TOOLS_READING_READER_H

#include "injector/probe/witness.h"
#include "injector/storm/aim.h"
#include "injector/storm/storm.h"
#include "tools/reading/oracle.h"
#include "tools/reading/refault.h"

struct reader;
struct client_work;

/* One way to take a page, reader_NAME of a file in readers/. Adding one is that file and its row in
 * READERS of reader.c. */
struct reader_ops {
	const char *name, *help; /* help: for the reference of keys */
	bool faults;             /* looks the page cache up only when it takes a page fault */
	bool orders;  /* opens the files for itself where reader.order is not REFAULT_ANY */
	bool program; /* runs reader.work, on files that never change */
	/* Reads by a call that takes the inode's lock (on XFS the IOLOCK, shared): what changes the
	 * file holds it exclusively, so no look-up of such a reader falls into its split. */
	bool takes_lock;
	/* Prepares what read() needs. Returns 0 or -errno (reported). May be NULL, like close. */
	int (*open)(struct reader *reader);
	/*
	 * Takes the page at `offset` bytes of the target into `page`.
	 * Returns 0; -ENODATA where the file has no such page now; -EAGAIN when it cannot be had
	 * without waiting, and nothing is judged; else -errno, and the run ends.
	 */
	int (*read)(struct reader *reader, const struct target *target, uint64_t offset,
		    uint64_t *page);
	void (*close)(struct reader *reader);
	/* In the place of read(): one turn of whatever this reader does. Returns 0, or -errno, and
	 * the run ends. It is not pinned to its processor, and the witness does not know its
	 * thread. */
	int (*turn)(struct reader *reader);
};

/* All of them, ended by NULL. */
extern const struct reader_ops *const reader_kinds[];

/* Not a time: */
#define READER_WAIT_AUTO UINT64_MAX       /* watch, for as long as turns out to be right */
#define READER_WAIT_NONE (UINT64_MAX - 1) /* steady */
#define READER_WAIT_OVER (UINT64_MAX - 2) /* held until the storm is done with the region */

enum reader_pages {
	READER_EXPOSED, /* what the split at hand exposes */
	READER_ALL,     /* any page of any file */
	READER_RANGE,   /* pages first to last of the region the storm is at */
};

/* Which of those pages. */
enum reader_where {
	READER_RANDOM, /* any, whatever others read */
	READER_OWN,    /* one that no other reader of this kind has, and side by side with theirs */
	READER_SAME,   /* the one that all readers of this kind take */
};

/* A wrong page, as found and as looked at again. */
struct reader_hit {
	uint64_t time;   /* when it was found wrong, CLOCK_MONOTONIC, ns */
	uint64_t access; /* ns from the start of the access to that */
	uint64_t check;  /* ns that looking again took */
	uint64_t ticket; /* of the storm at that time */
	unsigned int reader;
	unsigned int file;
	uint64_t page;       /* of the file */
	uint64_t folio;      /* first page of its region */
	bool again_wrong;    /* the same access once more: sticky */
	bool pread_wrong;    /* the page cache itself, read beneath the layer */
	bool fresh_wrong;    /* through a mapping made for this */
	bool first_of_punch; /* nobody had found this punch wrong before */
	struct judgement judgement;
};

/* Counts that others read while the reader runs. */
struct reader_counts {
	_Atomic uint64_t heartbeat; /* goes up as long as the thread gets round */
	_Atomic uint64_t reads;     /* judged */
	_Atomic uint64_t wrong;
	_Atomic uint64_t exposures;
	_Atomic uint64_t not_judged;
	_Atomic uint64_t healed;    /* captures by the witness whose access got the right bytes */
	_Atomic uint64_t last_page; /* where the last access began, page of the file */
	_Atomic uint64_t wait;      /* the one in use, ns; 0: steady */
};

enum { READER_HITS = 16 };

/* When to read, learned for folios of one order: how long a split takes goes by that. */
struct reader_pace {
	uint64_t wait;             /* in use, ns */
	unsigned int measurements; /* that it is the least of, while it is measured */
	unsigned int misses;       /* splits in a row that gave no hit */
	unsigned int failures;     /* splits in a row that failed */
};

struct reader {
	/* Set by the caller. */
	const struct reader_ops *ops;
	unsigned int number; /* among all readers of the run, from 0 */
	unsigned int seat;   /* in storm_stage.arrived; those that follow the storm only */
	enum reader_pages pages;
	uint64_t range_first, range_last; /* READER_RANGE */
	enum reader_where where;
	enum refault_order order;
	uint64_t pace_ns; /* between two accesses */
	uint64_t wait_ns; /* watch: from the unmapping to the access; or READER_WAIT_* */
	struct schedule_page *schedule; /* an engine holds it at points of the kernel; or NULL */
	struct schedule_engine *engine; /* of it, in the kernel; or NULL */
	bool held;    /* and before its access: it reads when the engine says so */
	bool gated;   /* a gate waits for this reader: it needs no wait of its own */
	bool can_hit; /* a look-up of it can fall into a split of the storm */
	int cpu;      /* or -1 */
	uint64_t seed;
	enum aim_shape shape;
	bool expects_hits; /* turns true with the first one */
	struct target *targets;
	size_t target_count;
	struct storm_stage *stage;
	struct reader_counts *counts;
	struct client_work *work;           /* of exec; NULL otherwise */
	struct witness *witness;            /* or NULL */
	_Atomic uint64_t *punches_captured; /* punches that gave a capture, all readers together */
	_Atomic uint64_t *passages;         /* see passage.h; the same */
	/* Called from the reader's thread at each wrong page, once a punch, for up to READER_HITS
	 * pages a punch. */
	void (*hit)(void *context, const struct reader_hit *hit);
	/* An access failed in a way no file has: the run should end. */
	void (*failed)(void *context, int error);
	void *context;
	/* Its own. */
	pthread_t thread;
	struct folio_lookup lookup;
	struct refault refault;
	int mem_fd, pipe_fds[2];
	uint64_t ticket, turn, faults_seen;
	uint64_t chosen; /* pages, since the ticket */
	uint64_t hit_ticket,
		hit_pages[READER_HITS]; /* of the punch at hand: pages reported as wrong */
	unsigned int hit_count;
	struct region *region;
	uint64_t page; /* chosen there, bytes */
	uint64_t head; /* frame of the folio there, or FOLIO_NO_FRAME */
	struct reader_pace paces[AIM_ORDER_MAX + 1];
	struct reader_pace *pace; /* for the region */
	bool was_hit;             /* the last region gave a wrong page */
	bool has_hit;             /* one of them did */
	struct hole hole;
	uint64_t watched;     /* the page that is unmapped first, bytes of the region */
	uint32_t *list;       /* pages of the region to read, of any of that size and hole */
	uint64_t listed_size; /* bytes */
	size_t listed;
};

/* Page faults of the calling thread; get_user_pages() counts too (mm_account_fault(), 5.9 and
 * later). */
uint64_t reader_faults(void);

/* Starts the thread. Returns 0 or -errno (reported). Stop it by storm_stage.stop. */
int reader_start(struct reader *reader);

/* Joins the thread and frees what it had. */
void reader_join(struct reader *reader);

#endif
