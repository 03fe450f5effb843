/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One page of memory through which a run and the engine that conducts its schedule speak. An engine
 * outside of a guest reads and writes it by its physical address, while the guest stands still.
 * Each field is written by one of the two alone.
 *
 * A passage begins when the first hold is reached, for the reader that waits then. That reader is
 * held in user space, before its access, until the engine lets it go. A program does not know of
 * that: the engine stops it where it takes one of the pages that the punch will expose.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_PAGE_H
#define INJECTOR_SCHEDULE_SCHEDULE_PAGE_H

#include "injector/schedule/schedule_condition.h"

#include <stdatomic.h>
#include <stdint.h>

enum { SCHEDULE_MAPPINGS = 4 }; /* of one page, by one program */

/* Why a passage was not made. */
enum schedule_miss {
	SCHEDULE_MISS_NEVER,   /* who was to be held did not come */
	SCHEDULE_MISS_EXPIRED, /* what would have released the hold did not come */
	SCHEDULE_MISSES,
};

/* "never reached", "expired" */
extern const char *const schedule_miss_names[SCHEDULE_MISSES];

/* What follows a schedule. */
enum schedule_engine_kind {
	SCHEDULE_ENGINE_AUTO, /* outside of a guest, where the run is in one; else in the kernel */
	SCHEDULE_ENGINE_BPF,
	SCHEDULE_ENGINE_QEMU,
	SCHEDULE_ENGINES,
};

/* "auto", "bpf", "qemu" */
extern const char *const schedule_engine_names[SCHEDULE_ENGINES];

struct schedule_page {
	uint64_t magic[2]; /* by which the engine knows that it has found it */
	/* The run's, from the begin: lines of /proc/kallsyms, of the functions that the schedule
	 * names and of those behind them. */
	char symbols[2560];
	uint64_t inspect; /* physical address of struct inspect_page; 0: nothing is inspected */
	/* The run's. */
	_Atomic uint64_t waiting; /* ticket of the reader that is held; 0: none has come yet */
	_Atomic uint64_t page;    /* that it is about to take, by its index in the file */
	_Atomic uint64_t last;    /* or any page up to that one */
	_Atomic uint64_t exposed; /* what that word stands for in conditions, likewise */
	_Atomic uint64_t clock;   /* CLOCK_MONOTONIC, ns, when the reader looked last */
	_Atomic uint64_t address[SCHEDULE_MAPPINGS]; /* of a program: where it has mapped `page`;
							0: nowhere else */
	/* Ticket of the reader that has seen that it may go on: until then it sleeps a moment now
	 * and then, and the system calls of that are not its access. Likewise of threads. */
	_Atomic uint64_t gone, gone_thread[SCHEDULE_THREADS_MAX];
	/* pthread_self() of both; 0: not known, a program's. What else runs on their processors
	 * comes to their points, too: also a real-time thread yields, to a kernel that sees it run
	 * for 0.95 s of one, while the host lets the guest wait. */
	_Atomic uint64_t thread, threads[SCHEDULE_THREADS_MAX];
	/* The engine's. */
	_Atomic uint64_t attached; /* not 0: it has begun */
	_Atomic uint64_t failed;   /* not 0: it has given up; why says why */
	char why[512];
	_Atomic uint64_t there; /* ticket of the program that the engine has stopped */
	_Atomic uint64_t go;    /* ticket of the reader that may go on */
	_Atomic uint64_t go_thread[SCHEDULE_THREADS_MAX]; /* likewise */
	_Atomic uint64_t passages;                        /* begun */
	_Atomic uint64_t made, withstood;
	_Atomic uint64_t time; /* ns from the begin of passages to their end, all together */
	_Atomic uint64_t missed[SCHEDULE_HOLDS_MAX][SCHEDULE_MISSES];
};

/* Passages that show something: made or withstood. */
uint64_t schedule_page_passed(const struct schedule_page *page);

/* A page: locked, shared with children, all zeros. NULL with errno set, not reported; the caller's,
 * for locked_page_free(). */
void *locked_page_make(void);

/* NULL is fine. */
void locked_page_free(void *page);

/* The same, and its magic is there. */
struct schedule_page *schedule_page_make(void);

/* Where it lies in physical memory, bytes. Returns 0; -EPERM the kernel does not say (no
 * CAP_SYS_ADMIN); -ENOENT it has no pagemap; other -errno. Not reported. */
int locked_page_address(const void *page, uint64_t *address);

#endif
