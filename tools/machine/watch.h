/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Watching the kernel during a run: its log, its taint flags, its split counters. */
#ifndef TOOLS_MACHINE_WATCH_H
#define TOOLS_MACHINE_WATCH_H

#include "injector/memory/folio.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct watch {
	int log; /* /dev/kmsg, or -1 */
	unsigned long taint;
	struct folio_splits splits;
	bool splits_known;
	uint64_t next; /* number of the next record; 0: not known */
	uint64_t lost; /* records that the kernel had overwritten before they were read, at least */
};

/*
 * Begins: remembers the counters, goes to the end of the log. What cannot be had is said by
 * watch_log_available() and splits_known; that is no error. order: of the folios whose splits
 * count.
 */
void watch_begin(struct watch *watch, unsigned int order);

/* The next new line of the kernel without its header, which may be empty. What programs write into
 * the log is left out. Returns 0; -EAGAIN when there is none yet. */
int watch_line(struct watch *watch, char *line, size_t size);

/* Splits and taint flags that came since watch_begin(). splits: set when splits_known. Returns the
 * new flags. */
unsigned long watch_end(struct watch *watch, unsigned int order, struct folio_splits *splits);

/* The load average of the last minute; negative: unknown. */
double watch_load(void);

/* The letters of taint flags as the kernel prints them ("BW"). Returns text, which holds `size`
 * bytes. */
const char *watch_taint_letters(unsigned long flags, char *text, size_t size);

#endif
