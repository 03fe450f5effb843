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
#include "tools/guest/snapshot.h"
#include "tools/guest/stream.h"
#include "tools/guest/wake.h"

enum {
	GUEST_RELAYED_MAX = 8 << 20, /* bytes at a time */
	GUEST_HELD_MAX = 256 << 20,  /* bytes of a port that nobody has taken yet */
};

struct guest {
	const struct guest_config *config;
	struct qemu_config qemu;
	struct child child;
	struct initrd_archives archives;
	struct snapshot snapshot;
	int job;      /* archive of the job */
	int job_port; /* our end of qemu.job, or negative */
	struct guest_wake wake;
	off_t job_sent;              /* of wake and the job */
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

/* Obtains its snapshot, unless it is to boot. */
void guest_find_snapshot(struct guest *guest);

/* Of a guest that is restored: opens its job's port, before QEMU starts. Returns 0 or -errno
 * (reported). */
int guest_open_job(struct guest *guest);

void guest_close_job(struct guest *guest);

/* Likewise: checks the snapshot that QEMU reads, and begins to pass the job. Returns 0 or -errno,
 * and then the guest is not to be believed. */
int guest_begin_job(struct guest *guest);

/* Passes as much of the job as is taken now. */
void guest_pass_job(struct guest *guest);

/* Of one that is damaged: says so, and makes another one; makes ready to boot where that cannot be.
 * Returns 0 or -errno (reported). */
int guest_restore_anew(struct guest *guest);

/* Says so, gives the snapshot up, and makes ready to boot. Returns 0 or -errno (reported). */
int guest_boot_instead(struct guest *guest, const char *why);

/* Opens the ports that the guest writes to, its stream of events, and the files in the --out
 * directory that get them. Returns 0 or -errno (reported). Close them with guest_close_ports(), in
 * any case. */
int guest_open_ports(struct guest *guest);
void guest_close_ports(struct guest *guest);

/* Opens a gdb stub for the engine of the scenario's schedule, if that is outside of the guest.
 * Returns 0 or -errno (reported). */
int guest_open_stub(struct guest *guest);

/* Ends the engine. Before QEMU ends: who stands still would keep it. */
void guest_close_stub(struct guest *guest);

/* Opens a file in the --out directory, by lines; NULL (reported) where it cannot be, and without
 * --out. */
FILE *guest_open_output(const struct guest_config *config, const char *name);

/* Prints what has come from a port since, of a run as plain_text(); while more may come, so much at
 * a time. which: index of guest.relayed; from: the port; mark: before each line, or NULL. */
void guest_relay(struct guest *guest, int which, int from, FILE *to, const char *mark);

/* Closes the file that gets the console, if it is open. Whether all of it was written is part of
 * whether the run was saved. */
void guest_close_console(struct guest *guest);

/*
 * What the guest has brought home, or what is known of one that died, becomes the caller's result,
 * is printed and saved. came: the exit code that the guest brought; -ENODATA when it died; another
 * -errno (reported). Returns 0 or -errno.
 */
int guest_bring_home(struct guest *guest, int came);

#endif
