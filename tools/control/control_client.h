/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The other end of a control socket (control.h). The mount itself is never touched: it may hang. */
#ifndef TOOLS_CONTROL_CONTROL_CLIENT_H
#define TOOLS_CONTROL_CONTROL_CLIENT_H

#include <jansson.h>
#include <stdio.h>

/*
 * Connects to the layer that is mounted on a directory; for a run's, the directory that it mounts
 * on (/run/foliostorm/PID.N/mnt) or its workplace will do. Returns a descriptor; -ENOENT no layer
 * there, -errno; reported.
 */
int control_connect(const char *mountpoint);

/* Sends one request, which it releases. Returns 0 or -errno (reported). */
int control_send(int fd, json_t *request);

/* Waits for a line. Returns it parsed, the caller's; NULL at the end or when it is none (reported
 * only then). */
json_t *control_receive(FILE *from);

#endif
