/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/reading/refault.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "tools/reading/mapped_copy.h"
#include "tools/reading/stamp.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

int refault_open(struct refault *refault, enum refault_order order, const struct target *targets,
		 size_t count)
{
	struct refault opened = { .order = order };
	char path[64];
	int r = 0;

	opened.fds = calloc(count, sizeof(*opened.fds));
	if (!opened.fds)
		return report(-ENOMEM, "%zu files", count);
	for (; opened.count < count && !r; opened.count += !r) {
		snprintf(path, sizeof(path), "/proc/self/fd/%d", targets[opened.count].backing_fd);
		opened.fds[opened.count] = open(path, O_RDONLY | O_CLOEXEC);
		if (opened.fds[opened.count] < 0)
			r = report(-errno, "%s: opening it anew", targets[opened.count].name);
		else if (order == REFAULT_SMALL)
			posix_fadvise(opened.fds[opened.count], 0, 0, POSIX_FADV_RANDOM);
	}
	if (r)
		refault_close(&opened);
	else
		*refault = opened;
	return r;
}

void refault_close(struct refault *refault)
{
	for (size_t i = 0; i < refault->count; i++)
		close(refault->fds[i]);
	free(refault->fds);
	*refault = (struct refault){ 0 };
}

/* Reads by a mapping of the region that has the region's alignment: otherwise no large folio
 * fits. */
static int read_large(int fd, const struct target *target, uint64_t offset, uint64_t *page)
{
	uint64_t size = target->region_size, in = (offset - target->first) % size;
	char *room = mmap(NULL, 2 * size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *map;
	int r = 0;

	if (room == MAP_FAILED)
		return -errno;
	map = room + (-(uintptr_t)room & (size - 1));
	if (mmap(map, size, PROT_READ, MAP_SHARED | MAP_FIXED, fd, (off_t)(offset - in)) ==
	    MAP_FAILED)
		r = -errno;
	if (!r) {
		/* A kernel without huge pages for files chooses the sizes itself. */
		madvise(map, size, MADV_HUGEPAGE);
		r = mapped_copy(page, map + in, STAMP_PAGE_SIZE);
	}
	munmap(room, 2 * size);
	return r;
}

int refault_read(const struct refault *refault, const struct target *target, size_t index,
		 uint64_t offset, uint64_t *page)
{
	ssize_t got;

	if (refault->order == REFAULT_LARGE)
		return read_large(refault->fds[index], target, offset, page);
	got = pread(refault->fds[index], page, STAMP_PAGE_SIZE, (off_t)offset);
	if (got < 0)
		return -errno;
	return got == STAMP_PAGE_SIZE ? 0 : -ENODATA;
}

bool refault_is_due(const struct target *target, uint64_t offset)
{
	unsigned char there;

	return !mincore(target->beneath + offset, page_size(), &there) && !(there & 1);
}
