/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The size of the pages that everything is about: aims, holes, the numbers of pages in messages and
 * results, and sizes in scenarios. It is this kernel's, 4 KiB on x86-64, and 4, 16 or 64 KiB on
 * arm64, unless a guest's has been chosen. Content is stamped by 4 KiB everywhere
 * (STAMP_PAGE_SIZE): each page begins with a stamp of its own.
 */
#ifndef INJECTOR_BASE_PAGE_SIZE_H
#define INJECTOR_BASE_PAGE_SIZE_H

enum { PAGE_SIZE_LEAST = 4096, PAGE_SIZE_MOST = 65536 };

/* In bytes. */
unsigned int page_size(void);

/* From now on it is that of another kernel, before threads are started: 4096, 16384 or 65536. */
void page_size_choose(unsigned int size);

#endif
