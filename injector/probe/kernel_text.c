/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/kernel_text.h"
#include "injector/base/cleanup.h"

#include <elf.h>
#include <fcntl.h>
#include <string.h>

/* Longer than any function that is decoded. */
enum { CODE_MAX = 64 << 10 };

/* /proc/kcore is an ELF file whose segments have the kernel's addresses. */
static int read_kcore(void *context, uint64_t address, void *into, size_t size)
{
	_cleanup_close_ int fd = open("/proc/kcore", O_RDONLY | O_CLOEXEC);
	Elf64_Ehdr header;
	Elf64_Phdr segment;

	(void)context;
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

int kernel_text_here(struct kernel_text *text, const struct kernel_symbols *symbols)
{
	int isa = machine_isa_here();

	if (isa < 0)
		return isa;
	*text = (struct kernel_text){ symbols, (enum machine_isa)isa, read_kcore, NULL };
	return 0;
}

int kernel_text_function(const struct kernel_text *text, uint64_t address, void **code)
{
	uint64_t size = kernel_symbols_end(text->symbols, address) - address;
	_cleanup_free_ void *read = NULL;
	int r;

	*code = NULL;
	if (size > CODE_MAX)
		size = CODE_MAX;
	read = malloc(size);
	if (!read)
		return -ENOMEM;
	r = text->read(text->context, address, read, size);
	if (r)
		return r;
	*code = read;
	read = NULL;
	return (int)size;
}
