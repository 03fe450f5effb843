/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/threads/thread_op_data.h"
#include "injector/base/cleanup.h"
#include "tools/reading/mapped_copy.h"
#include "tools/threads/thread_op.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

/* Reads the page at `offset` of the file. Returns as thread_op.act. */
typedef int take_page(struct thread_call *call, uint64_t offset, uint64_t *page);

/* Reads each page of the range and judges it, also a missing one. A page that is not read because
 * that would wait is not judged. */
static int take_all(struct thread_call *call, take_page *take)
{
	_Alignas(64) uint64_t page[STAMP_WORDS];
	int result = 0;

	for (uint64_t at = call->offset; at < call->offset + call->length; at += STAMP_PAGE_SIZE) {
		uint64_t look = thread_look(call, at);
		int r = take(call, at, page);

		if (r && r != -ENODATA && r != -EAGAIN)
			return r;
		if (r != -EAGAIN)
			thread_judge(call, at, r ? NULL : page, look);
		result = r == -ENODATA ? r : result;
	}
	return result;
}

static int load(struct thread_call *call, uint64_t offset, uint64_t *page)
{
	const char *map = thread_map(call);

	return map ? mapped_copy(page, map + offset, STAMP_PAGE_SIZE) : -errno;
}

int thread_load(struct thread_call *call)
{
	return take_all(call, load);
}

/* Uses get_user_pages() only, without a load: see readers/procmem.c. */
static int take_by_mem(struct thread_call *call, uint64_t offset, uint64_t *page)
{
	_cleanup_close_ int fd = open("/proc/self/mem", O_RDONLY | O_CLOEXEC);
	const char *map = thread_map(call);
	ssize_t got;

	if (fd < 0 || !map)
		return -errno;
	got = pread(fd, page, STAMP_PAGE_SIZE, (off_t)(uintptr_t)(map + offset));
	if (got < 0)
		return errno == EIO || errno == EFAULT ? -ENODATA : -errno;
	return got == STAMP_PAGE_SIZE ? 0 : -ENODATA;
}

int thread_procmem(struct thread_call *call)
{
	return take_all(call, take_by_mem);
}

/* Fills the last page of the file with zeros after its end. */
static int fill_up(ssize_t got, uint64_t *page)
{
	if (got < 0)
		return -errno;
	memset((char *)page + got, 0, STAMP_PAGE_SIZE - (size_t)got);
	return got ? 0 : -ENODATA;
}

static int take_by_pread(struct thread_call *call, uint64_t offset, uint64_t *page)
{
	return fill_up(pread(call->fd, page, STAMP_PAGE_SIZE, (off_t)offset), page);
}

int thread_pread(struct thread_call *call)
{
	return take_all(call, take_by_pread);
}

/* Reads the range in one call, in which the kernel looks up each page next to the one before. */
int thread_pread_range(struct thread_call *call)
{
	const size_t pages = call->length / STAMP_PAGE_SIZE;
	_cleanup_free_ uint64_t *looks = calloc(pages, sizeof(*looks));
	_cleanup_free_ char *bytes = calloc(pages, STAMP_PAGE_SIZE);
	struct iovec to = { .iov_base = bytes, .iov_len = pages * STAMP_PAGE_SIZE };
	ssize_t got;

	if (!looks || !bytes)
		return -ENOMEM;
	for (size_t i = 0; i < pages; i++)
		looks[i] = thread_look(call, call->offset + i * STAMP_PAGE_SIZE);
	got = preadv(call->fd, &to, 1, (off_t)call->offset);
	if (got < 0)
		return -errno;
	for (size_t i = 0; i < pages; i++) {
		uint64_t at = i * STAMP_PAGE_SIZE;

		thread_judge(call, call->offset + at,
			     at < (uint64_t)got ? (uint64_t *)(bytes + at) : NULL, looks[i]);
	}
	return 0;
}

static int take_cached(struct thread_call *call, uint64_t offset, uint64_t *page)
{
	const struct iovec to = { .iov_base = page, .iov_len = STAMP_PAGE_SIZE };
	ssize_t got = preadv2(call->fd, &to, 1, (off_t)offset, RWF_NOWAIT);

	/* A short read may end at the end of the file, or of what is cached. */
	return got > 0 && got < STAMP_PAGE_SIZE ? -EAGAIN : fill_up(got, page);
}

int thread_pread_cached(struct thread_call *call)
{
	return take_all(call, take_cached);
}

static int take_by_pipe(struct thread_call *call, uint64_t offset, uint64_t *page)
{
	off_t at = (off_t)offset;
	int fds[2], r = thread_pipe(call, fds);
	ssize_t sent, got = 0, part;

	if (r)
		return r;
	sent = splice(call->fd, &at, fds[1], NULL, STAMP_PAGE_SIZE, 0);
	if (sent < 0)
		return -errno;
	while (got < sent && (part = read(fds[0], (char *)page + got, (size_t)(sent - got))) > 0)
		got += part;
	return got == sent ? fill_up(got, page) : -EIO;
}

int thread_splice(struct thread_call *call)
{
	return take_all(call, take_by_pipe);
}

static uint64_t page_of(uint64_t offset)
{
	return offset / STAMP_PAGE_SIZE * STAMP_PAGE_SIZE;
}

/* Returns the stamped range, to be freed; NULL: no memory. */
static char *make_stamps(const struct thread_call *call)
{
	uint64_t first = page_of(call->offset), end = call->offset + call->length;
	char *stamps = aligned_alloc(STAMP_PAGE_SIZE, page_of(end - first + STAMP_PAGE_SIZE - 1));

	for (uint64_t at = first; stamps && at < end; at += STAMP_PAGE_SIZE)
		thread_stamp(call, at, (uint64_t *)(stamps + (at - first)));
	return stamps;
}

int thread_store(struct thread_call *call)
{
	_cleanup_free_ char *stamps = make_stamps(call);
	char *map = thread_map(call);

	if (!stamps)
		return -ENOMEM;
	if (!map)
		return -errno;
	return mapped_copy(map + call->offset, stamps + call->offset % STAMP_PAGE_SIZE,
			   call->length);
}

static int write_all(struct thread_call *call, int fd)
{
	_cleanup_free_ char *stamps = make_stamps(call);
	const char *from = stamps + call->offset % STAMP_PAGE_SIZE;

	if (!stamps)
		return -ENOMEM;
	for (uint64_t done = 0; done < call->length;) {
		ssize_t put =
			pwrite(fd, from + done, call->length - done, (off_t)(call->offset + done));

		if (put <= 0)
			return put ? -errno : -EIO;
		done += (uint64_t)put;
	}
	return 0;
}

int thread_pwrite(struct thread_call *call)
{
	return write_all(call, call->fd);
}

int thread_pwrite_direct(struct thread_call *call)
{
	_cleanup_close_ int fd =
		openat(thread_directory(call), call->target->name, O_RDWR | O_DIRECT | O_CLOEXEC);

	return fd < 0 ? -errno : write_all(call, fd);
}

int thread_copy_range(struct thread_call *call)
{
	off_t from = (off_t)call->offset, to = (off_t)call->offset;
	int fd = call->step->through_mount ? call->to->mount_fd : call->to->backing_fd;

	while ((uint64_t)to < call->offset + call->length) {
		ssize_t moved = copy_file_range(fd, &from, call->fd, &to,
						call->offset + call->length - (uint64_t)to, 0);

		if (moved <= 0)
			return moved ? -errno : 0;
	}
	return 0;
}

int thread_rename(struct thread_call *call)
{
	char name[64 + 2];
	int directory = thread_directory(call);

	snprintf(name, sizeof(name), "%s~", call->target->name);
	if (renameat(directory, call->target->name, directory, name))
		return -errno;
	return renameat(directory, name, directory, call->target->name) ? -errno : 0;
}
