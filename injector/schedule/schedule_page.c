/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/schedule/schedule_page.h"
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

enum { PAGE = 4096 };

const char *const schedule_miss_names[] = {
	[SCHEDULE_MISS_NEVER] = "never reached",
	[SCHEDULE_MISS_EXPIRED] = "expired",
};

const char *const schedule_engine_names[] = {
	[SCHEDULE_ENGINE_AUTO] = "auto",
	[SCHEDULE_ENGINE_BPF] = "bpf",
	[SCHEDULE_ENGINE_QEMU] = "qemu",
};

_Static_assert(sizeof(struct schedule_page) <= PAGE, "it is one page");

uint64_t schedule_page_passed(const struct schedule_page *page)
{
	return atomic_load(&page->made) + atomic_load(&page->withstood);
}

void *locked_page_make(void)
{
	void *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);

	if (page == MAP_FAILED)
		return NULL;
	if (!mlock(page, PAGE))
		return page;
	munmap(page, PAGE);
	return NULL;
}

void locked_page_free(void *page)
{
	if (page)
		munmap(page, PAGE);
}

struct schedule_page *schedule_page_make(void)
{
	struct schedule_page *page = locked_page_make();

	if (!page || getrandom(page->magic, sizeof(page->magic), 0) == sizeof(page->magic))
		return page;
	locked_page_free(page);
	return NULL;
}

/* Reads an entry of pagemap: bit 63 is set if the page is present, the lower 55 bits are its frame,
 * 0 without CAP_SYS_ADMIN (Documentation/admin-guide/mm/pagemap.rst). */
int locked_page_address(const void *page, uint64_t *address)
{
	const uint64_t present = 1ULL << 63, frame = (1ULL << 55) - 1;
	_cleanup_close_ int map = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry;

	if (map < 0)
		return -errno;
	if (pread(map, &entry, sizeof(entry),
		  (off_t)((uintptr_t)page / page_size() * sizeof(entry))) != sizeof(entry))
		return -EIO;
	if (!(entry & present) || !(entry & frame))
		return -EPERM;
	*address = (entry & frame) * page_size();
	return 0;
}
