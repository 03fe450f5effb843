/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/image.h"
#include "injector/base/cleanup.h"
#include "injector/base/page_size.h"
#include "injector/base/report.h"

#include <ctype.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	BOOT_SECTOR = 512,
	HEADER_MAGIC = 0x202,
	HEADER_VERSION = 0x20e, /* little-endian, from BOOT_SECTOR on */
	HEADER_END = 0x210,
	ARM64_FLAGS = 0x18,
	ARM64_MAGIC = 0x38,
	ARM64_HEADER_END = 0x40,
	ELF_MACHINE = 0x12, /* little-endian, 16 bits */
	ELF_HEADER_END = 0x40,
};

/* Takes the first word at `at`, if it begins like a version. */
static int take_release(const char *data, size_t length, size_t at, char *release, size_t size)
{
	size_t end = at;

	if (at >= length || !isdigit((unsigned char)data[at]))
		return -EINVAL;
	while (end < length && isgraph((unsigned char)data[end]))
		end++;
	snprintf(release, size, "%.*s", (int)(end - at), data + at);
	return 0;
}

/* Finds the kernel's banner. Earlier matches may be format strings without a version. */
static int find_banner(const char *data, size_t length, char *release, size_t size)
{
	static const char banner[] = "Linux version ";
	const char *found;

	for (const char *from = data;
	     (found = memmem(from, length - (size_t)(from - data), banner, sizeof(banner) - 1));
	     from = found + 1)
		if (!take_release(data, length, (size_t)(found - data) + sizeof(banner) - 1,
				  release, size))
			return 0;
	return -EINVAL;
}

/* Returns the page size by bits 1 and 2 of the flags: 4, 16 or 64 KiB; 0: not set, as before
 * 4.6. */
static unsigned int arm64_page_size(unsigned int flags)
{
	static const unsigned int sizes[] = { PAGE_SIZE_LEAST, 4096, 16384, 65536 };

	return sizes[flags >> 1 & 3];
}

static int look(const char *data, size_t length, struct image_facts *facts)
{
	const unsigned char *bytes = (const unsigned char *)data;
	char *release = facts->release;

	facts->page_size = PAGE_SIZE_LEAST; /* not in a vmlinux */
	const size_t size = sizeof(facts->release);

	if (length > HEADER_END && !memcmp(data + HEADER_MAGIC, "HdrS", 4)) {
		facts->arch = GUEST_AMD64;
		return take_release(data, length,
				    BOOT_SECTOR + (size_t)bytes[HEADER_VERSION] +
					    ((size_t)bytes[HEADER_VERSION + 1] << 8),
				    release, size);
	}
	if (length > ARM64_HEADER_END && !memcmp(data + ARM64_MAGIC, "ARM\x64", 4)) {
		facts->arch = GUEST_ARM64;
		facts->page_size = arm64_page_size(bytes[ARM64_FLAGS]);
		return find_banner(data, length, release, size);
	}
	if (length < ELF_HEADER_END || memcmp(data, "\177ELF", 4) != 0 || bytes[ELF_MACHINE + 1])
		return -EINVAL;
	facts->arch = bytes[ELF_MACHINE] == EM_AARCH64 ? GUEST_ARM64 : GUEST_AMD64;
	return bytes[ELF_MACHINE] == EM_AARCH64 || bytes[ELF_MACHINE] == EM_X86_64
		       ? find_banner(data, length, release, size)
		       : -EINVAL;
}

int image_look(const char *path, struct image_facts *facts)
{
	static const char wanted[] = "name a bzImage, an arm64 Image or a vmlinux";
	/* So that a FIFO does not block. */
	_cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	void *data;
	int r;

	if (fd < 0 || fstat(fd, &status))
		return report(-errno, "%s", path);
	if (!S_ISREG(status.st_mode) || !status.st_size)
		return report(0, "%s: not a kernel image; %s", path, wanted);
	data = mmap(NULL, (size_t)status.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return report(-errno, "%s", path);
	r = look(data, (size_t)status.st_size, facts);
	munmap(data, (size_t)status.st_size);
	return r ? report(0, "%s: not a kernel image of x86-64 or arm64; %s", path, wanted) : 0;
}
