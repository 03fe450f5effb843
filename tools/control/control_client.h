/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of a control socket (control.h). It never accesses the mount, which may hang. */
#ifndef TOOLS_CONTROL_CONTROL_CLIENT_H
#define TOOLS_CONTROL_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdio.h>

/*
 * Connects to the layer that is mounted on a directory. For the layer of a run, this is its mount
 * point (/run/foliostorm/PID.N/mnt) or its workplace. Returns a descriptor, which the caller
 * closes; -ENOENT: no layer is mounted there; other -errno; reported.
 */
int control_connect(const char *mountpoint);

/* Sends a request and releases it. Returns 0, also if the layer has hung up, or -errno
 * (reported). */
int control_send(int fd, json_t *request);

/* Waits for a line and parses it. Returns a new object; NULL at the end (not reported), or if the
 * line is not JSON (reported). */
json_t *control_receive(FILE *from);

#endif
