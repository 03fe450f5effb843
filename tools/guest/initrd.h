/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The initial file system of a guest: cached archives of programs and modules, and the job of this
 * time. */
#ifndef TOOLS_GUEST_INITRD_H
#define TOOLS_GUEST_INITRD_H

#include "tools/guest/kernel.h"

/* A file of the job. */
struct initrd_file {
	const char *path; /* in the guest, without the leading slash */
	const char *text;
	size_t size; /* of the text; 0: it ends with a NUL */
};

/*
 * Makes it in memory. programs: paths of programs that go to /bin with their libraries, ended by
 * NULL. files: ended by a NULL path. fd: the memory file, the caller's. Returns 0 or -errno
 * (reported).
 */
int initrd_make(const struct guest_kernel *kernel, const char *const *programs,
		const struct initrd_file *files, int *fd);

#endif
