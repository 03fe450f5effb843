/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the FUSE protocol that <linux/fuse.h> of older distributions lacks. */
#ifndef FUSEFS_PROTOCOL_H
#define FUSEFS_PROTOCOL_H

#include <assert.h>
#include <linux/fuse.h>
#include <linux/ioctl.h>
#include <stddef.h>
#include <stdint.h>

/* INIT flags, with the protocol version. Those from bit 32 on are in flags2, valid with INIT_EXT.
 */
#define INIT_HANDLE_KILLPRIV_V2 (UINT64_C(1) << 28) /* 7.33 */
#define INIT_EXT                (UINT64_C(1) << 30) /* 7.36 */
#define INIT_DIRECT_IO_MMAP     (UINT64_C(1) << 36) /* 7.39 */
#define INIT_PASSTHROUGH        (UINT64_C(1) << 37) /* 7.40 */

/* Clear setuid and setgid: in write_flags of a write, in `valid` of a setattr. */
enum { WRITE_KILL_SUIDGID = 1 << 2, SETATTR_KILL_SUIDGID = 1 << 11 };

/* __FMODE_EXEC in the flags of an open: the kernel opens a program to run it. */
enum { OPEN_EXEC = 0x20 };

/* FOPEN_PARALLEL_DIRECT_WRITES (7.38) and FOPEN_PASSTHROUGH (7.40). */
enum { OPEN_PARALLEL_DIRECT_WRITES = 1 << 6, OPEN_PASSTHROUGH = 1 << 7 };

/* struct fuse_init_out as of 7.40. */
struct init_out {
	uint32_t major;
	uint32_t minor;
	uint32_t max_readahead;
	uint32_t flags;
	uint16_t max_background;
	uint16_t congestion_threshold;
	uint32_t max_write;
	uint32_t time_gran;
	uint16_t max_pages;
	uint16_t map_alignment;
	uint32_t flags2;
	uint32_t max_stack_depth;
	uint32_t unused[6];
};

static_assert(sizeof(struct init_out) == 64, "INIT reply of the protocol");

/* struct fuse_init_in as of 7.36. */
struct init_in {
	uint32_t major;
	uint32_t minor;
	uint32_t max_readahead;
	uint32_t flags;
	uint32_t flags2;
	uint32_t unused[11];
};

/* struct fuse_open_out as of 7.40. */
struct open_out {
	uint64_t fh;
	uint32_t open_flags;
	int32_t backing_id;
};

static_assert(sizeof(struct open_out) == sizeof(struct fuse_open_out),
	      "OPEN reply of the protocol");

/* Registers an open file for passthrough, by ioctl(2) on the session's descriptor, which returns
 * the backing id. Requires CAP_SYS_ADMIN (6.9, fs/fuse/passthrough.c). */
struct backing_map {
	int32_t fd;
	uint32_t flags;
	uint64_t padding;
};

#define DEVICE_BACKING_OPEN  _IOW(229, 1, struct backing_map)
#define DEVICE_BACKING_CLOSE _IOW(229, 2, uint32_t)

#endif
