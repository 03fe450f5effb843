/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel an image holds. */
#ifndef TOOLS_GUEST_IMAGE_H
#define TOOLS_GUEST_IMAGE_H

#include <stddef.h>

/*
 * Reads the release ("6.18.9+deb13-cloud-amd64") of a bzImage (Documentation/arch/x86/boot.rst:
 * "HdrS" at 0x202, kernel_version at 0x20e) or an uncompressed vmlinux (its banner).
 * release: takes the text, cut to `size` bytes. Returns 0; -EINVAL the file is no x86 kernel,
 * -errno it cannot be read; reported.
 */
int image_release(const char *path, char *release, size_t size);

#endif
