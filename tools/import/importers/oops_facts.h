/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a crash says of itself, gathered line by line from whatever a customer sends of it: a kernel
 * log (with the stamps of dmesg, journald or syslog, x86-64 or arm64), a session of crash(8), or a
 * report that somebody wrote, with all of it on one line if need be. kernel_report.h reads what the
 * kernel printed; this puts it together with what people and their tools add.
 *
 * Each fact has one value. One that is measured (a value that crash(8) printed) counts more than
 * one that the kernel's registers suggest, and that more than prose. Where two of one kind do not
 * agree the first stays, and the other is kept to be told.
 */
#ifndef TOOLS_IMPORT_IMPORTERS_OOPS_FACTS_H
#define TOOLS_IMPORT_IMPORTERS_OOPS_FACTS_H

#include "tools/import/importers/log_text.h"
#include "tools/import/importers/oops_maps.h"
#include "tools/machine/kernel_report.h"

enum oops_about {
	OOPS_RELEASE,    /* text: as uname -r says */
	OOPS_ASSERTION,  /* text: "VM_BUG_ON_FOLIO(!folio_contains(folio, index), folio)" */
	OOPS_FUNCTION,   /* text: where it happened */
	OOPS_SOURCE,     /* text: "mm/filemap.c:3519" */
	OOPS_PROCESS,    /* text: who was running */
	OOPS_FAULT,      /* number: page that was wanted, of the file */
	OOPS_FOLIO,      /* number: first page of the folio that came, of the file */
	OOPS_ORDER,      /* number: of the folio that came */
	OOPS_FILE,       /* text: its name */
	OOPS_FILESYSTEM, /* text: "xfs" */
	OOPS_FACTS,
};

/* "kernel", "assertion", ... */
extern const char *const oops_fact_names[OOPS_FACTS];

struct oops_fact {
	unsigned int weight; /* of where it is from; 0: not known */
	char text[128];
	uint64_t number;
	const char *from; /* in words, a constant */
	uint64_t line;
	char other[64]; /* another value of the same weight, or "" */
};

enum { OOPS_COMMANDS = 8, OOPS_FILESYSTEMS = 16 };

struct oops_facts {
	struct oops_fact facts[OOPS_FACTS];
	struct kernel_reports reports;
	struct oops_maps maps;
	unsigned int chosen;  /* number of the report that is wanted, from 1; 0: the best one */
	uint64_t lines, used; /* taken in; of them said something */
	struct log_text log;
	/* crash(8): the command whose answer comes, and those that are not known, with how
	 * often. */
	char command[64];
	struct {
		char name[24];
		uint64_t count, line;
	} unknown[OOPS_COMMANDS];
	size_t unknown_count;
	uint64_t named[OOPS_FILESYSTEMS]; /* how often each file system is */
};

/* Takes one line of `length` bytes, without its newline; it may hold anything, is changed, and has
 * a byte more, for a NUL. facts: zeroed before the first. */
void oops_take(struct oops_facts *facts, char *text, size_t length, uint64_t line);

/* After the last line: takes over what the kernel's own reports say. */
void oops_conclude(struct oops_facts *facts);

/* The kernel's report that the facts are from: the chosen one, or else the first that is of a race,
 * and rather one with its pages; or else the first that is fatal, or the first; of those that are
 * alike the first that tells its function. NULL when there is none. */
const struct kernel_report *oops_report(const struct oops_facts *facts);

static inline bool oops_knows(const struct oops_facts *facts, enum oops_about about)
{
	return facts->facts[about].weight;
}

#endif
