/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks the archive that a guest sends. It is not trusted: tools/base/confined.h decodes it, its
 * unpacked size is bounded, and only files and directories beneath the given directory are made.
 */
#ifndef TOOLS_GUEST_UNPACK_H
#define TOOLS_GUEST_UNPACK_H

#include <jansson.h>
#include <stdbool.h>

/* Limits of an archive. */
enum { UNPACK_BYTES_MAX = 1 << 30, UNPACK_ENTRIES_MAX = 10000, UNPACK_RESULT_MAX = 4 << 20 };

struct unpacked {
	json_t *result; /* its result.json, or NULL; owned by the caller */
	bool unsaved;   /* some part could not be written (reported) */
};

/*
 * Unpacks a tar.gz. fd: at its begin. directory: created; gets everything but the job's exit code
 * and result.json; NULL: nothing is kept. Links, devices, names that lead out of it, and those of
 * files that the host writes there (boot.sh, console.log and the like) are skipped.
 * unpacked: filled in, also on error. Of a truncated or damaged archive, the part before the damage
 * is unpacked, without up to 64 KiB that libarchive holds back. Returns the job's exit code;
 * -ENODATA: the archive is not complete; -EFBIG: it exceeds the limits (reported).
 */
int unpack_archive(int fd, const char *directory, struct unpacked *unpacked);

#endif
