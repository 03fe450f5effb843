/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Converts compressed input (gzip, xz, zstd, lz4, bzip2, by libarchive) and UTF-16 to plain text
 * before an importer reads it. UTF-16 is known by its byte order mark, or by zeros in every other
 * byte.
 *
 * A confined child unpacks, see tools/base/confined.h, into an unnamed temporary file.
 */
#ifndef TOOLS_IMPORT_IMPORT_INPUT_H
#define TOOLS_IMPORT_IMPORT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* Limit of the unpacked size, in bytes. */
#define IMPORT_UNPACKED_MAX ((uint64_t)1 << 30)

/*
 * Converts the input. fd: at its start. directory: of the temporary file, or -1, see
 * scratch_file(). what: set to "gzip" and the like, a constant; NULL: plain. cut: set if the end is
 * lost. Returns a descriptor at its start: `fd` if it was plain or is a pipe, else a new one that
 * the caller closes; -EINVAL damaged or too large, other -errno; all reported, with `path`.
 */
int import_input(int fd, int directory, const char *path, const char **what, bool *cut);

/* Does the same for files that need not be text: does not convert UTF-16. */
int import_unpack(int fd, const char *path, const char **what, bool *cut);

/* The kind of archive a file is, "a tar archive" and the like, a constant; NULL: none. */
const char *import_archive(int fd);

/* Refuses archives, kernel dumps and pictures; accepts any pipe. Returns 0, or -EINVAL (reported,
 * with what to do instead). */
int import_refuse_containers(int fd, const char *path);

#endif
