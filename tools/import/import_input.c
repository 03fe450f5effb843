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
	/* Uses what precedes the damage or truncation. */
	return got >= 0 ? 0 : total ? UNPACK_CUT : UNPACK_FAILED;
}

/* layers: set to the number of compressions, which libarchive undoes at once. */
static int unpack_layers(int from, int to, int *layers)
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
	/* The count includes a last filter, for plain data. */
	*layers = archive_filter_count(archive) - 1;
	archive_read_free(archive);
	return r;
}

static int unpack_packed(int from, int to)
{
	int layers;

	return unpack_layers(from, to, &layers);
}

/* CRC-32 (RFC 1952) of a file from its start. */
static int sum_file(int fd, uint32_t *sum, uint64_t *size)
{
	static unsigned char block[BLOCK];
	uint32_t table[256];
	ssize_t got;

	for (uint32_t byte = 0; byte < ARRAY_SIZE(table); byte++) {
		table[byte] = byte;
		for (int bit = 0; bit < 8; bit++)
			table[byte] = table[byte] >> 1 ^ (table[byte] & 1 ? 0xedb88320 : 0);
	}
	*sum = UINT32_MAX;
	for (*size = 0; (got = pread(fd, block, sizeof(block), (off_t)*size)) > 0;
	     *size += (uint64_t)got)
		for (ssize_t i = 0; i < got; i++)
			*sum = table[(*sum ^ block[i]) & 0xff] ^ *sum >> 8;
	*sum = ~*sum;
	return (int)got;
}

static uint32_t little_endian(const unsigned char *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
	       (uint32_t)at[3] << 24;
}

/* Whether another member of a gzip file may begin within it. */
static bool has_members(int fd)
{
	static char block[BLOCK];
	const ssize_t overlap = 2;
	ssize_t got;

	for (off_t at = 1; (got = pread(fd, block, sizeof(block), at)) > overlap;
	     at += got - overlap)
		if (memmem(block, (size_t)got, "\x1f\x8b\x08", 3))
			return true;
	return false;
}

/* libarchive does not check the CRC of a gzip file, which is that of its last member. */
static int unpack_gzip(int from, int to)
{
	unsigned char trailer[8];
	uint32_t sum;
	uint64_t size;
	off_t end = lseek(from, 0, SEEK_END);
	int layers = 0;
	int r = lseek(from, 0, SEEK_SET) ? UNPACK_FAILED : unpack_layers(from, to, &layers);

	if (r || layers != 1 || pread(from, trailer, sizeof(trailer), end - 8) != sizeof(trailer) ||
	    sum_file(to, &sum, &size))
		return r;
	if (little_endian(trailer + 4) != (uint32_t)size)
		return has_members(from) ? 0 : UNPACK_CUT;
	return little_endian(trailer) == sum ? 0 : UNPACK_CUT;
}

/* Converts one character of UTF-16 to UTF-8; an invalid one becomes a question mark. Returns the
 * number of bytes. */
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

	/* Without a byte order mark the first character counts. */
	if (got == 2 && (!block[0] || !block[1]) && lseek(from, 0, SEEK_SET))
		return UNPACK_FAILED;

	while ((got = read(from, block, sizeof(block))) > 0) {
		size_t length = 0;

		/* A short read means the end of a file. */
		for (ssize_t i = 0; i + 1 < got; i += 2)
			length += as_utf8((unsigned int)(block[i + big] | block[i + !big] << 8),
					  text + length);
		total += length;
		if (total > IMPORT_UNPACKED_MAX)
			return UNPACK_TOO_LARGE;
		if (write_whole(to, text, length))
			return UNPACK_NO_ROOM;
	}
	return got < 0 ? UNPACK_CUT : 0;
}

static const struct packing {
	const char *name, *magic;
	size_t length;
	int (*unpack)(int from, int to);
} packings[] = {
	{ "gzip", "\x1f\x8b\x08", 3, unpack_gzip },
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

/* Whether every other byte is 0. */
static bool is_utf16(const char *begin, size_t size)
{
	bool little = size >= 8, big = size >= 8;

	for (size_t i = 0; i + 1 < size; i += 2) {
		little &= begin[i] && !begin[i + 1];
		big &= !begin[i] && begin[i + 1];
	}
	return little || big;
}

/* text: UTF-16 counts as packed. */
static const struct packing *packing_of(int fd, bool text)
{
	static const struct packing unmarked = { "UTF-16", "", 0, unpack_utf16 };
	char begin[8] = "";
	ssize_t got = pread(fd, begin, sizeof(begin), 0);

	if (text && got > 0 && is_utf16(begin, (size_t)got))
		return &unmarked;

	for (size_t i = 0; got > 0 && i < ARRAY_SIZE(packings); i++)
		if ((text || packings[i].unpack != unpack_utf16) &&
		    (size_t)got >= packings[i].length &&
		    !memcmp(begin, packings[i].magic, packings[i].length))
			return &packings[i];
	return NULL;
}

static const struct container {
	const char *magic;
	size_t length;
	off_t offset;
	const char *is; /* for other files than archives also what to do */
} containers[] = {
	{ "ustar", 5, 257, "a tar archive" },
	{ "PK\3\4", 4, 0, "a zip archive" },
	{ "7z\xbc\xaf", 4, 0, "a 7z archive" },
	{ "Rar!", 4, 0, "a rar archive" },
	{ "!<arch>\n", 8, 0, "an archive of ar(1)" },
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

enum { ARCHIVES = 5 /* the first ones */ };

static const struct container *container_of(int fd, size_t count)
{
	char begin[16];

	for (size_t i = 0; i < count; i++) {
		const struct container *one = &containers[i];

		if (pread(fd, begin, one->length, one->offset) == (ssize_t)one->length &&
		    !memcmp(begin, one->magic, one->length))
			return one;
	}
	return NULL;
}

const char *import_archive(int fd)
{
	const struct container *archive = container_of(fd, ARCHIVES);

	return archive ? archive->is : NULL;
}

int import_refuse_containers(int fd, const char *path)
{
	const char *archive = import_archive(fd);
	const struct container *other = container_of(fd, ARRAY_SIZE(containers));

	if (archive)
		return report(0, "%s: is %s; unpack it, and give the file of it that counts", path,
			      archive);
	return other ? report(0, "%s: is %s", path, other->is) : 0;
}

/* Undoes one layer. Returns as import_input() does. */
static int unpack_layer(int fd, int directory, const char *path, const struct packing *packing,
			bool *cut)
{
	_cleanup_close_ int to = scratch_file(directory, path);
	int r;

	if (to < 0)
		return to;
	r = unpack(fd, to, packing, path, cut);
	if (r)
		return r;
	lseek(to, 0, SEEK_SET);
	return take_fd(&to);
}

/* Text in UTF-16 may be compressed, so undoes several layers. */
static int unpack_all(int fd, int directory, const char *path, bool text, const char **what,
		      bool *cut)
{
	enum { LAYERS = 3 };
	const struct packing *packing = packing_of(fd, text);
	int from = fd;

	*what = packing ? packing->name : NULL;
	*cut = false;
	for (int i = 0; i < LAYERS && packing; i++) {
		bool lost = false;
		int to = unpack_layer(from, directory, path, packing, &lost);

		*cut |= lost;
		if (from != fd)
			close(from);
		if (to < 0)
			return to;
		from = to;
		packing = packing_of(from, text);
	}
	return from;
}

int import_input(int fd, int directory, const char *path, const char **what, bool *cut)
{
	return unpack_all(fd, directory, path, true, what, cut);
}

int import_unpack(int fd, const char *path, const char **what, bool *cut)
{
	return unpack_all(fd, -1, path, false, what, cut);
}
