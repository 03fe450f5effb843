/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the kernel says when it dies or finds something wrong, read line by line from its log or
 * from a guest's console, and put together to reports: an assertion with its page dump, an oops
 * with the function it happened in, a lockup. A report is a hit where it is the page cache that
 * gave out a wrong folio, to this run: it names a process or file of the run, or it is an assertion
 * that only this race fails. Other trouble is none of this testbed's doing until shown otherwise.
 *
 * The signature of the seed crash (6.18.7-cloudflare, February 2026): VM_BUG_ON_FOLIO(
 * !folio_contains(folio, index)) in filemap_fault(), whose page dump tells the folio's index, and
 * whose registers hold the index that the fault was about.
 */
#ifndef TOOLS_MACHINE_KERNEL_REPORT_H
#define TOOLS_MACHINE_KERNEL_REPORT_H

#include "tools/base/keys.h"
#include "tools/machine/kernel_line.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum kernel_meaning {
	KERNEL_TROUBLE, /* something is wrong, but not by itself a race of the page cache */
	KERNEL_HIT,     /* the page cache gave out a wrong folio */
};

/* Races that reports are about. A set of them where it says so. */
enum kernel_family {
	KERNEL_SPLIT = 1, /* 6.15 to 6.19: a split serves parts of the folio as other pages */
	KERNEL_STALE = 2, /* 5.17 to 6.9: a freed folio stays in the page cache */
};

/* What a run is about: reports of anything else are no hits of it. */
struct kernel_subject {
	unsigned int families; /* set of enum kernel_family */
	bool everything;       /* all that is named is of it: there was no run, only a report */
	bool stuck;            /* the run knows that a reader of it does not return */
	char names[32][64];    /* of its processes and files, by kernel_subject_add() */
	size_t name_count;
};

struct kernel_report {
	unsigned int family; /* set: a hit only in runs about one of them; 0: see named */
	bool named;          /* a hit only where it is of the run by a name */
	bool fatal;          /* the kernel, or a task of it, does not go on */
	bool panicked;   /* it went on, and was told to panic over it: panic_on_warn and its like */
	bool spins;      /* a processor makes no progress */
	bool waits;      /* a task does not */
	bool beside;     /* it is no crash of the kernel, and in the log besides */
	char text[160];  /* "VM_BUG_ON_FOLIO(!folio_contains(folio, index))" */
	char source[64]; /* "mm/filemap.c:3519", or "" */
	char function[64]; /* where it happened, or "" */
	char process[32];  /* or "" */
	char release[80];  /* of the kernel, or "" */
	char build[160];   /* what the kernel says behind it: "#1 Debian 6.1.55-1", or "" */
	char module[24];   /* that the function is of, or "" */
	char owner[48];    /* the operations of the folio's file: "xfs_address_space_operations" */
	char trace[320];   /* functions of the call trace, each with a blank before it */
	char file[64];     /* whose folio it was, or "" */
	uint64_t inode;    /* 0: unknown */
	char frame[64];    /* the innermost function of the page cache that had called it, or "" */
	bool has_folio, has_fault, has_address, has_cr2;
	uint64_t folio;     /* index of the folio's first page in its file */
	unsigned int order; /* of the folio */
	uint64_t fault;     /* index of the page that was wanted, by a register; see fault_from */
	char fault_from[8]; /* that register */
	/* it is known to be the one for this function, not only the one that fits */
	bool fault_known;
	uint64_t address;       /* that could not be accessed */
	uint64_t cr2;           /* of x86: the address of the last page fault, whoever made it */
	unsigned int page_size; /* KiB, where the report says it; 0: it does not */
	enum kernel_arch arch;
	/* Registers that the fault's index may be in, and what is in them. */
	struct kernel_register kept[12];
	size_t kept_count;
	uint64_t unread; /* lines between its first and its last that have no known form */
};

enum { KERNEL_REPORTS_KEPT = 16, KERNEL_STREAMS = 8 };

/* What one caller has told: with CONFIG_PRINTK_CALLER, processors that report at once are told
 * apart. */
struct kernel_stream {
	uint64_t caller;           /* 0: not said */
	uint64_t used;             /* when, by lines */
	struct kernel_report dump; /* a page dump that belongs to the next report */
	size_t report;             /* number + 1 of the item that may get more lines; 0: none */
	bool headed;               /* of it, the processor and process were told */
	bool nowhere;              /* its place is no function: a jump to what is no code */
	bool in_user_mode;         /* the registers at hand are not the kernel's */
	unsigned int row;          /* see kernel_registers_read() */
};

struct kernel_reports {
	struct kernel_subject subject; /* set by the caller */
	/* One more: of the last it is not known yet what it is. */
	struct kernel_report items[KERNEL_REPORTS_KEPT + 1];
	size_t count; /* of items */
	uint64_t
		displaced[2]; /* by meaning: reports that made room for others; troubles go first */
	/* What follows is for kernel_reports_line(). */
	struct kernel_stream streams[KERNEL_STREAMS];
	uint64_t lines;
	uint64_t orphan;            /* the first line that tells a place, and of no report */
	bool took;                  /* the last line said something */
	enum kernel_line_kind last; /* of the lines that have a place in a report */
	uint64_t forth, back; /* how often the next line was one that comes behind it, or before */
	/* Of the kernel, where it told of its start. */
	char release[80], build[160];
};

/*
 * Takes the next line, whatever stands before the kernel's part of it (kernel_line.h). reports:
 * zeroed but for its subject before the first. Returns whether the line is the first of a report,
 * or names its cause.
 */
bool kernel_reports_line(struct kernel_reports *reports, const char *line);

/* Whether the lines came in the wrong order: the newest first. */
bool kernel_reports_reversed(const struct kernel_reports *reports);

/*
 * Adds the name of a process (its program's) or file of the run. Of more than 32 the first count.
 */
void kernel_subject_add(struct kernel_subject *subject, const char *name);

/*
 * What one of the reports means to their subject. A lockup is a hit only in a look-up, in a run
 * about stale folios, and where it names a process of the run or the run knows itself that a reader
 * is stuck: a machine that stood still stalls in any function.
 */
enum kernel_meaning kernel_report_meaning(const struct kernel_reports *reports,
					  const struct kernel_report *report);

/* Whether a function walks the page cache or hands out its folios. */
bool kernel_in_page_cache(const char *function);

/*
 * A word for what kind of trouble it is: "assertion" (CONFIG_DEBUG_VM), "bad-page", "lookup-spins"
 * (a look-up in the page cache tries again for ever: the folio that it finds is free),
 * "small-address" (an oops in or beneath the page cache at an address below 4096, as of a folio
 * that is no pointer: 0x36, 0x76, 0xf6), "folio-wait" (a task waits for a folio that nobody lets
 * go), or "other".
 */
const char *kernel_report_kind(const struct kernel_report *report);

/* How many reports had that meaning, also of those not kept. */
uint64_t kernel_reports_of(const struct kernel_reports *reports, enum kernel_meaning meaning);

/* The first report that is a hit; NULL when none is. */
const struct kernel_report *kernel_reports_hit(const struct kernel_reports *reports);

/* The first report that is fatal, or that the kernel panicked over; NULL when none is. */
const struct kernel_report *kernel_reports_fatal(const struct kernel_reports *reports);

/* In words: "VM_BUG_ON_FOLIO(...) in filemap_fault (mm/filemap.c:3519): wanted page 30291 ...".
 * Returns text, which holds `size` bytes. */
const char *kernel_report_format(const struct kernel_report *report, char *text, size_t size);

/* As an element of `hits` in result.json, of kind "kernel-report"; of a struct kernel_report. */
extern const struct key kernel_report_keys[];

#endif
