/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What comes packed or in two bytes a character, made plain before an importer sees it: gzip, xz,
 * zstd, lz4, bzip2 (by libarchive), and UTF-16 with its byte order mark, as Windows' tools write
 * it.
 *
 * A stranger's file is unpacked as tools/base/confined.h has it, into a file without a name.
 */
#ifndef TOOLS_IMPORT_IMPORT_INPUT_H
#define TOOLS_IMPORT_IMPORT_INPUT_H

#include <stdbool.h>
#include <stdint.h>

/* More is not unpacked. */
#define IMPORT_UNPACKED_MAX ((uint64_t)1 << 30)

/*
 * fd: of the input, at its start. directory: for the file without a name; -1: $TMPDIR, /var/tmp or
 * /tmp. what: set to "gzip" and the like, a constant; NULL: it was plain. cut: set where its end
 * is lost. Returns a descriptor at its start, which is the caller's: `fd` itself where it was
 * plain or is a pipe; -EINVAL it is damaged or too large, other -errno; all reported, with `path`.
 */
int import_input(int fd, int directory, const char *path, const char **what, bool *cut);

/* The same for files that need not be text: what looks like UTF-16 stays as it is. */
int import_unpack(int fd, const char *path, const char **what, bool *cut);

/* What archive a file is, "a tar archive" and the like, a constant; NULL: none. */
const char *import_archive(int fd);

/* Names what cannot be read as it is: archives, dumps of kernels, pictures. Of a pipe nothing is
 * known. Returns 0, or -EINVAL (reported) with what to do. */
int import_refuse_containers(int fd, const char *path);

#endif
