/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/call_site.h"
#include "injector/base/cleanup.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer than any function that is looked through. */
enum { CODE_MAX = 64 << 10 };

#if defined(__x86_64__)
enum { CALL_STEP = 1, CALL_SIZE = 5 };

static int calls(const uint8_t *code, uint64_t address, uint64_t callee)
{
	int32_t distance;

	memcpy(&distance, code + 1, sizeof(distance));
	return code[0] == 0xe8 && address + CALL_SIZE + (uint64_t)(int64_t)distance == callee;
}
#elif defined(__aarch64__)
enum { CALL_STEP = 4, CALL_SIZE = 4 };

static int calls(const uint8_t *code, uint64_t address, uint64_t callee)
{
	uint32_t word;

	memcpy(&word, code, sizeof(word));
	return word >> 26 == 0x25 &&
	       address + (uint64_t)((int64_t)(int32_t)(word << 6) >> 4) == callee;
}
#else
enum { CALL_STEP = 1, CALL_SIZE = 1 };

static int calls(const uint8_t *code, uint64_t address, uint64_t callee)
{
	(void)code, (void)address, (void)callee;
	return 0;
}
#endif

size_t call_site_scan(const void *code, size_t size, uint64_t address, uint64_t callee,
		      size_t *offsets, size_t most)
{
	size_t found = 0;

	for (size_t at = 0; at + CALL_SIZE <= size && found < most; at += CALL_STEP)
		if (calls((const uint8_t *)code + at, address + at, callee))
			offsets[found++] = at;
	return found;
}

/* /proc/kcore is an ELF file whose segments lie at the kernel's own addresses. */
static int read_kernel(uint64_t address, void *into, size_t size)
{
	_cleanup_close_ int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	if (fd < 0)
		return -errno;
	if (pread(fd, &header, sizeof(header), 0) != sizeof(header) ||
	    memcmp(header.e_ident, ELFMAG, SELFMAG) || header.e_phentsize != sizeof(segment))
		return -EIO;
	for (unsigned int i = 0; i < header.e_phnum; i++) {
		off_t at = (off_t)(header.e_phoff + i * sizeof(segment));

		if (pread(fd, &segment, sizeof(segment), at) != sizeof(segment))
			return -EIO;
		if (segment.p_type != PT_LOAD || address < segment.p_vaddr ||
		    address - segment.p_vaddr + size > segment.p_memsz)
			continue;
		at = (off_t)(segment.p_offset + (address - segment.p_vaddr));
		return pread(fd, into, size, at) == (ssize_t)size ? 0 : -EIO;
	}
	return -EIO;
}

int call_site_find(const struct kernel_symbols *symbols, const char *caller, const char *callee,
		   size_t *offsets, size_t most)
{
	const struct kernel_symbol *from = kernel_symbols_find(symbols, caller);
	const struct kernel_symbol *to = from ? kernel_symbols_find(symbols, callee) : NULL;
	_cleanup_free_ void *code = malloc(CODE_MAX);
	uint64_t size;
	int r;

	if (!code)
		return -ENOMEM;
	if (!to || !from->address || !to->address)
		return -ENOENT;
	size = kernel_symbols_end(symbols, from->address) - from->address;
	if (size > CODE_MAX)
		size = CODE_MAX;
	r = read_kernel(from->address, code, size);
	return r ? r : (int)call_site_scan(code, size, from->address, to->address, offsets, most);
}
