/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The page size of aims, holes, page numbers in messages and results, and sizes in scenarios. It is
 * this kernel's, 4 KiB on x86-64 and 4, 16 or 64 KiB on arm64, unless a guest's is chosen. Content
 * has a stamp every 4 KiB on all machines (STAMP_PAGE_SIZE), so each page begins with its own.
 */
#ifndef INJECTOR_BASE_PAGE_SIZE_H
#define INJECTOR_BASE_PAGE_SIZE_H

enum { PAGE_SIZE_LEAST = 4096, PAGE_SIZE_MOST = 65536 };

/* In bytes. */
unsigned int page_size(void);

/* Sets the page size to that of a guest's kernel: 4096, 16384 or 65536. Call it before starting
 * threads. */
void page_size_choose(unsigned int size);

#endif
