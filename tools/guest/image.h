/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which kernel an image holds. */
#ifndef TOOLS_GUEST_IMAGE_H
#define TOOLS_GUEST_IMAGE_H

#include "tools/guest/arch.h"

struct image_facts {
	enum guest_arch arch;
	unsigned int page_size;
	char release[96]; /* such as "6.18.9+deb13-cloud-amd64" */
};

/*
 * Looks at a bzImage (Documentation/arch/x86/boot.rst: "HdrS" at 0x202, kernel_version at 0x20e),
 * at an Image of arm64 (Documentation/arch/arm64/booting.rst: "ARM\x64" at 0x38, the size of its
 * pages at 0x18; its banner) or at an uncompressed vmlinux (its banner). Returns 0; -EINVAL the
 * file is no such kernel, -errno it cannot be read; reported.
 */
int image_look(const char *path, struct image_facts *facts);

#endif
