/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "tools/guest/guest_parts.h"

#include <errno.h>
#include <sodium/randombytes.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>

void guest_find_snapshot(struct guest *guest)
{
	if (guest->config->machine->fresh || guest->config->keep)
		return;
	/* Errors were reported; the guest boots instead. */
	(void)snapshot_obtain(&guest->snapshot, &guest->qemu, &guest->archives, &guest->progress);
}

int guest_open_job(struct guest *guest)
{
	int ends[2];

	guest->facts.restored = guest->snapshot.fd >= 0;
	guest->qemu.snapshot = -1;
	if (!guest->facts.restored)
		return 0;
	guest->qemu.snapshot = guest->snapshot.fd;
	if (lseek(guest->snapshot.fd, SNAPSHOT_HEADER, SEEK_SET) < 0 ||
	    socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends))
		return report(-errno, "a socket for the guest's job");
	guest->job_port = ends[0];
	guest->qemu.job = ends[1];
	return 0;
}

void guest_close_job(struct guest *guest)
{
	cleanup_close(&guest->job_port);
	cleanup_close(&guest->qemu.job);
	guest->job_port = guest->qemu.job = -1;
}

int guest_begin_job(struct guest *guest)
{
	struct guest_wake *wake = &guest->wake;
	struct timespec now;
	struct stat status;
	int r;

	if (!guest->facts.restored)
		return 0;
	/* Checked while QEMU reads the snapshot. */
	r = snapshot_check(&guest->snapshot);
	if (r)
		return r;
	if (fstat(guest->job, &status))
		return -errno;
	clock_gettime(CLOCK_REALTIME, &now);
	*wake = (struct guest_wake){
		.magic = GUEST_WAKE_MAGIC,
		.size = (uint64_t)status.st_size,
		.now = (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec,
	};
	randombytes_buf(wake->seed, sizeof(wake->seed));
	randombytes_buf(wake->name, sizeof(wake->name));
	guest->job_sent = 0;
	guest_pass_job(guest);
	return 0;
}

void guest_pass_job(struct guest *guest)
{
	const off_t before = sizeof(guest->wake);
	char text[1 << 16];

	while (guest->job_port >= 0) {
		const char *from = (const char *)&guest->wake + guest->job_sent;
		ssize_t put, part = before - guest->job_sent;

		if (part <= 0) {
			part = pread(guest->job, text, sizeof(text), guest->job_sent - before);
			from = text;
		}
		if (part <= 0)
			return;
		put = send(guest->job_port, from, (size_t)part, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (put < 0)
			return;
		guest->job_sent += put;
	}
}

int guest_restore_anew(struct guest *guest)
{
	report(0, "the snapshot %s is damaged; making it anew", guest->snapshot.path);
	snapshot_discard(&guest->snapshot);
	snapshot_close(&guest->snapshot);
	guest_find_snapshot(guest);
	return guest->snapshot.fd < 0
		       ? initrd_join(&guest->archives, guest->job, &guest->qemu.initrd)
		       : 0;
}

int guest_boot_instead(struct guest *guest, const char *why)
{
	report(0, "the snapshot %s cannot be used (%s); booting %s", guest->snapshot.path, why,
	       guest->config->kernel->name);
	snapshot_discard(&guest->snapshot);
	snapshot_close(&guest->snapshot);
	return initrd_join(&guest->archives, guest->job, &guest->qemu.initrd);
}
