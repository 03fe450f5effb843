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

enum { BUNDLE_FORMAT = 1, BUNDLE_BYTES_MAX = 1 << 30 };

enum bundle_file {
	BUNDLE_SCENARIO,
	BUNDLE_RESULT,
	BUNDLE_TRACE,
	BUNDLE_CONFIG,
	BUNDLE_FILES,
};

/* "scenario.cfg", "result.json", "trace", "kernel.config"; the first is "bundle.json" by
 * BUNDLE_MANIFEST. */
extern const char *const bundle_names[BUNDLE_FILES];
#define BUNDLE_MANIFEST "bundle.json"

struct bundle_part {
	char *data; /* NULL: not in it */
	size_t size;
};

struct bundle {
	json_t *manifest; /* "format", "version", "verdict", "release", "files", ... */
	struct bundle_part parts[BUNDLE_FILES];
};

/* Takes what a run has left in a directory. trace: where the scenario's trace is by now, or
 * NULL: where it says. Returns 0; -EINVAL it is not a run's, or has files of which none is
 * packed; -errno; reported. */
int bundle_collect(struct bundle *bundle, const char *directory, const char *trace);

/* Writes it, whole or not at all. Returns 0 or -EIO (reported). */
int bundle_write(const struct bundle *bundle, const char *path);

/* Reads one of anybody's, which is decoded as tools/base/confined.h has it: nothing is unpacked.
 * Returns 0; -EINVAL it is not a bundle, was
 * altered, or a newer version made it; -errno; reported. */
int bundle_read(struct bundle *bundle, const char *path);

void bundle_release(struct bundle *bundle);

/* Says what is in it. */
void bundle_list(FILE *to, const struct bundle *bundle);

#endif
