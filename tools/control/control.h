/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The control socket of a layer: a Unix socket that only its owner and root may use. A request is
 * one line of JSON, { "command": "status" }, and so is its answer: { "ok": true, ... } or
 * { "ok": false, "error": "..." }. An invalid request is answered and has no effect. A client that
 * hangs up, sends too much or does not read is dropped. The layer never waits for a client.
 */
#ifndef TOOLS_CONTROL_CONTROL_H
#define TOOLS_CONTROL_CONTROL_H

#include "tools/control/steering.h"

#define CONTROL_SOCKET "control"

enum { CONTROL_LINE_MAX = 1 << 20, CONTROL_CLIENTS_MAX = 32, CONTROL_BACKLOG_MAX = 4 << 20 };

/* Makes the socket in `directory` and starts the thread that serves it. Returns 0 or -errno
 * (reported). */
int control_start(struct control **control, struct steering *steering, const char *directory);

/* Writes the rest of the log, then stops the thread and removes the socket. control: may be
 * NULL. */
void control_stop(struct control *control);

/* Executes one request (control_commands.c). line: `length` bytes, without newline. follow: set if
 * the client asks for the log from now on. Returns the answer, a new object; NULL without
 * memory. */
json_t *control_command(struct steering *steering, const char *line, size_t length, bool *follow);

/* Returns the rules as status prints them, a new array (control_commands.c). */
json_t *control_rules(struct steering *steering);

#endif
