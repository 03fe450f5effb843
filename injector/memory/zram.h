/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap in compressed memory: the run's own zram device (Linux 4.2 and later). Its pages are in
 * ordinary memory, and were the victims in the first reports of stale folios.
 */
#ifndef INJECTOR_MEMORY_ZRAM_H
#define INJECTOR_MEMORY_ZRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the kernel can make zram devices. why: the path, or what is missing; `size` bytes. No
 * function here reports errors. */
bool zram_find(char *why, size_t size);

/* Makes a device without a size. device: set to its path, "/dev/zram1"; `room` bytes. Returns 0 or
 * -errno. */
int zram_make(char *device, size_t room);

/* The sequence number of the device among all disks since boot, which a later device of the same
 * path does not share; 0 before 5.15. */
uint64_t zram_sequence(const char *device);

/* Sets the size of the device and swaps to it before any other swap. label: up to 15 characters,
 * for zram_remove(). Returns 0; -ENOENT no mkswap; -EIO mkswap failed; -errno. */
int zram_swap(const char *device, uint64_t bytes, const char *label);

/*
 * Ends swapping to the device, and removes it, if it has this sequence and either swap with this
 * label or no data. Returns 0, also if there is no such device; -ESTALE it is another process's;
 * -ENOMEM its pages have no room elsewhere; -errno.
 */
int zram_remove(const char *device, uint64_t sequence, const char *label);

#endif
