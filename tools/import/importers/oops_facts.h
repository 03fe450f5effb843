/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The facts of a crash, gathered line by line from a kernel log (with the timestamps of dmesg,
 * journald or syslog, of x86-64 or arm64), a session of crash(8), or somebody's report, even if all
 * of it is on one line. kernel_report.h reads what the kernel printed; this adds what people and
 * their tools say.
 *
 * Each fact has one value. A measured value (printed by crash(8)) outweighs one derived from the
 * kernel's registers, and that outweighs prose. Of two different values of the same weight the
 * first stays, and the other is mentioned.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_FACTS_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_FACTS_H

#include "tools/import/importers/log_text.h"
#include "tools/import/importers/oops_maps.h"
#include "tools/machine/kernel_report.h"

enum oops_about {
	OOPS_RELEASE,    /* text: as uname -r says */
	OOPS_ASSERTION,  /* text: "VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio)" */
	OOPS_FUNCTION,   /* function in which it happened */
	OOPS_SOURCE,     /* text: "mm/filemap.c:3519" */
	OOPS_PROCESS,    /* running process */
	OOPS_FAULT,      /* number: page of the file that was wanted */
	OOPS_FOLIO,      /* number: first page of the folio that was found, in the file */
	OOPS_ORDER,      /* number: of that folio */
	OOPS_FILE,       /* text: its name */
	OOPS_FILESYSTEM, /* text: "xfs" */
	OOPS_FACTS,
};

/* "kernel", "assertion", ... */
extern const char *const oops_fact_names[OOPS_FACTS];

struct oops_fact {
	unsigned int weight; /* enum oops_weight; 0: unknown */
	char text[128];
	uint64_t number;
	const char *from; /* the source in words, a constant */
	uint64_t line;
	char other[64]; /* another value, or "" */
};

enum { OOPS_COMMANDS = 8, OOPS_FILESYSTEMS = 16 };

struct oops_facts {
	struct oops_fact facts[OOPS_FACTS];
	struct kernel_reports reports;
	struct oops_maps maps;
	unsigned int chosen;  /* number of the wanted report, from 1; 0: the best one */
	uint64_t lines, used; /* lines taken; lines with information */
	struct log_text log;
	/* crash(8): the command being answered; and unknown commands, with their number. */
	char command[64];
	struct {
		char name[24];
		uint64_t count, line;
	} unknown[OOPS_COMMANDS];
	size_t unknown_count;
	uint64_t named[OOPS_FILESYSTEMS]; /* number of mentions per file system */
};

/* Takes a line of `length` bytes without its newline; any bytes. The buffer has room for one more,
 * and is modified. facts: zeroed before the first call. */
void oops_take(struct oops_facts *facts, char *text, size_t length, uint64_t line);

/* Call after the last line: takes over the facts of the kernel's reports. */
void oops_conclude(struct oops_facts *facts);

/* The report that the facts come from: the chosen one; else one of a known race, preferably with
 * its pages; else a fatal one; else any. Of equal ones the first that names a function. NULL:
 * none. */
const struct kernel_report *oops_report(const struct oops_facts *facts);

/* Whether a fact is known. */
static inline bool oops_knows(const struct oops_facts *facts, enum oops_about about)
{
	return facts->facts[about].weight;
}

#endif
