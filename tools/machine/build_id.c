/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/machine/build_id.h"
#include "injector/base/cleanup.h"

#include <elf.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

/* Returns a size rounded up to 4: name and description begin at multiples of it. */
static size_t padded(size_t size)
{
	return (size + 3) & ~(size_t)3;
}

static bool is_build_id(const Elf64_Nhdr *header, const char *name)
{
	return header->n_type == NT_GNU_BUILD_ID && header->n_namesz == sizeof(ELF_NOTE_GNU) &&
	       !memcmp(name, ELF_NOTE_GNU, sizeof(ELF_NOTE_GNU));
}

const char *build_id_in(const void *notes, size_t size, char text[BUILD_ID_TEXT])
{
	const char *at = notes;
	Elf64_Nhdr header;

	*text = '\0';
	while (size >= sizeof(header)) {
		size_t name, description;

		memcpy(&header, at, sizeof(header));
		at += sizeof(header);
		size -= sizeof(header);
		name = padded(header.n_namesz);
		description = padded(header.n_descsz);
		if (name > size || description > size - name)
			break;
		if (is_build_id(&header, at) && 2 * header.n_descsz < BUILD_ID_TEXT)
			return sodium_bin2hex(text, BUILD_ID_TEXT, (const unsigned char *)at + name,
					      header.n_descsz);
		at += name + description;
		size -= name + description;
	}
	return text;
}

const char *build_id_running(char text[BUILD_ID_TEXT])
{
	_cleanup_close_ int fd = open("/sys/kernel/notes", O_RDONLY | O_CLOEXEC);
	char notes[4096];
	ssize_t got = fd < 0 ? 0 : read(fd, notes, sizeof(notes));

	return build_id_in(notes, got > 0 ? (size_t)got : 0, text);
}
