/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/memory/zram.h"
#include "injector/base/cleanup.h"
#include "injector/base/program.h"
#include "injector/base/text_file.h"
#include "injector/base/units.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#define CONTROL "/sys/class/zram-control"

static int write_attribute(const char *device, const char *attribute, const char *text)
{
	char path[128];

	snprintf(path, sizeof(path), "/sys/block/%s/%s", strrchr(device, '/') + 1, attribute);
	return text_file_write(path, text);
}

bool zram_find(char *why, size_t size)
{
	bool found = !access(CONTROL "/hot_add", R_OK);

	snprintf(why, size, CONTROL "%s%s", found ? "" : ": ", found ? "" : strerror(errno));
	return found;
}

/* Whoever reads it gets the number of a new device. */
int zram_make(char *device, size_t room)
{
	_cleanup_close_ int fd = open(CONTROL "/hot_add", O_RDONLY | O_CLOEXEC);
	char number[16] = "";
	ssize_t got = fd < 0 ? -1 : read(fd, number, sizeof(number) - 1);

	if (got < 0)
		return -errno;
	number[strcspn(number, "\n")] = '\0';
	snprintf(device, room, "/dev/zram%s", number);
	return 0;
}

static int make_swap(const char *device)
{
	int status, r = program_run((const char *[]){ "mkswap", device, NULL }, &status);

	return r ? r : status ? -EIO : 0;
}

int zram_swap(const char *device, uint64_t bytes)
{
	char text[32];
	int r;

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	r = write_attribute(device, "disksize", text);
	if (!r)
		r = make_swap(device);
	if (!r && swapon(device, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK))
		r = -errno;
	return r;
}

/* While somebody looks what is on the new device, it is busy. */
static int reset(const char *device)
{
	int r = 0;

	for (int tries = 0; tries < 200; tries++) {
		r = write_attribute(device, "reset", "1");
		if (r != -EBUSY)
			return r;
		units_sleep(10000000);
	}
	return r;
}

int zram_remove(const char *device)
{
	int r;

	/* EINVAL: nobody swaps there. */
	if (swapoff(device) && errno != EINVAL && errno != ENOENT)
		return -errno;
	r = reset(device);
	if (r == -ENOENT)
		return 0;
	return r ? r : text_file_write(CONTROL "/hot_remove", device + strlen("/dev/zram"));
}
