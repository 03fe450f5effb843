/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Parts of a process that serves a layer, besides the layer itself: its rules, its counts, the log
 * of actions, and the control socket. One thread serves the last two.
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
	const char *source, *mountpoint;     /* as status tells them */
	const char *log;                     /* a file to append to, or NULL */
	const char *metrics;                 /* where they are served, see metrics.h; or NULL */
	const _Atomic int *phase;            /* set of enum run_phase; NULL: no run */
	_Atomic bool *storm_stopped;         /* NULL: no storm */
	struct layer_statistics *statistics; /* zeroed, the caller's; NULL: its own */
	/* Called for each event by the thread of the steering; may be NULL. */
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
	_Atomic uint64_t events; /* how many there were */
	struct line_file log_file;
	struct control *control;
	struct metrics *metrics;
};

/*
 * Makes rules, counts and log; nothing runs yet. Returns 0 or -errno (reported). Release with
 * steering_release() also on error. config: its strings must outlive it.
 */
int steering_make(struct steering *steering, const struct steering_config *config);

/* Opens the control socket in a directory of the mounting user's, and starts the thread. Returns 0
 * or -errno (reported). */
int steering_start(struct steering *steering, const struct layer_negotiated *negotiated,
		   const char *directory);

/* Stops the thread when all that was logged is written, removes the socket, frees all. Returns 0,
 * or -EIO when some of it could not be written (reported). */
int steering_release(struct steering *steering);

#endif
