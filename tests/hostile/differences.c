/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/differences.h"
#include "injector/base/array.h"

#include <fnmatch.h>
#include <stdio.h>

static struct difference differences[] = {
	{ "fallocate @(COLLAPSE|INSERT|UNSHARE)_RANGE", NULL, NULL, ON_ALL,
	  "FUSE knows no such modes (fuse_file_fallocate(), 6.18)", 0 },
	{ "FICLONE", NULL, NULL, ON_ALL, "FUSE has no clones (fuse_file_operations, 6.18)", 0 },
	{ "preadv2 RWF_NOWAIT", NULL, NULL, ON_ALL, "FUSE does not set FMODE_NOWAIT (6.18)", 0 },
	{ "open a device@(| O_RDWR)", NULL, NULL, ON_ALL, "FUSE mounts are nodev", 0 },
	{ "chattr: access W_OK", "fixed", NULL, ON_ALL,
	  "FUSE does not know S_IMMUTABLE, so access() allows what the open then refuses", 0 },
	/* A write through such a descriptor still appends. */
	{ "chattr: F_SETFL 0", "append", NULL, ON_ALL,
	  "FUSE does not know S_APPEND, so fcntl() takes O_APPEND away from what the layer appends "
	  "to",
	  0 },
	{ "chattr: @(append|pwrite|write after F_SETFL 0)", "append", NULL, ON_WRITEBACK,
	  "FUSE keeps the time of a file, and sets no new one for what is not kept "
	  "(fuse_direct_write_iter(), 6.18)",
	  0 },
};

static bool matches(const char *pattern, const char *text)
{
	return !pattern || !fnmatch(pattern, text, FNM_EXTMATCH);
}

struct difference *difference_find(const char *operation, const char *path,
				   const struct identity *identity, unsigned int where)
{
	for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
		struct difference *difference = &differences[i];

		if ((difference->where & where) && matches(difference->operations, operation) &&
		    matches(difference->paths, path) &&
		    matches(difference->identities, identity->name)) {
			difference->seen++;
			return difference;
		}
	}
	return NULL;
}

unsigned int difference_report(void)
{
	unsigned int missed = 0;

	for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
		const struct difference *difference = &differences[i];

		printf("    %4u x %s: %s\n", difference->seen, difference->operations,
		       difference->reason);
		if (!difference->seen) {
			printf("    %s: does not differ\n", difference->operations);
			missed++;
		}
	}
	return missed;
}
