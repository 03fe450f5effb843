/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the processes of a run tell its supervisor, one message each over a sequenced-packet socket:
 * what happened before a crash is there after it.
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
	EVENT_PHASE,     /* text: what the run does now */
	EVENT_CAPTURE,   /* gate: of the witness */
	EVENT_SPLIT,     /* the same */
	EVENT_MISPLACED, /* the same */
	EVENT_VIOLATION, /* violation: of the inspector */
	EVENT_RULE,
	EVENT_SCHEDULE,
	EVENT_WORKLOAD, /* told: what a workload has to tell besides */
};

enum { EVENT_TEXT = 400, EVENT_TOLD = 1024 };

struct event {
	enum event_type type;
	uint64_t time; /* CLOCK_MONOTONIC, ns */
	union {
		struct {
			uint64_t page,
				/* of the schedule's page: physical address, as it begins */
				magic[2];
			unsigned int reader_cpu;
			bool program;        /* that reader runs one */
			uint64_t other_cpus; /* of readers without a role, bit by bit */
			unsigned int thread_cpus[SCHEDULE_THREADS_MAX]; /* of scripted threads */
		} schedule;
		struct {
			uint64_t number; /* from 1 */
			unsigned int file;
			uint64_t folio;      /* first page of the region, in the file */
			uint64_t first;      /* byte of the region */
			uint64_t length;     /* bytes */
			uint64_t generation; /* of the region */
			uint64_t took;       /* ns */
			unsigned int gathered;
			enum storm_outcome outcome;
			int error; /* 0 or -errno */
		} punch;
		struct reader_hit hit;
		struct rule_event rule;
		struct gate_event gate;
		struct inspect_row violation;
		char text[EVENT_TEXT];
		struct {
			bool hit;              /* among the hits of the result, too */
			char json[EVENT_TOLD]; /* an object, its `type` included */
		} told;
	};
};

#endif
