/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libfuse session on the layer's device descriptor. It adds to libfuse's answers what libfuse
 * 3.14 does not know of the protocol. */
#ifndef FUSEFS_SESSION_H
#define FUSEFS_SESSION_H

#include "fusefs/state.h"

/* Makes the session on layer->device_fd and passes it to the session. Returns 0 or -errno
 * (reported). */
int session_open(struct layer *layer);

/* Frees the session and closes the device, which ends the connection if no clone is open. */
void session_close(struct layer *layer);

/* The size in bytes of the longest request, header included. */
size_t session_receive_size(void);

#endif
