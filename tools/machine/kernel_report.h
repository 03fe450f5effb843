/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the kernel's log, or a guest's console, line by line and assembles reports: an assertion
 * with its page dump, an oops with its function, a lockup. A report is a hit if the page cache gave
 * this run a wrong folio: it names a process or file of the run, or it is an assertion that only
 * this race fails. All other reports are trouble, not evidence of the race.
 *
 * The signature of the original crash (6.18.7-cloudflare, February 2026) is VM_BUG_ON_FOLIO(
 * !folio_contains(folio, index)) in filemap_fault(). The page dump gives the folio's index, and a
 * register holds the index of the fault.
 */
#ifndef TOOLS_MACHINE_KERNEL_REPORT_H
#define TOOLS_MACHINE_KERNEL_REPORT_H

#include "tools/base/keys.h"
#include "tools/machine/kernel_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_meaning {
	KERNEL_TROUBLE, /* something is wrong, but this alone does not show the race */
	KERNEL_HIT,     /* the page cache returned a wrong folio */
};

/* Races that cause reports; used as a set where noted. */
enum kernel_family {
	KERNEL_SPLIT = 1, /* 6.15 to 6.19: a split folio is returned for pages of other parts */
	KERNEL_STALE = 2, /* 5.17 to 6.9: a freed folio stays in the page cache */
};

/* The subject of a run: only reports about it are hits. */
struct kernel_subject {
	unsigned int families; /* set of enum kernel_family */
	bool everything;       /* all processes and files are of it: an imported log, no run */
	bool stuck;            /* the run knows that one of its readers does not return */
	char names[32][64];    /* of its processes and files, see kernel_subject_add() */
	size_t name_count;
};

struct kernel_report {
	unsigned int family; /* set: a hit only in runs about one of them; 0: function decides */
	bool named;          /* a hit only if it names a process or file of the run */
	bool fatal;          /* the kernel, or a task in it, dies */
	bool panicked;       /* the kernel panicked over it, e.g. by panic_on_warn */
	bool spins;          /* a processor makes no progress */
	bool waits;          /* a task makes no progress */
	bool beside;         /* not a crash of the kernel, but also in the log */
	char text[160];      /* "VM_BUG_ON_FOLIO(!folio_contains(folio, index))" */
	char source[64];     /* "mm/filemap.c:3519", or "" */
	char function[64];   /* in which it happened, or "" */
	char process[32];    /* that was running, or "" */
	char release[80];    /* of the kernel, or "" */
	char build[160];     /* the text after the release: "#1 Debian 6.1.55-1", or "" */
	char module[24];     /* of the function, or "" */
	char owner[48];      /* of the folio's file: "xfs_address_space_operations", or "" */
	char trace[320];     /* functions of the call trace, each preceded by a blank */
	char file[64];       /* of the folio, or "" */
	uint64_t inode;      /* of the file; 0: unknown */
	char frame[64];      /* innermost function of the page cache in the call trace, or "" */
	bool has_folio, has_fault, has_address, has_cr2;
	uint64_t folio;     /* index of the folio's first page in its file */
	unsigned int order; /* of the folio */
	uint64_t fault;     /* index that was looked up, from register fault_from */
	char fault_from[8];
	/* That register is known to hold the index in this function; else its value just fits. */
	bool fault_known;
	uint64_t address;       /* that could not be accessed */
	uint64_t cr2;           /* x86: address of the last page fault, of any cause */
	unsigned int page_size; /* KiB; 0: the report does not say */
	enum kernel_arch arch;
	/* Registers that may hold the index of the fault. */
	struct kernel_register kept[12];
	size_t kept_count;
	uint64_t unread; /* lines of unknown form since its first line */
};

enum { KERNEL_REPORTS_KEPT = 16, KERNEL_STREAMS = 8 };

/* The lines of one caller. CONFIG_PRINTK_CALLER separates processors that report at the same
 * time. */
struct kernel_stream {
	uint64_t caller;           /* 0: not given */
	uint64_t used;             /* number of its last line */
	struct kernel_report dump; /* a page dump that belongs to the next report */
	size_t report;             /* number + 1 of the item that its lines belong to; 0: none */
	bool headed;               /* its processor and process have been read */
	bool nowhere;              /* its place is not a function: a jump to a bad address */
	bool in_user_mode;         /* the registers that follow are not the kernel's */
	unsigned int row;          /* see kernel_registers_read() */
};

struct kernel_reports {
	struct kernel_subject subject; /* set by the caller */
	/* One more than kept: the last one may still be incomplete. */
	struct kernel_report items[KERNEL_REPORTS_KEPT + 1];
	size_t count; /* of items */
	/* By meaning: reports that were dropped for others; the least informative go first. */
	uint64_t displaced[2];
	/* What follows is for kernel_reports_line(). */
	struct kernel_stream streams[KERNEL_STREAMS];
	uint64_t lines;             /* read so far */
	uint64_t orphan;            /* first line with a place but no report; 0: none */
	bool took;                  /* the last line was used */
	enum kernel_line_kind last; /* of the last line that weigh_order() counts */
	uint64_t forth, back;       /* pairs of such lines in the usual order, in reverse order */
	/* Of the kernel, from its first message or the last report. */
	char release[80], build[160];
};

/*
 * Takes the next line, with any prefix (kernel_line.h). reports: zeroed except for its subject
 * before the first line. Returns whether the line begins a report or names its cause.
 */
bool kernel_reports_line(struct kernel_reports *reports, const char *line);

/* Returns whether the lines came newest first. */
bool kernel_reports_reversed(const struct kernel_reports *reports);

/*
 * Adds the name of a process (of its program) or file of the run. Names after the 32nd are ignored.
 */
void kernel_subject_add(struct kernel_subject *subject, const char *name);

/*
 * Returns what a report means to the subject of `reports`. A lockup is a hit only in a look-up, in
 * a run about stale folios. It must also name a process of the run, or the run must know that a
 * reader is stuck: a machine that was stopped for a while reports stalls in any function.
 */
enum kernel_meaning kernel_report_meaning(const struct kernel_reports *reports,
					  const struct kernel_report *report);

/* Returns whether a function walks the page cache or returns its folios. */
bool kernel_in_page_cache(const char *function);

/*
 * Returns the kind of a report: "assertion" (CONFIG_DEBUG_VM), "bad-page", "lookup-spins" (a
 * look-up in the page cache retries for ever, as the folio that it finds is free), "small-address"
 * (an oops in the page cache, or in a function called by it, at an address below 4096: 0x36, 0x76
 * or 0xf6 if an XArray entry is taken for a folio), "folio-wait" (a task waits for a folio that
 * stays locked or under writeback), or "other".
 */
const char *kernel_report_kind(const struct kernel_report *report);

/* Returns how many reports have that meaning, including those not kept. */
uint64_t kernel_reports_of(const struct kernel_reports *reports, enum kernel_meaning meaning);

/* Returns the first report that is a hit, or NULL. */
const struct kernel_report *kernel_reports_hit(const struct kernel_reports *reports);

/* Returns the first report that is fatal or that the kernel panicked over, or NULL. */
const struct kernel_report *kernel_reports_fatal(const struct kernel_reports *reports);

/* Describes a report: "VM_BUG_ON_FOLIO(...) in filemap_fault (mm/filemap.c:3519): wanted page 30291
 * ...". Returns text, which holds `size` bytes. */
const char *kernel_report_format(const struct kernel_report *report, char *text, size_t size);

/* The keys of a struct kernel_report as an element of `hits` in result.json, of kind
 * "kernel-report". */
extern const struct key kernel_report_keys[];

#endif
