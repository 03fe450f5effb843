/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/inspect_page.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"
#include "injector/base/units.h"
#include "injector/probe/split_parts.h"
#include "injector/schedule/schedule_page.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/vfs.h>
#include <unistd.h>

/* The thread that holds the lock may be on a processor that the host runs late: 1 s in all. */
enum { PAGE = 4096, BUSY_TRIES = 50, BUSY_PAUSE = 20000000 /* ns */ };

/* mincore(2) looks up by filemap_get_entry() from 6.3 on (filemap_get_incore_folio()), and before
 * by pagecache_get_page(). */
const struct code_point inspect_points[INSPECT_POINTS] = {
	[INSPECT_AT_CALL] = { .kind = POINT_ENTRY,
			      .function = "__x64_sys_prctl|__arm64_sys_prctl" },
	[INSPECT_AT_LOOKUP] = { .kind = POINT_ENTRY,
				.function = "filemap_get_entry|__filemap_get_folio" },
	[INSPECT_AT_SPLIT] = { .kind = POINT_ENTRY, .function = "__folio_split" },
};

_Static_assert(sizeof(struct inspect_page) <= PAGE, "it is one page");
_Static_assert(INSPECT_ROWS * sizeof(struct inspect_row) <= PAGE, "they are one page");

struct inspect_page *inspect_page_make(struct inspect_row **rows)
{
	struct inspect_page *page = locked_page_make();
	int r;

	*rows = page ? locked_page_make() : NULL;
	r = *rows ? locked_page_address(*rows, &page->rows) : -errno;
	if (!r)
		return page;
	inspect_page_free(page, *rows);
	errno = -r;
	return NULL;
}

void inspect_page_free(struct inspect_page *page, struct inspect_row *rows)
{
	locked_page_free(rows);
	locked_page_free(page);
}

/* If the answer is -EBUSY, pauses before it returns, so that another try may find the lock free. */
static int64_t call(struct inspect_page *page, enum inspect_call what, unsigned long first,
		    unsigned long second)
{
	int64_t answer;

	atomic_store(&page->answer, INSPECT_NO_ANSWER);
	prctl(INSPECT_OPTION, (unsigned long)what, first, second, 0);
	answer = atomic_load(&page->answer);
	if (answer == -EBUSY)
		units_sleep(BUSY_PAUSE);
	return answer;
}

/* Has the kernel look up the page by which the engine recognizes the file. */
static int look_up(int fd, unsigned int number)
{
	off_t offset = ((off_t)INSPECT_INDEX + number) * page_size();
	char *map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, offset);
	unsigned char there;
	int r;

	if (map == MAP_FAILED)
		return -errno;
	r = mincore(map, PAGE, &there) ? -errno : 0;
	munmap(map, PAGE);
	return r;
}

int inspect_name(struct inspect_page *page, unsigned int number, int fd, bool unmarked)
{
	int64_t answer = -EBUSY;
	int r = 0;

	if (!number || number > INSPECT_FILES)
		return -ENOSPC;
	/* -EBUSY: a thread is changing the tree. */
	for (int i = 0; i < BUSY_TRIES && answer == -EBUSY && !r; i++) {
		answer = call(page, INSPECT_NAME, number, unmarked);
		if (!answer)
			r = look_up(fd, number);
		if (!answer)
			answer = call(page, INSPECT_NAMED, number, 0);
	}
	return r ? r : answer == INSPECT_NO_ANSWER ? -ENODEV : (int)answer;
}

int inspect_name_here(struct inspect_page *page, unsigned int number, int fd)
{
	struct statfs fs;
	int r = fstatfs(fd, &fs) ? -errno
				 : inspect_name(page, number, fd, fs.f_type == TMPFS_MAGIC);

	if (!r)
		return 0;
	return *page->why ? report(0, "the page cache cannot be inspected: %s", page->why)
			  : report(r, "naming a file to the inspector");
}

bool inspect_decides(const struct inspect_page *page)
{
	return page->splits &&
	       (page->counts.splits_misplaced || page->counts.splits_inspected >= SPLITS_CLEAN);
}

int inspect_look(struct inspect_page *page)
{
	int64_t answer = 0;

	for (unsigned long round = 0; round < CACHE_ROUNDS; round++) {
		int tries = BUSY_TRIES;

		do
			answer = call(page, INSPECT_LOOK, round, round == CACHE_ROUNDS - 1);
		while (answer == -EBUSY && --tries);
		if (answer <= 0 || answer == INSPECT_NO_ANSWER)
			break;
		if (round < CACHE_ROUNDS - 1)
			units_sleep(CACHE_ROUND_PAUSE);
	}
	return answer == INSPECT_NO_ANSWER ? -ENODEV : (int)answer;
}
