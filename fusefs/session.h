/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The libfuse session on a device descriptor of ours, and what libfuse 3.14 does not know of the
 * protocol in its answers. */
#ifndef FUSEFS_SESSION_H
#define FUSEFS_SESSION_H

#include "fusefs/state.h"

/* Makes the session on layer->device_fd, which is the session's from then on. Returns 0 or -errno
 * (reported). */
int session_open(struct layer *layer);

/* Frees the session and closes the device, which ends the connection for good. */
void session_close(struct layer *layer);

/* Bytes that a buffer for one request must have, beginning with its header. */
size_t session_receive_size(void);

#endif
