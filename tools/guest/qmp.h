/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A client of QEMU's monitor (QMP), for one command at a time. */
#ifndef TOOLS_GUEST_QMP_H
#define TOOLS_GUEST_QMP_H

#include <jansson.h>
#include <stdio.h>

struct qmp {
	FILE *from;
	int fd;
};

/* Opens a session. fd: our end of the monitor's socket, which stays the caller's; answers time out
 * after 60 s. Returns 0 or -errno (not reported). Close it with qmp_close(). */
int qmp_open(struct qmp *qmp, int fd);

void qmp_close(struct qmp *qmp);

/*
 * Runs a command and waits for its answer. arguments: released here; NULL: none. pass: a descriptor
 * to send with it, for getfd; negative: none. answer: gets the value returned, a new reference; may
 * be NULL. why: gets QEMU's error if the command failed, else "", cut to `size` bytes. Returns 0;
 * -EPROTO: the command failed; -EAGAIN: no answer in time; other -errno; not reported.
 */
int qmp_command(struct qmp *qmp, const char *command, json_t *arguments, int pass, json_t **answer,
		char *why, size_t size);

#endif
