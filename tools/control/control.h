/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a layer: a Unix socket that only its owner and root may use. A request is
 * one line of JSON, { "command": "status" }, and so is its answer: { "ok": true, ... } or
 * { "ok": false, "error": "..." }. A request that is wrong is answered and forgotten; a client that
 * hangs up, sends too much, or does not read is dropped. The layer never waits for one.
 */
#ifndef TOOLS_CONTROL_CONTROL_H
#define TOOLS_CONTROL_CONTROL_H

#include "tools/control/steering.h"

#define CONTROL_SOCKET "control"

enum { CONTROL_LINE_MAX = 1 << 20, CONTROL_CLIENTS_MAX = 32, CONTROL_BACKLOG_MAX = 4 << 20 };

/* Makes the socket and starts the thread. Returns 0 or -errno (reported). */
int control_start(struct control **control, struct steering *steering, const char *directory);

/* Stops it when all that was logged is written; NULL is nothing. */
void control_stop(struct control *control);

/* One request; of control_commands.c. follow: set when the client wants the log from now on.
 * Returns a new object, never NULL but without memory. */
json_t *control_command(struct steering *steering, const char *line, size_t length, bool *follow);

/* The rules as status tells them; the same. */
json_t *control_rules(struct steering *steering);

#endif
