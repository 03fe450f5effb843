/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine that follows a schedule from inside of the kernel, by BPF: probes at the points hold
 * the threads of the run, and nobody else's. See holds.bpf.c; the engine outside of a guest is
 * tools/conduct/conductor.h. Both speak with the run through a schedule's page and take the same
 * decisions (schedule_passage.h).
 *
 * A hold keeps its processor. Bounds are real time, and hold whoever set them: a thread that spins
 * lets itself go. Nothing is pinned: all of it goes with the last process that has it open. Made
 * before the children of a run are forked, it works in them as well.
 */
#ifndef INJECTOR_SCHEDULE_SCHEDULE_ENGINE_H
#define INJECTOR_SCHEDULE_SCHEDULE_ENGINE_H

#include "injector/schedule/schedule.h"
#include "injector/schedule/schedule_page.h"
#include "injector/schedule/schedule_step.h"

#include <sys/types.h>

struct schedule_engine;

/* Whether this machine lacks what the engine needs; why says what that is. */
bool schedule_engine_missing(char *why, size_t size);

/* Whether it lacks that, or the kernel a point of the schedule. */
bool schedule_engine_lacks(const struct schedule *schedule, char *why, size_t size);

/*
 * Finds the points of a schedule in the running kernel, and loads the programs. Probes change the
 * code: open it before others look there, and attach it when they have. engine: set on success
 * only, for schedule_engine_close(); the schedule's points stay the caller's. why: on failure, what
 * is missing or not there. Returns 0; -EPERM the machine lacks something; other -errno as
 * plan_make(). Not reported.
 */
int schedule_engine_open(struct schedule_engine **engine, const struct schedule *schedule,
			 char *why, size_t size);

/* Puts probes at the points: from now on threads are held. Returns 0, or, with why, -EPERM;
 * -ENOTSUP a point that takes no probe; other -errno. Not reported. */
int schedule_engine_attach(struct schedule_engine *engine, char *why, size_t size);

/* Detaches, and unloads it, unless another process has it too. Its page goes with it. NULL is
 * fine. */
void schedule_engine_close(struct schedule_engine *engine);

/* The schedule's page, the engine's. */
struct schedule_page *schedule_engine_page(const struct schedule_engine *engine);

/* Takes what the programs have recorded since. Of one process, in time: there is room for some
 * hundred passages. */
void schedule_engine_poll(struct schedule_engine *engine);

/* A reader, or a thread, got wrong bytes at that punch or iteration: its passage is kept. */
void schedule_engine_hit(struct schedule_engine *engine, uint64_t punch);

/* Tells the steps of passages that are worth to be seen, as passage_log_tell(), before it is
 * closed. */
void schedule_engine_tell(struct schedule_engine *engine, const struct schedule *schedule,
			  void (*tell)(void *context, const struct schedule_step *step),
			  void *context);

/* Threads of that process may have the role split from now on. Returns 0 or -errno. */
int schedule_engine_add_process(struct schedule_engine *engine, pid_t process);

/* The calling thread is a reader: it has the role read from now on, or none. Returns 0 or
 * -errno. */
int schedule_engine_add_reader(struct schedule_engine *engine, bool has_role);

/* That thread, as gettid(2) has it, is that scripted thread of the schedule, from 0. Returns 0 or
 * -errno. */
int schedule_engine_add_thread(struct schedule_engine *engine, unsigned int number, pid_t thread);

/* Whether a thread is held at that hold of the schedule now. */
bool schedule_engine_holds(const struct schedule_engine *engine, unsigned int hold);

#endif
