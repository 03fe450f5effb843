/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands for the engine in the kernel in a build without BPF, and says why there is none. */
#include "injector/schedule/schedule_engine.h"

#include <errno.h>
#include <stdio.h>

#define ABSENT "foliostorm was built without BPF (WITNESS_MISSING: " WITNESS_MISSING ")"

bool schedule_engine_missing(char *why, size_t size)
{
	snprintf(why, size, ABSENT);
	return true;
}

bool schedule_engine_lacks(const struct schedule *schedule, char *why, size_t size)
{
	(void)schedule;
	return schedule_engine_missing(why, size);
}

int schedule_engine_open(struct schedule_engine **engine, const struct schedule *schedule,
			 char *why, size_t size)
{
	(void)engine;
	(void)schedule;
	schedule_engine_missing(why, size);
	return -EPERM;
}

int schedule_engine_attach(struct schedule_engine *engine, char *why, size_t size)
{
	(void)engine;
	schedule_engine_missing(why, size);
	return -EPERM;
}

void schedule_engine_close(struct schedule_engine *engine)
{
	(void)engine;
}

struct schedule_page *schedule_engine_page(const struct schedule_engine *engine)
{
	(void)engine;
	return NULL;
}

int schedule_engine_add_process(struct schedule_engine *engine, pid_t process)
{
	(void)engine;
	(void)process;
	return -ENOTSUP;
}

int schedule_engine_add_reader(struct schedule_engine *engine, bool has_role)
{
	(void)engine;
	(void)has_role;
	return -ENOTSUP;
}

int schedule_engine_add_thread(struct schedule_engine *engine, unsigned int number, pid_t thread)
{
	(void)engine;
	(void)number;
	(void)thread;
	return -ENOTSUP;
}

bool schedule_engine_holds(const struct schedule_engine *engine, unsigned int hold)
{
	(void)engine;
	(void)hold;
	return false;
}

void schedule_engine_poll(struct schedule_engine *engine)
{
	(void)engine;
}

void schedule_engine_hit(struct schedule_engine *engine, uint64_t punch)
{
	(void)engine;
	(void)punch;
}

void schedule_engine_tell(struct schedule_engine *engine, const struct schedule *schedule,
			  void (*tell)(void *context, const struct schedule_step *step),
			  void *context)
{
	(void)engine;
	(void)schedule;
	(void)tell;
	(void)context;
}
