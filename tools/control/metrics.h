/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a layer counts, for Prometheus and its like: a server that answers GET /metrics, on a Unix
 * socket of its owner's or on the loopback address alone, since whoever reaches it may read it. By
 * OpenMetrics where that is accepted, otherwise in the older text format of Prometheus.
 */
#ifndef TOOLS_CONTROL_METRICS_H
#define TOOLS_CONTROL_METRICS_H

#include <stdbool.h>
#include <stdio.h>

struct metrics;
struct steering;

/*
 * Listens at "unix:PATH" or "127.0.0.1:PORT"; nobody is answered yet. A socket that a killed server
 * left is replaced. Returns 0; -EINVAL the address; -EOPNOTSUPP built without libmicrohttpd; or
 * another -errno; reported.
 */
int metrics_open(struct metrics **metrics, const char *address);

/* Answers from now on, by a thread of its own. Returns 0 or -EIO (reported). */
int metrics_serve(struct metrics *metrics, struct steering *steering);

/* Ends both, and removes the socket. NULL is nothing. */
void metrics_close(struct metrics *metrics);

/* metrics_text.c: all of it. open: by OpenMetrics. */
void metrics_print(struct steering *steering, bool open, FILE *to);

#define METRICS_ADDRESSES "unix:PATH or 127.0.0.1:PORT"

#endif
