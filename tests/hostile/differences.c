/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/differences.h"
#include "injector/base/array.h"

#include <fnmatch.h>
#include <stdio.h>

#define LACKING "@(root without FOWNER|owner|group|supplementary|in the ACL|stranger)"

static struct difference differences[] = {
	{ "fallocate @(COLLAPSE|INSERT|UNSHARE)_RANGE", NULL, NULL, ON_ALL, false,
	  "FUSE knows no such modes (fuse_file_fallocate(), 6.18)", 0 },
	{ "FICLONE", NULL, NULL, ON_ALL, false, "FUSE has no clones (fuse_file_operations, 6.18)",
	  0 },
	{ "rename RENAME_WHITEOUT", NULL, NULL, ON_ALL, false,
	  "FUSE refuses the flag (fuse_rename2(), 6.18)", 0 },
	{ "preadv2 RWF_NOWAIT", NULL, NULL, ON_ALL, false, "FUSE does not set FMODE_NOWAIT (6.18)",
	  0 },
	{ "open a device@(| O_RDWR)", NULL, NULL, ON_ALL, false, "FUSE mounts are nodev", 0 },
	{ "chattr: access W_OK", "fixed", NULL, ON_ALL, false,
	  "FUSE does not know S_IMMUTABLE, so access() allows what the open then refuses", 0 },
	/*
	 * With FUSE_HANDLE_KILLPRIV_V2 the kernel sends the same empty setattr for chown(-1, -1) as
	 * before a write, and has checked no owner (fuse_setattr(), 6.18). It takes setuid away, and
	 * gives nothing.
	 */
	{ "chown to nobody", "@(f4*|f2*|f6*)", LACKING, ON_ALL, false,
	  "takes setuid away where XFS says EPERM: the kernel does not ask whose file it is", 0 },
	/* To be removed once the layer appends to such files. */
	{ "chattr: @(open O_APPEND|append|pwrite)", "append", NULL, ON_ALL, true,
	  "files of chattr +a cannot be appended to", 0 },
	/* To be removed once the layer takes setgid away whatever the group may execute. */
	{ "@(open O_WRONLY O_TRUNC|write|write O_APPEND|fallocate|truncate to 0|ftruncate|chown *)",
	  "@(f2766|f6666)", LACKING, ON_ALL, true,
	  "setgid without execution for the group survives", 0 },
	{ "create 02644", NULL, LACKING, ON_ALL, true,
	  "setgid without execution for the group survives the write that follows", 0 },
};

static bool matches(const char *pattern, const char *text)
{
	return !pattern || !fnmatch(pattern, text, FNM_EXTMATCH);
}

struct difference *difference_find(const char *operation, const char *path,
				   const struct identity *identity, enum layer_data_path data_path)
{
	for (size_t i = 0; i < ARRAY_SIZE(differences); i++) {
		struct difference *difference = &differences[i];

		if ((difference->data_paths & 1U << data_path) &&
		    matches(difference->operations, operation) &&
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

		printf("    %4u x %s%s: %s\n", difference->seen,
		       difference->pending ? "known defect, " : "", difference->operations,
		       difference->reason);
		if (!difference->seen && !difference->pending) {
			printf("    %s: does not differ\n", difference->operations);
			missed++;
		}
	}
	return missed;
}
