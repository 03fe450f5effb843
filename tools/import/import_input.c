/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/import/import_input.h"
#include "injector/base/array.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"
#include "injector/base/text_file.h"
#include "tools/base/confined.h"
#include "tools/base/scratch.h"

#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { BLOCK = 64 << 10 };

enum { UNPACK_FAILED = 1, UNPACK_TOO_LARGE, UNPACK_NO_ROOM, UNPACK_CUT };

static int unpack_archive_entry(struct archive *archive, int to)
{
	static char block[BLOCK];
	struct archive_entry *entry;
	uint64_t total = 0;
	la_ssize_t got;

	if (archive_read_next_header(archive, &entry))
		return UNPACK_FAILED;
	while ((got = archive_read_data(archive, block, sizeof(block))) > 0) {
		total += (uint64_t)got;
		if (total > IMPORT_UNPACKED_MAX)
			return UNPACK_TOO_LARGE;
		if (write_whole(to, block, (size_t)got))
			return UNPACK_NO_ROOM;
	}
	/* What came before a damage, or before the file was cut off, is used. */
	return got >= 0 ? 0 : total ? UNPACK_CUT : UNPACK_FAILED;
}

static int unpack_packed(int from, int to)
{
	struct archive *archive = archive_read_new();
	int r = UNPACK_FAILED;

	archive_read_support_format_raw(archive);
	archive_read_support_filter_gzip(archive);
	archive_read_support_filter_bzip2(archive);
	archive_read_support_filter_xz(archive);
	archive_read_support_filter_zstd(archive);
	archive_read_support_filter_lz4(archive);
	if (!archive_read_open_fd(archive, from, BLOCK))
		r = unpack_archive_entry(archive, to);
	archive_read_free(archive);
	return r;
}

/* One character of UTF-16 as UTF-8; what is no character becomes a question mark. Returns its
 * bytes. */
static size_t as_utf8(unsigned int code, char *to)
{
	if (code >= 0xd800 && code < 0xe000)
		code = '?';
	if (code < 0x80) {
		to[0] = (char)code;
		return 1;
	}
	if (code < 0x800) {
		to[0] = (char)(0xc0 | code >> 6);
		to[1] = (char)(0x80 | (code & 0x3f));
		return 2;
	}
	to[0] = (char)(0xe0 | code >> 12);
	to[1] = (char)(0x80 | (code >> 6 & 0x3f));
	to[2] = (char)(0x80 | (code & 0x3f));
	return 3;
}

static int unpack_utf16(int from, int to)
{
	static unsigned char block[BLOCK];
	static char text[BLOCK / 2 * 3];
	uint64_t total = 0;
	ssize_t got = read(from, block, 2);
	bool big = got == 2 && (block[0] == 0xfe || !block[0]);

	/* Without its mark the first character is one. */
	if (got == 2 && (!block[0] || !block[1]) && lseek(from, 0, SEEK_SET))
		return UNPACK_FAILED;

	while ((got = read(from, block, sizeof(block))) > 0) {
		size_t length = 0;

		/* A read of a file is cut at its end alone. */
		for (ssize_t i = 0; i + 1 < got; i += 2)
			length += as_utf8((unsigned int)(block[i + big] | block[i + !big] << 8),
					  text + length);
		total += length;
		if (total > IMPORT_UNPACKED_MAX)
			return UNPACK_TOO_LARGE;
		if (write_whole(to, text, length))
			return UNPACK_NO_ROOM;
	}
	return 0;
}

static const struct packing {
	const char *name, *magic;
	size_t length;
	int (*unpack)(int from, int to);
} packings[] = {
	{ "gzip", "\x1f\x8b\x08", 3, unpack_packed },
	{ "xz",
	  "\xfd"
	  "7zXZ",
	  6, unpack_packed },
	{ "zstd", "\x28\xb5\x2f\xfd", 4, unpack_packed },
	{ "lz4", "\x04\x22\x4d\x18", 4, unpack_packed },
	{ "bzip2", "BZh", 3, unpack_packed },
	{ "UTF-16", "\xff\xfe", 2, unpack_utf16 },
	{ "UTF-16", "\xfe\xff", 2, unpack_utf16 },
};

static int unpack(int fd, int to, const struct packing *packing, const char *path, bool *cut)
{
	int r = confined_decode(packing->unpack, fd, to, IMPORT_UNPACKED_MAX + BLOCK);

	if (r < 0 && r != -EBADMSG)
		return r;
	*cut = r == UNPACK_CUT;
	switch (r) {
	case 0:
	case UNPACK_CUT:
		return 0;
	case UNPACK_TOO_LARGE:
		return report(0,
			      "%s: more than %ju MiB when it is unpacked; unpack it, and give the "
			      "part that counts",
			      path, (uintmax_t)(IMPORT_UNPACKED_MAX >> 20));
	case UNPACK_NO_ROOM:
		return report(-ENOSPC, "%s: unpacking it", path);
	default:
		return report(0,
			      "%s: begins as %s does, but cannot be unpacked: it is damaged, or "
			      "takes more than %d MiB of memory",
			      path, packing->name, CONFINED_MEMORY_MAX >> 20);
	}
}

/* Text of which every other byte is 0. */
static bool is_utf16(const char *begin, size_t size)
{
	bool little = size >= 8, big = size >= 8;

	for (size_t i = 0; i + 1 < size; i += 2) {
		little &= begin[i] && !begin[i + 1];
		big &= !begin[i] && begin[i + 1];
	}
	return little || big;
}

static const struct packing *packing_of(int fd)
{
	static const struct packing unmarked = { "UTF-16", "", 0, unpack_utf16 };
	char begin[8] = "";
	ssize_t got = pread(fd, begin, sizeof(begin), 0);

	if (got > 0 && is_utf16(begin, (size_t)got))
		return &unmarked;

	for (size_t i = 0; got > 0 && i < ARRAY_SIZE(packings); i++)
		if ((size_t)got >= packings[i].length &&
		    !memcmp(begin, packings[i].magic, packings[i].length))
			return &packings[i];
	return NULL;
}

static const struct container {
	const char *magic;
	size_t length;
	off_t offset;
	const char *is; /* and what to do */
} containers[] = {
	{ "ustar", 5, 257, "a tar archive; unpack it, and give the file of it that counts" },
	{ "PK\3\4", 4, 0, "a zip archive; unpack it, and give the file of it that counts" },
	{ "7z\xbc\xaf", 4, 0, "a 7z archive; unpack it, and give the file of it that counts" },
	{ "Rar!", 4, 0, "a rar archive; unpack it, and give the file of it that counts" },
	{ "!<arch>\n", 8, 0,
	  "an archive of ar(1); unpack it, and give the file of it that counts" },
	{ "KDUMP   ", 8, 0, "a dump of a kernel; give what crash(8) prints for its command log" },
	{ "DISKDUMP", 8, 0, "a dump of a kernel; give what crash(8) prints for its command log" },
	{ "\177ELF", 4, 0,
	  "an ELF file, as programs and dumps of kernels are; of a dump give what crash(8) prints "
	  "for its command log" },
	{ "PERFILE2", 8, 0, "data of perf(1); give what `perf script` prints" },
	{ "\211PNG", 4, 0, "a picture; give the text that it shows" },
	{ "\377\330\377", 3, 0, "a picture; give the text that it shows" },
	{ "%PDF-", 5, 0, "a PDF; give the text of it" },
};

int import_refuse_containers(int fd, const char *path)
{
	char begin[16];

	for (size_t i = 0; i < ARRAY_SIZE(containers); i++) {
		const struct container *one = &containers[i];

		if (pread(fd, begin, one->length, one->offset) == (ssize_t)one->length &&
		    !memcmp(begin, one->magic, one->length))
			return report(0, "%s: is %s", path, one->is);
	}
	return 0;
}

int import_input(int fd, int directory, const char *path, const char **what, bool *cut)
{
	const struct packing *packing = packing_of(fd);
	_cleanup_close_ int to = -1;
	int r;

	*what = packing ? packing->name : NULL;
	*cut = false;
	if (!packing)
		return fd;
	to = scratch_file(directory, path);
	if (to < 0)
		return to;
	r = unpack(fd, to, packing, path, cut);
	if (r)
		return r;
	lseek(to, 0, SEEK_SET);
	return take_fd(&to);
}
