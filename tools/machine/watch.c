/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/watch.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static unsigned long read_taint(void)
{
	unsigned long flags = 0;
	FILE *file = fopen("/proc/sys/kernel/tainted", "re");

	if (file && fscanf(file, "%lu", &flags) != 1)
		flags = 0;
	if (file)
		fclose(file);
	return flags;
}

void watch_begin(struct watch *watch, unsigned int order)
{
	*watch = (struct watch){ .taint = read_taint() };
	watch->log = open("/dev/kmsg", O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (watch->log >= 0)
		lseek(watch->log, 0, SEEK_END);
	watch->splits_known = !folio_splits_of(order, &watch->splits);
}

/* Takes a record of /dev/kmsg: "priority,number,time,flags;text", then lines of key=value
 * (Documentation/ABI/testing/dev-kmsg). Returns whether it is the kernel's: records of programs
 * always have a facility, devkmsg_write(). */
static bool take_record(struct watch *watch, char *record, char *line, size_t size)
{
	uint64_t priority, number;
	char *text = strchr(record, ';');

	if (!text || sscanf(record, "%" SCNu64 ",%" SCNu64 ",", &priority, &number) != 2)
		return false;
	if (watch->next && number > watch->next)
		watch->lost += number - watch->next;
	watch->next = number + 1;
	text++;
	text[strcspn(text, "\n")] = '\0';
	snprintf(line, size, "%s", text);
	return priority < 8;
}

int watch_line(struct watch *watch, char *line, size_t size)
{
	char record[8192];
	ssize_t got;

	while (watch->log >= 0) {
		got = read(watch->log, record, sizeof(record) - 1);
		if (got < 0 && errno == EPIPE) {
			/* The number of the next record tells how many were lost, except before the
			 * first. */
			watch->lost += !watch->next;
			continue;
		}
		if (got <= 0)
			break;
		record[got] = '\0';
		if (take_record(watch, record, line, size))
			return 0;
	}
	return -EAGAIN;
}

unsigned long watch_end(struct watch *watch, unsigned int order, struct folio_splits *splits)
{
	struct folio_splits now;

	cleanup_close(&watch->log);
	watch->log = -1;
	watch->splits_known = watch->splits_known && !folio_splits_of(order, &now);
	if (watch->splits_known) {
		splits->split = now.split - watch->splits.split;
		splits->failed = now.failed - watch->splits.failed;
	}
	return read_taint() & ~watch->taint;
}

double watch_load(void)
{
	double load;

	return getloadavg(&load, 1) == 1 ? load : -1;
}

const char *watch_taint_letters(unsigned long flags, char *text, size_t size)
{
	/* Documentation/admin-guide/tainted-kernels.rst, bit 0 first. */
	static const char letters[] = "PFSRMBUDAWCIOELKXTNJ";
	size_t used = 0;

	for (size_t i = 0; i < sizeof(letters) - 1 && used + 1 < size; i++)
		if (flags >> i & 1)
			text[used++] = letters[i];
	text[used] = '\0';
	return text;
}
