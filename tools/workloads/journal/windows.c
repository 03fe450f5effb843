/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/workloads/journal/windows.h"
#include "tools/workloads/journal/format.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>

enum { PAGE = 4096 };

static bool holds(const struct window *window, uint64_t offset, size_t length)
{
	return window->map && offset >= window->offset &&
	       offset + length <= window->offset + window->length;
}

static struct window *least_used(struct windows *windows)
{
	struct window *least = &windows->list[0];

	for (unsigned int i = 0; i < windows->max; i++) {
		struct window *window = &windows->list[i];

		if (!window->map)
			return window;
		if (window->used < least->used)
			least = window;
	}
	return least;
}

static void unmap(struct window *window)
{
	if (window->map)
		munmap(window->map, window->length);
	window->map = NULL;
}

/* Maps a window around the range, with some bytes before it, up to the end of the file at most. */
static int map(const struct windows *windows, struct window *window, uint64_t offset, size_t length)
{
	uint64_t first = offset / PAGE * PAGE, end = (offset + length + PAGE - 1) / PAGE * PAGE,
		 room;
	struct stat status;

	if (fstat(windows->fd, &status))
		return -errno;
	if (offset + length < offset || offset + length > (uint64_t)status.st_size)
		return -ENODATA;
	room = end - first < JOURNAL_WINDOW ? JOURNAL_WINDOW - (end - first) : 0;
	first -= room / 2 / PAGE * PAGE < first ? room / 2 / PAGE * PAGE : first;
	if (end - first < JOURNAL_WINDOW)
		end = first + JOURNAL_WINDOW;
	if (end > ((uint64_t)status.st_size + PAGE - 1) / PAGE * PAGE)
		end = ((uint64_t)status.st_size + PAGE - 1) / PAGE * PAGE;
	unmap(window);
	window->map = mmap(NULL, end - first, PROT_READ | (windows->writable ? PROT_WRITE : 0),
			   MAP_SHARED, windows->fd, (off_t)first);
	if (window->map == MAP_FAILED) {
		window->map = NULL;
		return -errno;
	}
	window->offset = first;
	window->length = end - first;
	return 0;
}

int windows_at(struct windows *windows, uint64_t offset, size_t length, void **at)
{
	struct window *window = windows->last;
	int r;

	if (!window || !holds(window, offset, length)) {
		window = NULL;
		for (unsigned int i = 0; i < windows->max && !window; i++)
			if (holds(&windows->list[i], offset, length))
				window = &windows->list[i];
		if (!window) {
			window = least_used(windows);
			windows->last = NULL;
			r = map(windows, window, offset, length);
			if (r)
				return r;
		}
		window->used = ++windows->turn;
		windows->last = window;
	}
	*at = window->map + (offset - window->offset);
	return 0;
}

void windows_let_go(struct windows *windows)
{
	for (unsigned int i = 0; i < windows->max; i++)
		if (windows->list[i].map)
			madvise(windows->list[i].map, windows->list[i].length, MADV_DONTNEED);
}

void windows_close(struct windows *windows)
{
	for (unsigned int i = 0; i < windows->max; i++)
		unmap(&windows->list[i]);
	windows->last = NULL;
}
