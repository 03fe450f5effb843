/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The messages from the processes of a run to its supervisor, over a sequenced-packet socket.
 * Events sent before a crash are not lost.
 */
#ifndef TOOLS_IPC_EVENT_H
#define TOOLS_IPC_EVENT_H

#include "injector/probe/gate_types.h"
#include "injector/rules/rule_event.h"
#include "injector/schedule/inspect_page.h"
#include "injector/schedule/schedule_condition.h"
#include "tools/reading/reader.h"

enum event_type {
	EVENT_PUNCH,
	EVENT_HIT,
	EVENT_KERNEL,    /* a line of the kernel log */
	EVENT_PHASE,     /* text: name of the phase that begins */
	EVENT_CAPTURE,   /* gate */
	EVENT_SPLIT,     /* gate */
	EVENT_MISPLACED, /* gate */
	EVENT_VIOLATION, /* violation: from the inspector */
	EVENT_RULE,
	EVENT_SCHEDULE,
	EVENT_WORKLOAD, /* told: an event of a workload's own */
};

enum { EVENT_TEXT = 400, EVENT_TOLD = 1024 };

struct event {
	enum event_type type;
	uint64_t time; /* CLOCK_MONOTONIC, ns */
	union {
		struct {
			uint64_t page,
				/* the schedule's page: its physical address, its first words */
				magic[2];
			unsigned int reader_cpu;
			bool program;        /* that reader runs a program */
			uint64_t other_cpus; /* bitmap, of readers without a role */
			unsigned int thread_cpus[SCHEDULE_THREADS_MAX]; /* of scripted threads */
		} schedule;
		struct {
			uint64_t number; /* from 1 */
			unsigned int file;
			uint64_t folio;        /* first page of the region, in the file */
			uint64_t first;        /* offset of the hole in the region, bytes */
			uint64_t length;       /* of the hole, bytes */
			uint64_t generation;   /* of the region */
			uint64_t took;         /* duration of the punch, ns */
			unsigned int gathered; /* readers that had arrived */
			enum storm_outcome outcome;
			int error; /* 0 or -errno */
		} punch;
		struct reader_hit hit;
		struct rule_event rule;
		struct gate_event gate;
		struct inspect_row violation;
		char text[EVENT_TEXT];
		struct {
			bool hit;              /* also listed in the hits of the result */
			char json[EVENT_TOLD]; /* an object with its `type` */
		} told;
	};
};

#endif
