/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of a process that serves a layer, besides the layer itself: rules, counts, the log of
 * rule events, the control socket, and the metrics. One thread serves the log and the socket.
 */
#ifndef TOOLS_CONTROL_STEERING_H
#define TOOLS_CONTROL_STEERING_H

#include "fusefs/layer.h"
#include "injector/rules/rules.h"
#include "tools/base/line_file.h"
#include "tools/control/rule_log.h"

struct control;
struct metrics;

struct steering_config {
	uint64_t seed;
	enum layer_data_path data_path;
	const char *source, *mountpoint;     /* as status shows them */
	const char *log;                     /* file to append to, or NULL */
	const char *metrics;                 /* address, see metrics_open(); or NULL */
	const _Atomic int *phase;            /* set of enum run_phase; NULL: no run */
	_Atomic bool *storm_stopped;         /* NULL: no storm */
	struct layer_statistics *statistics; /* zeroed, the caller's; NULL: allocated */
	/* Called for each event, by the thread of the control socket; may be NULL. */
	void (*event)(void *context, const struct rule_event *event);
	void *context;
};

struct steering {
	struct steering_config config;
	struct rules *rules;
	struct hooks hooks;
	struct layer_statistics *statistics;
	struct layer_negotiated negotiated;
	struct rule_log log;
	struct rule_log_start start;
	_Atomic uint64_t events; /* number of events so far */
	struct line_file log_file;
	struct control *control;
	struct metrics *metrics;
};

/*
 * Makes rules, counts and log, and opens the log file and the metrics' socket; starts no thread.
 * config: its strings must outlive the steering. Returns 0 or -errno (reported). Call
 * steering_release() in any case.
 */
int steering_make(struct steering *steering, const struct steering_config *config);

/* Opens the control socket in `directory`, which the mounting user owns, and starts the threads.
 * Returns 0 or -errno (reported). */
int steering_start(struct steering *steering, const struct layer_negotiated *negotiated,
		   const char *directory);

/* Writes the rest of the log, stops the threads, removes the sockets and frees everything. Returns
 * 0; -EIO or -ENOMEM: some events were lost (reported). */
int steering_release(struct steering *steering);

#endif
