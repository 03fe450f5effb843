/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads architecture, page size and release of a kernel image. */
#ifndef TOOLS_GUEST_IMAGE_H
#define TOOLS_GUEST_IMAGE_H

#include "tools/guest/arch.h"

struct image_facts {
	enum guest_arch arch;
	unsigned int page_size;
	char release[96]; /* such as "6.18.9+deb13-cloud-amd64" */
};

/*
 * Reads a bzImage (Documentation/arch/x86/boot.rst: "HdrS" at 0x202, kernel_version at 0x20e), an
 * arm64 Image (Documentation/arch/arm64/booting.rst: "ARM\x64" at 0x38, page size in the flags at
 * 0x18; its banner) or an uncompressed vmlinux (its banner). Returns 0; -EINVAL: not such a kernel;
 * other -errno: it cannot be read; reported.
 */
int image_look(const char *path, struct image_facts *facts);

#endif
