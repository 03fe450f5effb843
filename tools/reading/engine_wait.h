/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lets a reader's thread wait in user space until the engine of a schedule releases it. The thread
 * first announces what it will read; from then on only interrupts run on its processor besides it.
 * An engine outside of the guest recognizes this time by the marks of code_mark.h, as other threads
 * reach the schedule's points, too. All functions are called by the reader's thread.
 */
#ifndef TOOLS_READING_ENGINE_WAIT_H
#define TOOLS_READING_ENGINE_WAIT_H

#include "injector/schedule/schedule_page.h"

#include <stdbool.h>

/* Longest time, in ns, that a punch waits for the reader. A reader that arrives after the punch
 * takes a reference that makes the split fail; on a busy host it can take long until the reader
 * runs. */
static const uint64_t ENGINE_WAIT_GATHER = 10000000000;

/*
 * Announces a read of one of the pages `first` to `last`, by their index in the file. ticket: of
 * the punch; not 0, and never used twice. exposed: value of the word `exposed` in conditions.
 * is_own: the calling thread reads, not a program.
 */
void engine_wait_offer(struct schedule_page *page, uint64_t ticket, uint64_t first, uint64_t last,
		       uint64_t exposed, bool is_own);

/* Gives the calling thread a real-time priority, if permitted, and takes it away after the read. */
void engine_wait_begin(void);
void engine_wait_end(void);

/* Returns whether the ticket may go on; does not wait for it. outside: the engine is outside of the
 * guest, so the thread sleeps for 50 us. */
bool engine_wait_look(struct schedule_page *page, uint64_t ticket, bool outside);

#endif
