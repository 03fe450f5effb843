/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/snapshot_make.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/base/stop.h"
#include "tools/guest/qmp.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

/* A boot takes 7 to 30 s, and one in twenty fails (guest.c). Writing takes a second at most. */
static const uint64_t BOOT_LIMIT = 180000000000, WRITE_LIMIT = 120000000000;

enum { BOOTS_MAX = 3 };

struct maker {
	struct qemu_config qemu;
	struct child child;
	int job, monitor; /* our ends */
	struct progress *progress;
	char *why;
	size_t size;
};

static bool has_said(int file, const char *text)
{
	char said[4096];
	ssize_t got = pread(file, said, sizeof(said), 0);

	return got > 0 && memmem(said, (size_t)got, text, strlen(text));
}

/* Returns 0; -EAGAIN: this boot has failed. */
static int wait_until_ready(struct maker *maker)
{
	const uint64_t begin = units_now();
	char line[160];

	while (!has_said(maker->qemu.stream, "{\"type\":\"ready\"}")) {
		double seconds = (double)(units_now() - begin) / 1e9;

		if (has_said(maker->qemu.stream, "no-port")) {
			snprintf(maker->why, maker->size, "its kernel has no virtio console");
			return -ENOTSUP;
		}
		if (stop_wanted())
			return -EINTR;
		if (child_ended(&maker->child) || units_now() > begin + BOOT_LIMIT) {
			snprintf(maker->why, maker->size, "the guest did not boot");
			return -EAGAIN;
		}
		snprintf(line, sizeof(line), "booting %s for its snapshot: %.0f s",
			 maker->qemu.kernel->name, seconds);
		progress_line(maker->progress, line);
		units_sleep(20000000);
	}
	return 0;
}

static int wait_until_written(struct maker *maker, struct qmp *qmp)
{
	const uint64_t end = units_now() + WRITE_LIMIT;

	for (;;) {
		json_t *state = NULL;
		const char *status, *said;
		int r = qmp_command(qmp, "query-migrate", NULL, -1, &state, maker->why,
				    maker->size);

		status = json_string_value(json_object_get(state, "status"));
		said = json_string_value(json_object_get(state, "error-desc"));
		if (!r && status && !strcmp(status, "failed")) {
			snprintf(maker->why, maker->size, "%s", said ? said : "QEMU does not say");
			r = -EIO;
		}
		if (!r && status && !strcmp(status, "completed")) {
			json_decref(state);
			return 0;
		}
		json_decref(state);
		if (!r && (stop_wanted() || units_now() > end))
			r = stop_wanted() ? -EINTR : -ETIMEDOUT;
		if (r)
			return r;
		units_sleep(5000000);
	}
}

/* Writes the snapshot. QEMU gets the descriptor through the monitor, since it may open no files and
 * start no programs. */
static int write_it(struct maker *maker, int to)
{
	struct qmp qmp;
	int r = qmp_open(&qmp, maker->monitor);

	if (r)
		return r;
	r = qmp_command(&qmp, "getfd", json_pack("{s:s}", "fdname", "snapshot"), to, NULL,
			maker->why, maker->size);
	/* By default QEMU limits the rate, for networks. */
	if (!r)
		r = qmp_command(&qmp, "migrate-set-parameters",
				json_pack("{s:I}", "max-bandwidth", (json_int_t)1 << 40), -1, NULL,
				maker->why, maker->size);
	if (!r)
		r = qmp_command(&qmp, "migrate", json_pack("{s:s}", "uri", "fd:snapshot"), -1, NULL,
				maker->why, maker->size);
	if (!r)
		r = wait_until_written(maker, &qmp);
	qmp_close(&qmp);
	return r;
}

static int open_pair(int *ours, int *theirs)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return -errno;
	*ours = ends[0];
	*theirs = ends[1];
	return 0;
}

static int open_file(const char *name, int *fd)
{
	*fd = memfd_create(name, MFD_CLOEXEC);
	return *fd < 0 ? -errno : 0;
}

static int boot(struct maker *maker, int to)
{
	struct qemu_config *qemu = &maker->qemu;
	int r = open_file("console", &qemu->console);

	if (!r)
		r = open_file("output", &qemu->output);
	if (!r)
		r = open_file("errors", &qemu->errors);
	if (!r)
		r = open_file("events", &qemu->stream);
	if (!r)
		r = open_file("log", &qemu->log);
	if (!r)
		r = open_pair(&maker->job, &qemu->job);
	if (!r)
		r = open_pair(&maker->monitor, &qemu->monitor);
	if (!r)
		r = qemu_start(&maker->child, qemu);
	cleanup_close(&qemu->monitor);
	qemu->monitor = -1;
	if (!r)
		r = wait_until_ready(maker);
	return r ? r : write_it(maker, to);
}

static void clear(struct maker *maker)
{
	int *const fds[] = { &maker->job,          &maker->monitor,      &maker->qemu.job,
			     &maker->qemu.monitor, &maker->qemu.console, &maker->qemu.output,
			     &maker->qemu.errors,  &maker->qemu.stream,  &maker->qemu.log };

	child_kill(&maker->child, 5000);
	maker->child = (struct child){ .pid = 0 };
	for (size_t i = 0; i < ARRAY_SIZE(fds); i++) {
		cleanup_close(fds[i]);
		*fds[i] = -1;
	}
}

int snapshot_make(const struct qemu_config *qemu, const struct initrd_archives *archives, int to,
		  struct progress *progress, char *why, size_t size)
{
	const off_t begin = lseek(to, 0, SEEK_CUR);
	struct maker maker = { .qemu = *qemu, .progress = progress, .why = why, .size = size };
	_cleanup_close_ int initrd = -1;
	int r;

	*why = '\0';
	maker.qemu.shell = false;
	maker.qemu.gdb = maker.qemu.snapshot = -1;
	maker.job = maker.monitor = maker.qemu.job = maker.qemu.monitor = maker.qemu.console =
		maker.qemu.output = maker.qemu.errors = maker.qemu.stream = maker.qemu.log = -1;
	r = initrd_join(archives, -1, &initrd);
	maker.qemu.initrd = initrd;
	for (int tries = 0; !r && tries < BOOTS_MAX; tries++) {
		r = boot(&maker, to);
		clear(&maker);
		if (r != -EAGAIN)
			break;
		r = lseek(to, begin, SEEK_SET) < 0 ? -errno : tries + 1 < BOOTS_MAX ? 0 : -EIO;
	}
	progress_end(progress);
	if (r && !*why)
		snprintf(why, size, "%s", strerror(-r));
	return r;
}
