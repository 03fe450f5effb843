/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stands for the witness in a build without BPF, and says why there is none. */
#include "injector/probe/witness.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define ABSENT "foliostorm was built without BPF (WITNESS_MISSING: " WITNESS_MISSING ")"

int witness_open(struct witness **witness, const struct witness_config *config, char *why,
		 size_t size)
{
	(void)witness;
	(void)config;
	snprintf(why, size, ABSENT);
	return -ENOTSUP;
}

void witness_close(struct witness *witness)
{
	(void)witness;
}

const struct witness_hook *witness_hooks(const struct witness *witness)
{
	(void)witness;
	return NULL;
}

int witness_add_process(struct witness *witness, pid_t process)
{
	(void)witness;
	(void)process;
	return -ENOTSUP;
}

int witness_add_file(struct witness *witness, int fd, unsigned int number)
{
	(void)witness;
	(void)fd;
	(void)number;
	return -ENOTSUP;
}

int witness_add_reader(struct witness *witness, unsigned int number)
{
	(void)witness;
	(void)number;
	return -ENOTSUP;
}

uint64_t witness_captures(const struct witness *witness, unsigned int number)
{
	(void)witness;
	(void)number;
	return 0;
}

void witness_counts(const struct witness *witness, struct gate_counts *counts)
{
	(void)witness;
	memset(counts, 0, sizeof(*counts));
}

int witness_missed(const struct witness *witness, uint64_t *missed)
{
	(void)witness;
	(void)missed;
	return -ENOTSUP;
}

int witness_poll_fd(const struct witness *witness)
{
	(void)witness;
	return -1;
}

void witness_take_events(struct witness *witness,
			 void (*take)(void *context, const struct gate_event *event), void *context)
{
	(void)witness;
	(void)take;
	(void)context;
}

void witness_try(struct witness_answer answers[HOOK_ROLES])
{
	for (int role = 0; role < HOOK_ROLES; role++) {
		answers[role].served = false;
		snprintf(answers[role].detail, sizeof(answers[role].detail), ABSENT);
	}
}
