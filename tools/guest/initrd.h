/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initramfs of a guest: cached archives of programs and modules, and the job. */
#ifndef TOOLS_GUEST_INITRD_H
#define TOOLS_GUEST_INITRD_H

#include "tools/guest/kernel.h"

#include <limits.h>

/* A file of the job. */
struct initrd_file {
	const char *path; /* in the guest, without the leading slash */
	const char *text;
	size_t size; /* of the text, in bytes; 0: it ends with a NUL */
};

/* Archives in the cache that runs share, each named by a hash of its content. */
struct initrd_archives {
	char paths[2][PATH_MAX];
	size_t count;
};

enum { INITRD_PROGRAMS_MAX = 48 };

/*
 * Obtains the archives of a kernel's modules and of programs. programs: up to INITRD_PROGRAMS_MAX
 * paths, NULL-terminated; they go to /bin, with their libraries. sysroot: directory of these
 * libraries; "": this machine.
 * Returns 0 or -errno (reported).
 */
int initrd_archives(const struct guest_kernel *kernel, const char *sysroot,
		    const char *const *programs, struct initrd_archives *archives);

/* Packs a job into a cpio archive. files: ended by a NULL path. fd: gets a memory file, which the
 * caller closes. Returns 0 or -errno (reported). */
int initrd_pack(const struct initrd_file *files, int *fd);

/* Concatenates the archives and a job of initrd_pack(). job: negative: none. fd: gets a memory
 * file, which the caller closes. Returns 0 or -errno (reported). */
int initrd_join(const struct initrd_archives *archives, int job, int *fd);

#endif
