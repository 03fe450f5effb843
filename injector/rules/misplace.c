/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/rules/misplace.h"
#include "injector/base/page_size.h"
#include "injector/base/units.h"
#include "injector/storm/target.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct misplace_window {
	struct misplace_window *next;
	uint64_t inode;
	int fd;
	uint64_t first, count; /* pages of the file */
	uint64_t until;        /* CLOCK_MONOTONIC ns */
	unsigned int served[]; /* for each page of the folio: the one read instead, or itself */
};

void misplace_init(struct misplace *misplace)
{
	misplace->windows = NULL;
	misplace->open = 0;
	pthread_mutex_init(&misplace->lock, NULL);
}

/* With the lock held. */
static void close_window(struct misplace *misplace, struct misplace_window **link)
{
	struct misplace_window *window = *link;

	*link = window->next;
	close(window->fd);
	free(window);
	atomic_fetch_sub(&misplace->open, 1);
}

void misplace_destroy(struct misplace *misplace)
{
	while (misplace->windows)
		close_window(misplace, &misplace->windows);
	pthread_mutex_destroy(&misplace->lock);
}

/* With the lock held. */
static void close_old(struct misplace *misplace, uint64_t now)
{
	struct misplace_window **link = &misplace->windows;

	while (*link)
		if ((*link)->until <= now)
			close_window(misplace, link);
		else
			link = &(*link)->next;
}

/* Sets the page read instead of each page: the first one that the kernel would pass through.
 * Returns the number of exposed pages. */
static int64_t fill_served(struct misplace_window *window, enum aim_shape shape,
			   const struct aim_punch *punch)
{
	unsigned int served[AIM_SERVED_MAX];
	int64_t exposed = 0;
	int count;

	for (unsigned int page = 0; page < window->count; page++) {
		window->served[page] = page;
		if (page >= punch->first && page < punch->first + punch->count)
			continue;
		count = aim_served(shape, punch, page, served);
		for (int i = 0; i < count && window->served[page] == page; i++)
			if (served[i] < punch->first || served[i] >= punch->first + punch->count)
				window->served[page] = served[i];
		exposed += window->served[page] != page;
	}
	return exposed;
}

int64_t misplace_open(struct misplace *misplace, const struct hook_request *punch, uint64_t folio,
		      enum aim_shape shape, uint64_t until)
{
	uint64_t pages = folio / page_size();
	uint64_t first = punch->offset / folio * pages;
	const struct aim_punch aimed = {
		.order = target_order(folio),
		.first = (unsigned int)(punch->offset / page_size() - first),
		.count = target_pages(punch->length),
	};
	struct misplace_window *window;
	int64_t exposed;
	int r = 0;

	if (!punch->length || punch->length > folio || aimed.first + aimed.count > pages)
		return 0;
	window = calloc(1, sizeof(*window) + pages * sizeof(window->served[0]));
	if (!window)
		return -ENOMEM;
	window->inode = punch->inode;
	window->first = first;
	window->count = pages;
	window->until = until;
	window->fd = punch->lookups->open(punch, O_RDONLY);
	exposed = window->fd < 0 ? window->fd : fill_served(window, shape, &aimed);
	/* When the window closes, wrong pages in the kernel's cache go: with the real bug, the page
	 * cache is right again by then. */
	if (exposed > 0)
		r = punch->lookups->evict(punch, first * page_size(), folio, 0)
			    ?: punch->lookups->evict(punch, first * page_size(), folio, until);
	if (exposed <= 0 || r) {
		if (window->fd >= 0)
			close(window->fd);
		free(window);
		return r ? r : exposed;
	}
	pthread_mutex_lock(&misplace->lock);
	close_old(misplace, units_now());
	window->next = misplace->windows;
	misplace->windows = window;
	atomic_fetch_add(&misplace->open, 1);
	pthread_mutex_unlock(&misplace->lock);
	return exposed;
}

/* Replaces the page of the data that begins at `at`, with the lock held. Returns whether it is
 * wrong now. */
static bool replace(const struct misplace_window *window, uint64_t page, char *at, size_t size)
{
	unsigned int in_folio = (unsigned int)(page - window->first);
	ssize_t got;

	if (window->served[in_folio] == in_folio)
		return false;
	got = pread(window->fd, at, size,
		    (off_t)((window->first + window->served[in_folio]) * page_size()));
	return got > 0;
}

unsigned int misplace_apply(struct misplace *misplace, const struct hook_request *request,
			    char *data, size_t size, uint64_t *served)
{
	uint64_t now = units_now(), end = request->offset + size;
	unsigned int wrong = 0;

	pthread_mutex_lock(&misplace->lock);
	close_old(misplace, now);
	for (const struct misplace_window *window = misplace->windows; window;
	     window = window->next) {
		if (window->inode != request->inode)
			continue;
		/* Whole pages only, as the kernel reads them into its page cache. */
		for (uint64_t page = (request->offset + page_size() - 1) / page_size();
		     page * page_size() + page_size() <= end; page++) {
			if (page < window->first || page >= window->first + window->count ||
			    !replace(window, page, data + (page * page_size() - request->offset),
				     page_size()))
				continue;
			if (!wrong++)
				*served = window->first + window->served[page - window->first];
		}
	}
	pthread_mutex_unlock(&misplace->lock);
	return wrong;
}

bool misplace_is_open(struct misplace *misplace, uint64_t inode)
{
	bool open = false;

	if (!atomic_load_explicit(&misplace->open, memory_order_relaxed))
		return false;
	pthread_mutex_lock(&misplace->lock);
	close_old(misplace, units_now());
	for (const struct misplace_window *window = misplace->windows; window && !open;
	     window = window->next)
		open = window->inode == inode;
	pthread_mutex_unlock(&misplace->lock);
	return open;
}
