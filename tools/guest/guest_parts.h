/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of guest_run() share: one guest, and what becomes of it. */
#ifndef TOOLS_GUEST_GUEST_PARTS_H
#define TOOLS_GUEST_GUEST_PARTS_H

#include "tools/base/child.h"
#include "tools/base/progress.h"
#include "tools/conduct/conductor.h"
#include "tools/guest/guest.h"
#include "tools/guest/outcome.h"
#include "tools/guest/qemu.h"
#include "tools/guest/stream.h"

enum {
	GUEST_RELAYED_MAX = 8 << 20, /* bytes at a time */
	GUEST_HELD_MAX = 256 << 20,  /* bytes of a port that nobody has taken yet */
};

struct guest {
	const struct guest_config *config;
	struct qemu_config qemu;
	struct child child;
	int stub;                    /* our end of qemu.gdb, or negative */
	struct conductor *conductor; /* or NULL */
	int stub_error;              /* by which it gave up; 0: it did not */
	struct stream stream;
	struct progress progress;
	struct guest_facts facts;
	off_t relayed[2]; /* of the output and the errors */
	off_t forgotten[2];
	bool in_line;     /* of the errors */
	uint64_t started; /* CLOCK_MONOTONIC ns */
};

/* Prints what has come from a port since; while more may come, so much at a time. which: index of
 * guest.relayed; from: the port; mark: before each line, or NULL. */
void guest_relay(struct guest *guest, int which, int from, FILE *to, const char *mark);

/* Closes the file that gets the console, if it is open. Whether all of it was written is part of whether
 * the run was saved. */
void guest_close_console(struct guest *guest);

/*
 * What the guest has brought home, or what is known of one that died, becomes the caller's result, is
 * printed and saved. came: the exit code that the guest brought; -ENODATA when it died; another -errno
 * (reported). Returns 0 or -errno.
 */
int guest_bring_home(struct guest *guest, int came);

#endif
