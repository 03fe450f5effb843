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
#include <stdlib.h>
#include <string.h>
#include <sys/swap.h>
#include <unistd.h>

#define CONTROL "/sys/class/zram-control"

static const char *attribute_path(const char *device, const char *attribute, char path[128])
{
	snprintf(path, 128, "/sys/block/%s/%s", strrchr(device, '/') + 1, attribute);
	return path;
}

/* The number at the start of an attribute; `absent` if there is no attribute. */
static uint64_t read_attribute(const char *device, const char *attribute, uint64_t absent)
{
	_cleanup_free_ char *text = NULL;
	char path[128];

	if (text_file_read(attribute_path(device, attribute, path), &text, NULL))
		return absent;
	return strtoull(text, NULL, 10);
}

bool zram_find(char *why, size_t size)
{
	bool found = !access(CONTROL "/hot_add", R_OK);

	snprintf(why, size, CONTROL "%s%s", found ? "" : ": ", found ? "" : strerror(errno));
	return found;
}

/* Reading hot_add makes a device and returns its number. */
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

uint64_t zram_sequence(const char *device)
{
	return read_attribute(device, "diskseq", 0);
}

static int make_swap(const char *device, const char *label)
{
	int status;
	int r = program_run((const char *[]){ "mkswap", "-L", label, device, NULL }, &status);

	return r ? r : status ? -EIO : 0;
}

int zram_swap(const char *device, uint64_t bytes, const char *label)
{
	char text[32], path[128];
	int r;

	snprintf(text, sizeof(text), "%" PRIu64, bytes);
	r = text_file_write(attribute_path(device, "disksize", path), text);
	if (!r)
		r = make_swap(device, label);
	if (!r && swapon(device, SWAP_FLAG_PREFER | SWAP_FLAG_PRIO_MASK))
		r = -errno;
	return r;
}

/* Reads the label in union swap_header of include/linux/swap.h. */
static bool has_label(const char *device, const char *label)
{
	enum { LABEL = 1052, LABEL_SIZE = 16 };
	_cleanup_close_ int fd = open(device, O_RDONLY | O_CLOEXEC);
	long page = sysconf(_SC_PAGESIZE);
	char magic[10], found[LABEL_SIZE + 1] = "";

	return fd >= 0 && pread(fd, magic, sizeof(magic), page - 10) == sizeof(magic) &&
	       !memcmp(magic, "SWAPSPACE2", sizeof(magic)) &&
	       pread(fd, found, LABEL_SIZE, LABEL) == LABEL_SIZE && !strcmp(found, label);
}

/* Whether the device has no size, or nothing was written to it. */
static bool is_empty(const char *device)
{
	return !read_attribute(device, "disksize", 1) || !read_attribute(device, "mm_stat", 1);
}

/* Tries again while the device is busy, for instance because udev probes its content. */
static int hot_remove(const char *device)
{
	int r = -EBUSY;

	for (int tries = 0; r == -EBUSY && tries < 200; tries++) {
		if (tries)
			units_sleep(10000000);
		r = text_file_write(CONTROL "/hot_remove", device + strlen("/dev/zram"));
	}
	return r == -ENODEV ? 0 : r;
}

int zram_remove(const char *device, uint64_t sequence, const char *label)
{
	char path[128];

	if (strncmp(device, "/dev/zram", strlen("/dev/zram")))
		return -EINVAL;
	if (access(attribute_path(device, "disksize", path), F_OK))
		return 0;
	if (zram_sequence(device) != sequence || (!has_label(device, label) && !is_empty(device)))
		return -ESTALE;
	/* EINVAL: it is not in use as swap. */
	if (swapoff(device) && errno != EINVAL && errno != ENOENT)
		return -errno;
	return hot_remove(device);
}
