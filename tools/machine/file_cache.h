/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache of a file in the running kernel, read from /proc/kcore. The file's struct
 * address_space is found by the frame of its first page (/proc/self/pagemap) and the array of
 * struct page at vmemmap_base. The kernel runs on meanwhile, so one look may find a change half
 * done: see injector/inspect/cache_rounds.h.
 */
#ifndef TOOLS_MACHINE_FILE_CACHE_H
#define TOOLS_MACHINE_FILE_CACHE_H

#include "injector/base/kernel.h"
#include "injector/inspect/cache_check.h"
#include "injector/probe/kernel_text.h"

struct file_cache {
	struct kernel_text text;
	struct cache cache; /* its context points to this structure, which must not move */
};

/*
 * Finds the page cache of a file. fd: of a regular file that is not empty, open for reading. why:
 * on failure, gets what is missing, cut to `size` bytes. Returns 0; -EPERM: this kernel, or this
 * user, cannot read kernel memory (no /proc/kcore, lockdown, no vmemmap_base in /proc/kallsyms);
 * -ENOTSUP: the layout of this version is not known or does not fit; -EINVAL: not a regular file,
 * or empty; other -errno. Not reported.
 */
int file_cache_open(struct file_cache *file, int fd, const struct kernel_version *kernel, char *why,
		    size_t size);

#endif
