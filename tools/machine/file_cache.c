/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/file_cache.h"
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

enum { PAGE = 4096, PAGE_STRUCT = CACHE_FOLIO_ALIGN };

/* Reads memory of the kernel. -EFAULT: the address is in no segment, so it is no memory of the
 * kernel. */
static int read_memory(void *context, uint64_t address, void *into, size_t size)
{
	const struct file_cache *file = context;
	int r = file->text.read(file->text.context, address, into, size);

	return r == -EIO ? -EFAULT : r;
}

/* Finds a symbol. Those of data are listed by kernels with KALLSYMS_ALL only. */
static uint64_t find_symbol(const char *wanted)
{
	_cleanup_fclose_ FILE *file = fopen("/proc/kallsyms", "re");
	char line[512], name[256];
	uint64_t address, found = 0;

	while (file && !found && fgets(line, sizeof(line), file))
		if (sscanf(line, "%" SCNx64 " %*c %255s", &address, name) == 2 &&
		    !strcmp(name, wanted))
			found = address;
	return found;
}

static int say(char *why, size_t size, int error, const char *text)
{
	snprintf(why, size, "%s", text);
	return error;
}

/* Returns the frame of the page that is mapped there; 0: not known. */
static uint64_t frame_of(const volatile char *map)
{
	const uint64_t present = UINT64_C(1) << 63, mask = (UINT64_C(1) << 55) - 1;
	_cleanup_close_ int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
	uint64_t entry = 0;

	(void)*map;
	if (pagemap < 0 ||
	    pread(pagemap, &entry, sizeof(entry),
		  (off_t)((uintptr_t)map / page_size() * sizeof(entry))) != sizeof(entry))
		return 0;
	return entry & present ? entry & mask : 0;
}

/* Finds the mapping by the struct page of the frame, which may be a tail page. */
static int find_mapping(struct file_cache *file, uint64_t pages, uint64_t frame, char *why,
			size_t size)
{
	uint64_t page = pages + frame * PAGE_STRUCT, head;
	struct cache_folio folio;
	int r = read_memory(file, page + CACHE_FOLIO_HEAD, &head, sizeof(head));

	if (!r)
		r = cache_folio_read(&file->cache, head & 1 ? head - 1 : page, &folio);
	if (r)
		return say(why, size, r == -EFAULT ? -EPERM : r,
			   "/proc/kcore does not show the array of struct page");
	/* The low bits are set for anonymous memory. */
	if (!folio.mapping || folio.mapping & 3)
		return say(why, size, -ENOTSUP, "the page of the file has no struct address_space");
	file->cache.mapping = folio.mapping;
	return 0;
}

static int check_layout(struct file_cache *file, char *why, size_t size)
{
	struct cache_sum sum;
	int r = cache_check(&file->cache, &sum, NULL, NULL);

	if (r == -EFAULT || (!r && !sum.locked && !sum.folios)) {
		snprintf(why, size,
			 "what is known of the page cache of kernels %s does not fit this one",
			 file->cache.layout->kernels);
		return -ENOTSUP;
	}
	return r ? r : cache_find_nrpages(&file->cache, sum.pages, &file->cache.pages_at);
}

static int open_memory(struct file_cache *file, uint64_t *pages, char *why, size_t size)
{
	uint64_t symbol = find_symbol("vmemmap_base");
	int r = kernel_text_here(&file->text, NULL);

	if (r)
		return say(why, size, r, "kernels of this architecture are not known");
	if (!symbol)
		return say(why, size, -EPERM,
			   "/proc/kallsyms does not show vmemmap_base: the kernel has to be built "
			   "with KALLSYMS_ALL and SPARSEMEM_VMEMMAP, and read by root");
	r = read_memory(file, symbol, pages, sizeof(*pages));
	if (r)
		return say(
			why, size, -EPERM,
			"/proc/kcore cannot be read: the kernel has to be built with PROC_KCORE, "
			"must not be locked down, and is read by root");
	return 0;
}

int file_cache_open(struct file_cache *file, int fd, const struct kernel_version *kernel, char *why,
		    size_t size)
{
	struct stat stat;
	struct statfs fs;
	uint64_t pages, frame;
	char *map;
	int r;

	*file = (struct file_cache){ .cache.read = read_memory };
	file->cache.context = file;
	file->cache.layout = cache_layout_of(kernel);
	if (fstat(fd, &stat) || fstatfs(fd, &fs))
		return say(why, size, -errno, strerror(errno));
	if (!S_ISREG(stat.st_mode) || !stat.st_size)
		return say(why, size, -EINVAL, "not a regular file with a page or more");
	if (!file->cache.layout)
		return say(why, size, -ENOTSUP, "the page cache is known of kernels from 5.17 on");
	file->cache.unmarked = fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC;
	r = open_memory(file, &pages, why, size);
	if (r)
		return r;
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return say(why, size, -errno, strerror(errno));
	frame = frame_of(map);
	r = frame ? find_mapping(file, pages, frame, why, size)
		  : say(why, size, -EPERM,
			"/proc/self/pagemap does not show where pages are (CAP_SYS_ADMIN)");
	munmap(map, PAGE);
	return r ? r : check_layout(file, why, size);
}
