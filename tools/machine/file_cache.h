/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page cache of a file in the kernel that runs, read from /proc/kcore. The file's struct
 * address_space is found by the frame of one of its pages (/proc/self/pagemap) and the array of
 * struct page, which begins at vmemmap_base. The kernel runs on meanwhile, so what one look finds
 * wrong may have been half done: see injector/inspect/cache_rounds.h.
 */
#ifndef TOOLS_MACHINE_FILE_CACHE_H
#define TOOLS_MACHINE_FILE_CACHE_H

#include "injector/base/kernel.h"
#include "injector/inspect/cache_check.h"
#include "injector/probe/kernel_text.h"

struct file_cache {
	struct kernel_text text;
	struct cache cache; /* its context is this structure, which must stay where it is */
};

/*
 * Finds it. fd: of a regular file, open for reading, with a page or more. why: on failure, what is
 * missing, in words. Returns 0; -EPERM this kernel does not let itself be read (no /proc/kcore,
 * lockdown, no vmemmap_base in /proc/kallsyms), or not by this user; -ENOTSUP it is not known of
 * its version, or does not fit; -EINVAL the file has no page; other -errno. Not reported.
 */
int file_cache_open(struct file_cache *file, int fd, const struct kernel_version *kernel, char *why,
		    size_t size);

#endif
