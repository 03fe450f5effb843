/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's monitor (QMP): a command at a time, answered. */
#ifndef TOOLS_GUEST_QMP_H
#define TOOLS_GUEST_QMP_H

#include <jansson.h>
#include <stdio.h>

struct qmp {
	FILE *from;
	int fd;
};

/* fd: our end of the monitor's socket; it stays the caller's, and gets a limit of 60 s for an
 * answer. Returns 0; -errno, also when no QMP answers (not reported). */
int qmp_open(struct qmp *qmp, int fd);

void qmp_close(struct qmp *qmp);

/*
 * Runs a command and waits for its answer. arguments: released here; NULL: none. pass: a descriptor
 * that goes along, for getfd; negative: none. answer: gets what it returns, the caller's; NULL:
 * nobody wants it. why: what QEMU says of a command that failed, "" otherwise; cut to `size` bytes.
 * Returns 0; -EPROTO the command failed; other -errno, such as -EAGAIN when no answer came; not
 * reported.
 */
int qmp_command(struct qmp *qmp, const char *command, json_t *arguments, int pass, json_t **answer,
		char *why, size_t size);

#endif
