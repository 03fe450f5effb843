/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initial file system of a guest: cached archives of programs and modules, and the job of this
 * time. */
#ifndef TOOLS_GUEST_INITRD_H
#define TOOLS_GUEST_INITRD_H

#include "tools/guest/kernel.h"

#include <limits.h>

/* A file of the job. */
struct initrd_file {
	const char *path; /* in the guest, without the leading slash */
	const char *text;
	size_t size; /* of the text; 0: it ends with a NUL */
};

/* What does not change from run to run: archives in the cache, named by what they hold. */
struct initrd_archives {
	char paths[2][PATH_MAX];
	size_t count;
};

/*
 * Obtains the archives of a kernel's modules and of programs. sysroot: where their libraries are;
 * "": this machine's; programs: paths of programs that go to /bin with their libraries, ended by
 * NULL. Returns 0 or -errno (reported).
 */
int initrd_archives(const struct guest_kernel *kernel, const char *sysroot,
		    const char *const *programs, struct initrd_archives *archives);

/* Packs a job. files: ended by a NULL path. fd: a memory file that holds a cpio archive, the
 * caller's. Returns 0 or -errno (reported). */
int initrd_pack(const struct initrd_file *files, int *fd);

/* Lays the archives one behind the other, and behind them a job that initrd_pack() made, if there
 * is one. job: negative: none; fd: a memory file, the caller's. Returns 0 or -errno (reported). */
int initrd_join(const struct initrd_archives *archives, int job, int *fd);

#endif
