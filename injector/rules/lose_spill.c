/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Stores the bytes of versions in an unnamed temporary file, so that nothing is left behind. */
#include "injector/rules/lose_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static int open_spill(struct lose_spill *spill)
{
	const char *places[] = { getenv("TMPDIR"), "/var/tmp", "/tmp" };

	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && spill->fd < 0; i++)
		if (places[i])
			spill->fd = open(places[i], O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
	return spill->fd < 0 ? -errno : 0;
}

int lose_spill_put(struct lose_spill *spill, const void *page, int64_t *slot)
{
	int r = spill->fd < 0 ? open_spill(spill) : 0;
	ssize_t put;

	if (r)
		return r;
	*slot = (int64_t)(spill->unused_count ? spill->unused[spill->unused_count - 1]
					      : spill->pages);
	put = pwrite(spill->fd, page, LOSE_PAGE, *slot * LOSE_PAGE);
	if (put != LOSE_PAGE)
		return put < 0 ? -errno : -ENOSPC;
	if (spill->unused_count)
		spill->unused_count--;
	else
		spill->pages++;
	return 0;
}

int lose_spill_get(const struct lose_spill *spill, int64_t slot, void *page)
{
	ssize_t got = pread(spill->fd, page, LOSE_PAGE, slot * LOSE_PAGE);

	return got == LOSE_PAGE ? 0 : got < 0 ? -errno : -EIO;
}

/* Without memory for the list of free slots, the slot is lost until all others are free. */
void lose_spill_drop(struct lose_spill *spill, int64_t slot)
{
	size_t room = spill->unused_room ? 2 * spill->unused_room : 1024;
	uint64_t *more;

	if (slot < 0)
		return;
	if (spill->unused_count == spill->unused_room) {
		more = reallocarray(spill->unused, room, sizeof(*more));
		if (!more)
			return;
		spill->unused = more;
		spill->unused_room = room;
	}
	spill->unused[spill->unused_count++] = (uint64_t)slot;
	if (spill->unused_count < spill->pages)
		return;
	spill->unused_count = spill->pages = 0;
	(void)!ftruncate(spill->fd, 0);
}

void lose_spill_release(struct lose_spill *spill)
{
	if (spill->fd >= 0)
		close(spill->fd);
	free(spill->unused);
	*spill = (struct lose_spill){ .fd = -1 };
}
