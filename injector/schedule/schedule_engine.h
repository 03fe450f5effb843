/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that follows a schedule from inside of the kernel, by BPF: probes at the points hold
 * the threads of the run, and no others. See holds.bpf.c; the engine outside of a guest is
 * tools/conduct/conductor.h. Both communicate with the run through a schedule's page and take the
 * same decisions (schedule_passage.h).
 *
 * A held thread spins and occupies its processor. Bounds are in real time; a spinning thread ends
 * its own hold at the bound. Nothing is pinned: the last process that has the engine open unloads
 * it. If opened before the children of a run are forked, it works in them as well.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_ENGINE_H
#define INJECTOR_SCHEDULE_SCHEDULE_ENGINE_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "injector/schedule/schedule_step.h"

#include <sys/types.h>

struct schedule_engine;

/* Whether this machine lacks what the engine requires; why says what. */
bool schedule_engine_missing(char *why, size_t size);

/* The same, or whether the kernel lacks a point of the schedule. */
bool schedule_engine_lacks(const struct schedule *schedule, char *why, size_t size);

/*
 * Finds the points of a schedule in the running kernel, and loads the programs. Probes change the
 * kernel's code: first open all users of the code, then attach the engine. engine: set on success
 * only. schedule: must outlive the engine. why: on failure, what is missing. Returns 0; -EPERM the
 * machine lacks something; other -errno as plan_make(). Not reported. Release with
 * schedule_engine_close().
 */
int schedule_engine_open(struct schedule_engine **engine, const struct schedule *schedule,
			 char *why, size_t size);

/* Attaches probes at the points: from now on threads are held. Returns 0, or, with why, -EPERM;
 * -ENOTSUP a point takes no probe. Not reported. */
int schedule_engine_attach(struct schedule_engine *engine, char *why, size_t size);

/* Closes the engine of this process, with its page; detaches and unloads it unless another process
 * has it open. NULL is allowed. */
void schedule_engine_close(struct schedule_engine *engine);

/* The schedule's page, owned by the engine. */
struct schedule_page *schedule_engine_page(const struct schedule_engine *engine);

/* Reads the new records of the programs. One process must call it often enough: there is room for
 * some hundred passages. */
void schedule_engine_poll(struct schedule_engine *engine);

/* A reader or thread got wrong bytes at that punch or iteration: keeps its passage. */
void schedule_engine_hit(struct schedule_engine *engine, uint64_t punch);

/* Calls `tell` for the steps of the kept passages, see passage_log_tell(). */
void schedule_engine_tell(struct schedule_engine *engine, const struct schedule *schedule,
			  void (*tell)(void *context, const struct schedule_step *step),
			  void *context);

/* From now on the threads of that process have the role split, but for readers and scripted
 * threads. Returns 0 or -errno. */
int schedule_engine_add_process(struct schedule_engine *engine, pid_t process);

/* The calling thread is a reader: from now on it has the role read (has_role) or none. Returns 0 or
 * -errno. */
int schedule_engine_add_reader(struct schedule_engine *engine, bool has_role);

/* thread, of gettid(2), is the scripted thread with that number in the schedule, from 0. Returns 0
 * or -errno. */
int schedule_engine_add_thread(struct schedule_engine *engine, unsigned int number, pid_t thread);

/* Whether a thread is held at that hold of the schedule now; hold: from 0. */
bool schedule_engine_holds(const struct schedule_engine *engine, unsigned int hold);

#endif
