/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a reader's thread waits in user space until the engine of a schedule releases it. It first
 * announces what it will read; from then on only interrupts run on its processor besides it. An
 * engine outside of the guest sees that, and that it is over, by the marks of code_mark.h: others
 * come to the schedule's points as well. All functions are called by that thread.
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
 * Offers to take one of the pages first to last of a file, by their index there. ticket: of the
 * punch, not 0, and never the same twice. exposed: what that word stands for in conditions. is_own:
 * the calling thread reads, and not a program.
 */
void engine_wait_offer(struct schedule_page *page, uint64_t ticket, uint64_t first, uint64_t last,
		       uint64_t exposed, bool is_own);

/* Gives the calling thread a real-time priority, where it may have one; and takes it away again
 * when it has read. */
void engine_wait_begin(void);
void engine_wait_end(void);

/* One look whether the ticket may go on. outside: the engine is outside of the guest, so the thread
 * sleeps a moment. */
bool engine_wait_look(struct schedule_page *page, uint64_t ticket, bool outside);

#endif
