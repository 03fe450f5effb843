/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A reader is a thread that reads pages by one method, again and again, and lets the oracle judge
 * each.
 *
 * Readers of exposed pages follow the storm: at each region that it announces, they map the pages
 * that they will read, answer, and read. A mapped page takes no fault, and so no reference, until
 * the split unmaps the folio. The next fault must come while the folio is frozen. If it comes too
 * early, its reference makes folio_ref_freeze() and the split fail. There are two methods:
 *
 *   steady  Read all the time. Under TCG 10 to 50 % of the splits fail; on a 3 GHz machine 70 %.
 *   watch   Map the punched page and one more, and touch nothing. Poll the page table (which takes
 *           no reference) until the punched page is unmapped, which happens first, then the
 *           folio's flags until it is locked. Then wait, and read a page that is not mapped. The
 *           right wait depends on kernel and machine (40 to 100 us under TCG). At its first
 *           punches the reader measures how long after the lock the split unmaps the other page.
 *           Then it learns from splits that fail (too early) and that give no hit (too late). Few
 *           pages must be mapped: fault-around maps 16 at a time, and with 32 pages mapped the
 *           freeze came 400 us after the lock, with a spread as long as the window; with two
 *           pages, 90 us.
 *
 * Other storms remove the folio from the page cache (storm_op.keeps). Readers that are held until
 * then are released at the same time, and bring it back by their `order` (refault.h).
 *
 * With a gate (storms wait for readers, and look-ups for the freeze) there is nothing to learn: the
 * reader watches for the unmapping and then reads until the storm has finished with the region.
 *
 * To measure it again, `run` with readers[].wait "none" and "auto": splits_failed, hit_rate.
 * Readers of other pages do not follow the storm.
 */
#ifndef TOOLS_READING_READER_H
#define TOOLS_READING_READER_H

#include "injector/probe/witness.h"
#include "injector/storm/aim.h"
#include "injector/storm/seen_pages.h"
#include "injector/storm/storm.h"
#include "tools/reading/oracle.h"
#include "tools/reading/refault.h"

struct reader;
struct client_work;

/* One method to read a page: reader_NAME of a file in readers/. A new one is that file and its row
 * in READERS of reader.c. */
struct reader_ops {
	const char *name, *help; /* help: for the reference of keys */
	bool faults;             /* looks up the page cache only in a page fault */
	bool orders;             /* opens the files itself if reader.order is not REFAULT_ANY */
	bool program;            /* runs reader.work, on files that never change */
	/* Its system call takes the inode's lock (on XFS the IOLOCK, shared). Changes of the file
	 * hold it exclusively, so no look-up of such a reader falls into their split. */
	bool takes_lock;
	/* Prepares for read(). Returns 0 or -errno (reported). May be NULL, like close. */
	int (*open)(struct reader *reader);
	/*
	 * Reads the page at `offset` bytes of the target into `page`.
	 * Returns 0; -ENODATA: the file has no such page now; -EAGAIN: it is not available without
	 * waiting, and is not judged; other -errno: the run ends.
	 */
	int (*read)(struct reader *reader, const struct target *target, uint64_t offset,
		    uint64_t *page);
	void (*close)(struct reader *reader);
	/* Replaces read(): does one turn of this reader. Returns 0; -errno: the run ends. The
	 * thread is not pinned to its processor, and the witness does not know it. */
	int (*turn)(struct reader *reader);
};

/* NULL-terminated. */
extern const struct reader_ops *const reader_kinds[];

/* Special values of a wait: */
#define READER_WAIT_AUTO UINT64_MAX       /* watch, with a learned wait */
#define READER_WAIT_NONE (UINT64_MAX - 1) /* steady */
#define READER_WAIT_OVER (UINT64_MAX - 2) /* held until the storm has finished with the region */

enum reader_pages {
	READER_EXPOSED, /* pages that the current split exposes */
	READER_ALL,     /* any page of any file */
	READER_RANGE,   /* pages range_first to range_last of the storm's current region */
};

/* Which of those pages. */
enum reader_where {
	READER_RANDOM, /* random, independent of other readers */
	READER_OWN,    /* one for each reader of this kind, next to those of the others */
	READER_SAME,   /* the same for all readers of this kind */
};

/* A wrong page, and the results of reading it again. */
struct reader_hit {
	uint64_t time;   /* when it was found wrong, CLOCK_MONOTONIC, ns */
	uint64_t access; /* ns from the start of the access to `time` */
	uint64_t check;  /* ns that reading again took */
	uint64_t ticket; /* of the region's last punch, if known; else of the storm at that time */
	unsigned int reader;
	unsigned int file;
	uint64_t page;       /* of the file */
	uint64_t folio;      /* first page of its region */
	bool again_wrong;    /* still wrong by the same access: sticky */
	bool pread_wrong;    /* still wrong by pread() beneath the layer: in the page cache */
	bool fresh_wrong;    /* still wrong in a new mapping */
	bool first_of_punch; /* the first wrong page of this punch */
	struct judgement judgement;
};

/* Counts that other threads read while the reader runs. */
struct reader_counts {
	_Atomic uint64_t heartbeat; /* increases as long as the thread makes progress */
	_Atomic uint64_t reads;     /* judged */
	_Atomic uint64_t wrong;
	_Atomic uint64_t exposures;
	_Atomic uint64_t not_judged;
	_Atomic uint64_t healed;    /* captures by the witness whose access got the right bytes */
	_Atomic uint64_t last_page; /* page of the file at which the last access began */
	_Atomic uint64_t wait;      /* current one, ns; 0: steady */
};

enum { READER_HITS = 16 };

/* When to read, learned for each order of folios, which determines how long a split takes. */
struct reader_pace {
	uint64_t wait;             /* current one, ns */
	unsigned int measurements; /* so far; the wait is the least of them */
	unsigned int misses;       /* consecutive splits without a hit */
	unsigned int failures;     /* consecutive splits that failed */
};

struct reader {
	/* Set by the caller. */
	const struct reader_ops *ops;
	unsigned int number; /* among all readers of the run, from 0 */
	unsigned int seat;   /* index in storm_stage.arrived, of readers that follow the storm */
	enum reader_pages pages;
	uint64_t range_first, range_last; /* READER_RANGE */
	enum reader_where where;
	enum refault_order order;
	uint64_t pace_ns; /* between two accesses */
	uint64_t wait_ns; /* watch: from the unmapping to the access; or READER_WAIT_* */
	struct schedule_page *schedule; /* of the schedule in which it has a role; or NULL */
	struct schedule_engine *engine; /* its engine in this kernel, or NULL */
	bool held;                      /* the engine also holds it before its access */
	bool gated;   /* a gate waits for this reader: it needs no wait of its own */
	bool can_hit; /* its look-ups can fall into a split of the storm */
	int cpu;      /* processor, or -1 */
	uint64_t seed;
	enum aim_shape shape;
	struct seen_pages *seen; /* used in place of the shape where it has pages */
	bool expects_hits;       /* set at the first hit */
	struct target *targets;
	size_t target_count;
	struct storm_stage *stage;
	struct reader_counts *counts;
	struct client_work *work;           /* of exec; else NULL */
	struct witness *witness;            /* or NULL */
	_Atomic uint64_t *punches_captured; /* punches with a capture, of all readers */
	_Atomic uint64_t *passages;         /* see passage.h; of all readers */
	/* Called by the reader's thread for each wrong page of a punch, once for each page and for
	 * up to READER_HITS pages. */
	void (*hit)(void *context, const struct reader_hit *hit);
	/* Called by the reader's thread after an error that should end the run. */
	void (*failed)(void *context, int error);
	void *context;
	/* Private. */
	pthread_t thread;
	struct folio_lookup lookup;
	struct refault refault;
	int mem_fd, pipe_fds[2];
	uint64_t ticket, turn, faults_seen;
	uint64_t chosen;     /* number of pages chosen for this ticket */
	uint64_t hit_ticket; /* the last punch with a hit, and the pages reported as wrong */
	struct reader_place {
		unsigned int file;
		uint64_t page;
	} hit_places[READER_HITS];
	unsigned int hit_count;
	struct region *region;
	uint64_t page; /* chosen page, bytes from the start of the region */
	uint64_t head; /* frame of its folio's first page, or FOLIO_NO_FRAME */
	struct reader_pace paces[AIM_ORDER_MAX + 1];
	struct reader_pace *pace; /* for the region */
	bool was_hit;             /* the last region gave a hit */
	bool has_hit;             /* a region gave a hit */
	struct hole hole;
	uint64_t watched;        /* the page that is unmapped first, bytes of the region */
	uint32_t *list;          /* pages of the region to read, for its size and hole */
	uint64_t listed_size;    /* that size, bytes */
	uint32_t listed_version; /* seen->version of the list */
	size_t listed;           /* entries of `list` */
};

/* Returns the number of page faults of the calling thread, including those of get_user_pages()
 * (mm_account_fault(), 5.9 and later). */
uint64_t reader_faults(void);

/* Starts the thread. Returns 0 or -errno (reported). Stop it with storm_stage.stop. */
int reader_start(struct reader *reader);

/* Joins the thread and frees its memory. */
void reader_join(struct reader *reader);

#endif
