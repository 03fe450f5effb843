/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/unpack.h"
#include "injector/base/report.h"
#include "tools/base/confined.h"
#include "tools/base/scratch.h"
#include "tools/guest/unpack_parts.h"

#include <errno.h>
#include <unistd.h>

enum { RECORDS_MAX = UNPACK_BYTES_MAX + (100 << 20) };

/* What was decoded is taken, also if the decoder has failed. */
int unpack_archive(int fd, const char *directory, struct unpacked *unpacked)
{
	int decoded = scratch_file(-1, "what the guest has left"), how, code;

	*unpacked = (struct unpacked){ .result = NULL };
	if (decoded < 0)
		return unpacked->unsaved = directory, -ENODATA;
	how = confined_decode(unpack_decode, fd, decoded, RECORDS_MAX);
	if (how == -EBADMSG)
		report(0,
		       "what the guest has left: its decoder was ended; it is damaged, or takes "
		       "more than %d MiB of memory",
		       CONFINED_MEMORY_MAX >> 20);
	if (how == UNPACK_TOO_LARGE)
		report(-EFBIG,
		       "what the guest has left: more than %d MiB or %d files; what "
		       "comes after them is not taken",
		       UNPACK_BYTES_MAX >> 20, UNPACK_ENTRIES_MAX);
	if (how == UNPACK_NO_ROOM)
		report(-ENOSPC, "unpacking what the guest has left");
	unpacked->unsaved = directory && (how == UNPACK_NO_ROOM || (how < 0 && how != -EBADMSG));
	lseek(decoded, 0, SEEK_SET);
	code = unpack_take(decoded, directory, unpacked);
	return how == UNPACK_WHOLE ? code : how == UNPACK_TOO_LARGE ? -EFBIG : -ENODATA;
}
