/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two halves of unpacking: who decodes the archive, and who writes files of what was decoded.
 * Between them is a file of records. Neither half believes the other's input.
 */
#ifndef TOOLS_GUEST_UNPACK_PARTS_H
#define TOOLS_GUEST_UNPACK_PARTS_H

#include "tools/guest/unpack.h"

#include <stdint.h>

enum unpack_record_kind {
	UNPACK_ENTRY, /* begins one: its name follows */
	UNPACK_DATA,  /* of it: they follow */
	UNPACK_END,   /* it was whole */
};

enum unpack_type { UNPACK_FILE, UNPACK_DIRECTORY, UNPACK_HARD_LINK, UNPACK_OTHER };

struct unpack_record {
	uint32_t kind, type; /* type: of UNPACK_ENTRY */
	uint64_t length;     /* bytes that follow */
	int64_t at;          /* of UNPACK_DATA: offset in the file; of UNPACK_ENTRY: its size */
};

enum { UNPACK_BLOCK = 1 << 16, UNPACK_NAME_MAX = 4096 }; /* longer names are cut to that */

/* What the decoder returns. */
enum unpack_decoded { UNPACK_WHOLE, UNPACK_CUT, UNPACK_TOO_LARGE, UNPACK_NO_ROOM };

/* Decodes a tar.gz to records. Returns an enum unpack_decoded; there are records in any case. */
int unpack_decode(int from, int to);

/* Takes the records up to the end, or to one that is wrong. from: at their begin, and taken over.
 * directory, unpacked: as unpack_archive() has them. Returns the job's exit code, or -ENODATA. */
int unpack_take(int from, const char *directory, struct unpacked *unpacked);

#endif
