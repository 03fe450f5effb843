/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The archive that a guest brings home, which is no more to be trusted than the kernel it ran: it
 * is decoded as tools/base/confined.h has it, what it unpacks to is bounded, and only files and
 * directories come of it, beneath the directory that they are for.
 */
#ifndef TOOLS_GUEST_UNPACK_H
#define TOOLS_GUEST_UNPACK_H

#include <jansson.h>
#include <stdbool.h>

/* More than that is no archive that is taken. */
enum { UNPACK_BYTES_MAX = 1 << 30, UNPACK_ENTRIES_MAX = 10000, UNPACK_RESULT_MAX = 4 << 20 };

struct unpacked {
	json_t *result; /* what its result.json holds, or NULL; the caller's */
	bool unsaved;   /* something of it could not be written, which was reported */
};

/*
 * Unpacks a tar.gz. fd: at its begin. directory: which gets everything but the job's exit code and
 * result.json; it is made; NULL: nothing is kept. Links, devices and names that lead out of it are
 * left out. unpacked: filled in, also on error. What came before the place where an archive breaks
 * off, or breaks its decoder, is unpacked; where it breaks off, but for the last 64 KiB, which
 * libarchive does not give. Returns the job's exit code; -ENODATA: the archive is not whole;
 * -EFBIG: it is larger than the limits (reported).
 */
int unpack_archive(int fd, const char *directory, struct unpacked *unpacked);

#endif
