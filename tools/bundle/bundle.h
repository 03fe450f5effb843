/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bundle: everything that is needed to repeat a run, in one file (a tar compressed by zstd). Its
 * files have fixed names: first bundle.json, with the size and hash (BLAKE2b, 32 bytes) of the
 * others; the scenario as resolved; the result; a trace, if the scenario replays one; and the
 * configuration of the kernel, if known. The hashes detect damage; they do not authenticate.
 */
#ifndef TOOLS_BUNDLE_BUNDLE_H
#define TOOLS_BUNDLE_BUNDLE_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

enum { BUNDLE_FORMAT = 1, BUNDLE_BYTES_MAX = 1 << 30 };

enum bundle_file {
	BUNDLE_SCENARIO,
	BUNDLE_RESULT,
	BUNDLE_TRACE,
	BUNDLE_CONFIG,
	BUNDLE_FILES,
};

/* "scenario.cfg", "result.json", "trace", "kernel.config"; bundle.json is BUNDLE_MANIFEST. */
extern const char *const bundle_names[BUNDLE_FILES];
#define BUNDLE_MANIFEST "bundle.json"

/* Limit of each file in bytes. */
extern const int64_t bundle_most[BUNDLE_FILES];

struct bundle_part {
	char *data; /* NUL-terminated; NULL: not in the bundle */
	size_t size;
};

struct bundle {
	json_t *manifest; /* "format", "version", "verdict", "release", "files", ... */
	struct bundle_part parts[BUNDLE_FILES];
};

/* Collects the files of a run from its directory. trace: present path of the scenario's trace;
 * NULL: the one in the scenario. Returns 0; -EINVAL not the directory of a run, or the run has
 * copies of files; other -errno; reported. Call bundle_release() also on error. */
int bundle_collect(struct bundle *bundle, const char *directory, const char *trace);

/* Writes the bundle atomically. Returns 0 or -EIO (reported). */
int bundle_write(const struct bundle *bundle, const char *path);

/* Reads a bundle from anybody, decoded in a confined process (tools/base/confined.h); writes no
 * files. Returns 0; -EINVAL not a bundle, altered, or from a newer version; other -errno; reported.
 * Call bundle_release() also on error. */
int bundle_read(struct bundle *bundle, const char *path);

/* Frees the contents. */
void bundle_release(struct bundle *bundle);

/* Prints the contents of the bundle. */
void bundle_list(FILE *to, const struct bundle *bundle);

#endif
