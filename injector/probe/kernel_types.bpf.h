/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The members of kernel structs that gate.bpf.c reads. Their offsets are taken from the running
 * kernel's BTF at load time (CO-RE), so order and size here have no meaning.
 */
#ifndef INJECTOR_PROBE_KERNEL_TYPES_BPF_H
#define INJECTOR_PROBE_KERNEL_TYPES_BPF_H

#include <linux/types.h>
#include <stdbool.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct rlimit {
	unsigned long rlim_cur;
};

struct signal_struct {
	struct rlimit rlim[16];
};

struct task_struct {
	struct signal_struct *signal;
};

struct super_block {
	__u32 s_dev;
};

struct inode {
	struct super_block *i_sb;
	unsigned long i_ino;
};

typedef struct {
	int counter;
} atomic_t;

struct xarray {
	void *xa_head;
};

struct xa_node {
	unsigned char shift;
	void *slots[64];
};

struct address_space {
	struct inode *host;
	struct xarray i_pages;
};

struct page {
	unsigned long flags;
};

/* A plain word up to 6.17, a struct of one word from 6.18 on: see folio_flags(). */
typedef struct {
	unsigned long f;
} memdesc_flags_t;

struct folio___word {
	unsigned long flags;
};

/* 6.1 to 6.5. */
struct folio___old {
	unsigned char _folio_order;
};

struct folio {
	memdesc_flags_t flags;
	struct address_space *mapping;
	unsigned long index;
	atomic_t _refcount;
	unsigned long _flags_1; /* of a large folio; the low byte is the order (6.6 and later) */
};

struct folio_batch {
	unsigned char nr;
	struct folio *folios[1];
};

#pragma clang attribute pop

/* Bit numbers; the values are the running kernel's. */
enum pageflags {
	PG_writeback = 0,
	PG_dirty = 1,
	PG_head = 2,
};

#endif
