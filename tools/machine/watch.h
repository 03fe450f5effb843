/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watches the kernel during a run: its log, its taint flags, its split counters. */
#ifndef TOOLS_MACHINE_WATCH_H
#define TOOLS_MACHINE_WATCH_H

#include "injector/memory/folio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch {
	int log;                    /* /dev/kmsg, or -1 */
	unsigned long taint;        /* flags at the begin */
	struct folio_splits splits; /* at the begin */
	bool splits_known;
	uint64_t next; /* number of the next record; 0: not known */
	uint64_t lost; /* records, at least, that the kernel overwrote before they were read */
};

/*
 * Begins: remembers the counters and goes to the end of the log. A log or counters that are not
 * available are no error: `log` is then negative, splits_known false. order: of the folios whose
 * splits are counted.
 */
void watch_begin(struct watch *watch, unsigned int order);

/* Gets the next new line of the log without its header, cut to `size` bytes; it may be empty. Lines
 * that programs write into the log are skipped. Returns 0; -EAGAIN: none yet. */
int watch_line(struct watch *watch, char *line, size_t size);

/* Ends. splits: gets the counts since watch_begin(), if splits_known. Returns the taint flags set
 * since then. */
unsigned long watch_end(struct watch *watch, unsigned int order, struct folio_splits *splits);

/* Returns the load average of the last minute; negative: unknown. */
double watch_load(void);

/* Writes the letters of taint flags ("BW"), as the kernel prints them. Returns text, which holds
 * `size` bytes. */
const char *watch_taint_letters(unsigned long flags, char *text, size_t size);

#endif
