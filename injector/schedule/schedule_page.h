/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A page of memory through which a run and the engine of its schedule communicate. An engine
 * outside of a guest reads and writes it by its physical address, while the guest is stopped. Each
 * field has one writer, the run or the engine.
 *
 * A passage begins when the first hold is reached, for the reader that waits then. That reader
 * waits in user space, before its access, until the engine releases it. A program as reader does
 * not wait by itself: the engine stops it where it accesses one of the pages that the punch will
 * expose.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_PAGE_H
#define INJECTOR_SCHEDULE_SCHEDULE_PAGE_H

#include "injector/schedule/schedule_condition.h"

#include <stdatomic.h>
#include <stdint.h>

enum { SCHEDULE_MAPPINGS = 4 }; /* of one page, in one program */

/* Why a passage was missed. */
enum schedule_miss {
	SCHEDULE_MISS_NEVER,   /* a hold was not reached */
	SCHEDULE_MISS_EXPIRED, /* a hold was not released by events */
	SCHEDULE_MISSES,
};

/* "never reached", "expired" */
extern const char *const schedule_miss_names[SCHEDULE_MISSES];

/* The engine that follows a schedule. */
enum schedule_engine_kind {
	SCHEDULE_ENGINE_AUTO, /* QEMU if the run is in a guest; else BPF */
	SCHEDULE_ENGINE_BPF,
	SCHEDULE_ENGINE_QEMU,
	SCHEDULE_ENGINES,
};

/* "auto", "bpf", "qemu" */
extern const char *const schedule_engine_names[SCHEDULE_ENGINES];

struct schedule_page {
	uint64_t magic[2]; /* random; the engine verifies the address by it */
	/* Written by the run before the engine starts: lines of /proc/kallsyms, of the functions in
	 * the schedule and of those that follow them in memory. */
	char symbols[2560];
	uint64_t inspect; /* physical address of struct inspect_page; 0: no inspection */
	/* Written by the run. */
	_Atomic uint64_t waiting; /* ticket of the reader that is held; 0: none has come yet */
	_Atomic uint64_t page;    /* that it is about to access, by its index in the file */
	_Atomic uint64_t last;    /* or any page up to that one */
	_Atomic uint64_t exposed; /* value of that word in conditions, likewise */
	_Atomic uint64_t clock;   /* CLOCK_MONOTONIC, ns, when the reader looked last */
	_Atomic uint64_t address[SCHEDULE_MAPPINGS]; /* in a program: its mappings of `page`; 0:
							no more */
	/* Ticket of the reader that has seen its release. Until then it sleeps now and then, and
	 * these system calls are not its access. Likewise for threads. */
	_Atomic uint64_t gone, gone_thread[SCHEDULE_THREADS_MAX];
	/* pthread_self() of both; 0: not known, a program's. Other threads on their processors
	 * reach their points, too: even a real-time thread yields if the kernel sees it run for
	 * 0.95 s of 1 s, as when the host suspends the guest. */
	_Atomic uint64_t thread, threads[SCHEDULE_THREADS_MAX];
	_Atomic uint64_t over; /* not 0: nobody need wait for a punch any more */
	/* Written by the engine. */
	_Atomic uint64_t attached; /* not 0: it has begun */
	_Atomic uint64_t failed;   /* not 0: it has given up; see why */
	char why[512];
	_Atomic uint64_t there; /* ticket of the program that the engine has stopped */
	_Atomic uint64_t go;    /* ticket of the reader that is released */
	_Atomic uint64_t go_thread[SCHEDULE_THREADS_MAX]; /* likewise */
	_Atomic uint64_t passages;                        /* begun */
	_Atomic uint64_t made, withstood;
	_Atomic uint64_t time; /* total duration of passages, ns */
	_Atomic uint64_t missed[SCHEDULE_HOLDS_MAX][SCHEDULE_MISSES];
};

/* The number of passages that count as evidence: made or withstood. */
uint64_t schedule_page_passed(const struct schedule_page *page);

/* Makes a page of 4 KiB: locked, shared with children, all zeros. NULL with errno set, not
 * reported. Release with locked_page_free(). */
void *locked_page_make(void);

/* NULL is allowed. */
void locked_page_free(void *page);

/* The same with a random magic. */
struct schedule_page *schedule_page_make(void);

/* Finds the physical address of a locked page. Returns 0; -EPERM the kernel hides it (requires
 * CAP_SYS_ADMIN); -ENOENT the kernel has no pagemap; other -errno. Not reported. */
int locked_page_address(const void *page, uint64_t *address);

#endif
