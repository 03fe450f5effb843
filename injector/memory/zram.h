/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Swap in compressed memory: a zram device of the run's own (Linux 4.2 and later), whose pages lie
 * among all others, and were the victims of the first reports of stale folios.
 */
#ifndef INJECTOR_MEMORY_ZRAM_H
#define INJECTOR_MEMORY_ZRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Whether the kernel makes such devices. why: where, or what is missing; `size` bytes. */
bool zram_find(char *why, size_t size);

/* Makes a device without size. device: its path, "/dev/zram1"; `room` bytes. Returns 0 or -errno.
 * Not reported, as in what follows. */
int zram_make(char *device, size_t room);

/* The number of this device among all disks since boot, which one that gets the same path does not
 * have; 0 before 5.15. */
uint64_t zram_sequence(const char *device);

/* Gives it so many bytes and swaps there, before any other swap. label: up to 15 characters, by
 * which zram_remove() knows it. Returns 0; -ENOENT no mkswap; -EIO it failed; -errno. */
int zram_swap(const char *device, uint64_t bytes, const char *label);

/*
 * Swaps back in what is there, and removes the device, if it is the one with this sequence and
 * either has swap with this label on it or holds nothing. Returns 0, also where there is none;
 * -ESTALE it belongs to another process; -ENOMEM what is there has no place elsewhere; -errno.
 */
int zram_remove(const char *device, uint64_t sequence, const char *label);

#endif
