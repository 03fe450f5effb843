/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Serves the counts of a layer to Prometheus and similar programs: it answers GET /metrics, on a
 * Unix socket of the owner or on the loopback address only, as anyone who can connect may read it.
 * The format is OpenMetrics if the client accepts it, otherwise the older text format of
 * Prometheus.
 */
#ifndef TOOLS_CONTROL_METRICS_H
#define TOOLS_CONTROL_METRICS_H

#include <stdbool.h>
#include <stdio.h>

struct metrics;
struct steering;

/*
 * Listens at "unix:PATH" or "127.0.0.1:PORT", without answering yet. The socket of a killed server
 * is replaced. Returns 0; -EINVAL: invalid address; -EOPNOTSUPP: built without libmicrohttpd; other
 * -errno; reported.
 */
int metrics_open(struct metrics **metrics, const char *address);

/* Starts a thread that answers. Returns 0 or -EIO (reported). */
int metrics_serve(struct metrics *metrics, struct steering *steering);

/* Stops the thread, closes and removes the socket. metrics: may be NULL. */
void metrics_close(struct metrics *metrics);

/* Prints all metrics (metrics_text.c). open: as OpenMetrics. */
void metrics_print(struct steering *steering, bool open, FILE *to);

#define METRICS_ADDRESSES "unix:PATH or 127.0.0.1:PORT"

#endif
