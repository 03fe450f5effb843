/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pread(2) of /proc/self/mem where the file is mapped: the kernel gets the page by get_user_pages()
 * without FAULT_FLAG_ALLOW_RETRY (access_remote_vm()), so a fault that got a wrong folio waits for
 * its lock and maps it. Only one word is read that way, the rest by loads from the mapping:
 * get_user_pages() holds a reference while the kernel copies, and a reference makes a split fail.
 */
#include "injector/base/report.h"
#include "tools/reading/mapped_copy.h"
#include "tools/reading/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int open_mem(struct reader *reader)
{
	reader->mem_fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	return reader->mem_fd < 0 ? report(-errno, "reader procmem: /proc/self/mem") : 0;
}

static int read_mem(struct reader *reader, const struct target *target, uint64_t offset,
		    uint64_t *page)
{
	off_t address = (off_t)(uintptr_t)(target->map + offset);
	uint64_t word;
	ssize_t got = pread(reader->mem_fd, &word, sizeof(word), address);
	int r;

	/* The kernel returns EIO or EFAULT for a mapped page after the end of the file. */
	if (got < 0)
		return errno == EIO || errno == EFAULT ? -ENODATA : -errno;
	r = mapped_copy(page, target->map + offset, STAMP_PAGE_SIZE);
	/* The first access counts: a page that was wrong only then is wrong. */
	page[0] = word;
	return r;
}

static void close_mem(struct reader *reader)
{
	close(reader->mem_fd);
}

const struct reader_ops reader_procmem = {
	.name = "procmem",
	.help = "pread(2) of `/proc/self/mem` where the file is mapped",
	.faults = true,
	.open = open_mem,
	.read = read_mem,
	.close = close_mem,
};
