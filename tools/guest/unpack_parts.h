/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two halves of unpacking: one decodes the archive into a file of records, the other writes
 * files from these records. The second half does not trust the records.
 */
#ifndef TOOLS_GUEST_UNPACK_PARTS_H
#define TOOLS_GUEST_UNPACK_PARTS_H

#include "tools/guest/unpack.h"

#include <stdint.h>

enum unpack_record_kind {
	UNPACK_ENTRY, /* begins an entry; its name follows */
	UNPACK_DATA,  /* of the entry; the bytes follow */
	UNPACK_END,   /* the archive was complete */
};

enum unpack_type { UNPACK_FILE, UNPACK_DIRECTORY, UNPACK_HARD_LINK, UNPACK_OTHER };

struct unpack_record {
	uint32_t kind, type; /* type: of UNPACK_ENTRY */
	uint64_t length;     /* bytes that follow */
	int64_t at;          /* of UNPACK_DATA: offset in the file; of UNPACK_ENTRY: its size */
};

enum { UNPACK_BLOCK = 1 << 16, UNPACK_NAME_MAX = 4096 }; /* longer names are cut to that */

/* Results of the decoder. */
enum unpack_decoded { UNPACK_WHOLE, UNPACK_CUT, UNPACK_TOO_LARGE, UNPACK_NO_ROOM };

/* Decodes a tar.gz to records. Returns an enum unpack_decoded; in any case, the records written so
 * far are valid. */
int unpack_decode(int from, int to);

/* Unpacks the records up to the end or to an invalid one. from: at their begin; closed here.
 * directory, unpacked: see unpack_archive(). Returns the job's exit code, or -ENODATA. */
int unpack_take(int from, const char *directory, struct unpacked *unpacked);

#endif
