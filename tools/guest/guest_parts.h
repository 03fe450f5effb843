/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Shared by the source files of guest_run(): the state of one guest. */
#ifndef TOOLS_GUEST_GUEST_PARTS_H
#define TOOLS_GUEST_GUEST_PARTS_H

#include "tools/base/child.h"
#include "tools/base/progress.h"
#include "tools/conduct/conductor.h"
#include "tools/guest/guest.h"
#include "tools/guest/outcome.h"
#include "tools/guest/qemu.h"
#include "tools/guest/snapshot.h"
#include "tools/guest/stream.h"
#include "tools/guest/wake.h"

enum {
	GUEST_RELAYED_MAX = 8 << 20, /* bytes that guest_relay() prints at a time */
	GUEST_HELD_MAX = 256 << 20,  /* unread bytes of a port */
};

struct guest {
	const struct guest_config *config;
	struct qemu_config qemu;
	struct child child;
	struct initrd_archives archives;
	struct snapshot snapshot;
	int job;      /* archive of the job, a memory file */
	int job_port; /* our end of qemu.job, or negative */
	struct guest_wake wake;
	off_t job_sent;              /* bytes of `wake` and the job */
	int stub;                    /* our end of qemu.gdb, or negative */
	struct conductor *conductor; /* or NULL */
	int stub_error;              /* of conductor_stop() */
	struct stream stream;
	struct progress progress;
	struct guest_facts facts;
	off_t relayed[2];   /* of the output and the errors: printed up to here */
	off_t forgotten[2]; /* likewise: given back up to here */
	bool in_line;       /* the last byte printed was not a newline */
	uint64_t started;   /* CLOCK_MONOTONIC ns */
};

/* Obtains the guest's snapshot, unless options require a boot. */
void guest_find_snapshot(struct guest *guest);

/* Opens the port of the job, before QEMU starts, if the guest is restored from a snapshot. Returns
 * 0 or -errno (reported). */
int guest_open_job(struct guest *guest);

void guest_close_job(struct guest *guest);

/* Checks the snapshot, if the guest is restored, and begins to send the job. Returns 0; -errno (not
 * reported): the snapshot is damaged, and the guest must not be used. */
int guest_begin_job(struct guest *guest);

/* Sends as much of the job as the port takes now. */
void guest_pass_job(struct guest *guest);

/* Reports a damaged snapshot and makes a new one; if that fails, prepares to boot. Returns 0 or
 * -errno (reported). */
int guest_restore_anew(struct guest *guest);

/* Reports why the snapshot cannot be used, discards it, and prepares to boot. Returns 0 or -errno
 * (reported). */
int guest_boot_instead(struct guest *guest, const char *why);

/* Opens the ports that the guest writes to, its stream of events, and the files in the --out
 * directory that get these. Returns 0 or -errno (reported). Call guest_close_ports() in any
 * case. */
int guest_open_ports(struct guest *guest);
void guest_close_ports(struct guest *guest);

/* Opens a gdb stub for the engine of the scenario's schedule, if that is outside of the guest.
 * Returns 0 or -errno (reported). */
int guest_open_stub(struct guest *guest);

/* Ends the engine and closes the stub. */
void guest_close_stub(struct guest *guest);

/* Opens a line-buffered file in the --out directory. Returns NULL without --out, or on failure
 * (reported). */
FILE *guest_open_output(const struct guest_config *config, const char *name);

/* Prints what a port has received since the last call; of a scenario as plain_text(). While QEMU
 * runs, the amount is limited. which: index of guest.relayed; from: the port; mark: printed before
 * each line, or NULL. */
void guest_relay(struct guest *guest, int which, int from, FILE *to, const char *mark);

/* Closes the file that gets the console, if it is open. If a write failed, sets stream.unsaved. */
void guest_close_console(struct guest *guest);

/*
 * Sets the caller's result to that of the guest or, if it died, to one made of what is known;
 * prints and saves it. came: the exit code of the guest's job; -ENODATA: the guest died; other
 * -errno, already reported. Returns 0 or -errno.
 */
int guest_bring_home(struct guest *guest, int came);

#endif
