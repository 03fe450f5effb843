/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tools/guest/arch.h"
#include "injector/base/array.h"
#include "injector/base/report.h"
#include "tools/guest/script.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static const char *const amd64_images[] = { "bzImage", "vmlinux", NULL };
static const char *const arm64_images[] = { "Image", "vmlinux", NULL };

const struct guest_arch_facts guest_arches[GUEST_ARCHES] = {
	[GUEST_AMD64] = { "amd64", "qemu-system-x86_64", "qemu-system-x86", "cloud-amd64", "ttyS0",
			  amd64_images, MACHINE_X86_64 },
	[GUEST_ARM64] = { "arm64", "qemu-system-aarch64", "qemu-system-arm", "cloud-arm64",
			  "ttyAMA0", arm64_images, MACHINE_ARM64 },
};

/* The suffixes of releases. A suffix comes after those that end with it. */
static const struct {
	const char *name;
	enum guest_arch arch;
} flavours[] = {
	{ "cloud-amd64", GUEST_AMD64 }, { "rt-amd64", GUEST_AMD64 }, { "amd64", GUEST_AMD64 },
	{ "cloud-arm64", GUEST_ARM64 }, { "rt-arm64", GUEST_ARM64 }, { "arm64", GUEST_ARM64 },
	{ "arm64-16k", GUEST_ARM64 },
};

enum guest_arch guest_arch_here(void)
{
#if defined(__aarch64__)
	return GUEST_ARM64;
#else
	return GUEST_AMD64;
#endif
}

enum guest_arch guest_arch_named(const char *name)
{
	enum guest_arch arch = 0;

	while (arch < GUEST_ARCHES && strcmp(guest_arches[arch].name, name) != 0)
		arch++;
	return arch;
}

enum guest_arch guest_arch_of_flavour(const char *flavour)
{
	for (size_t i = 0; i < ARRAY_SIZE(flavours); i++)
		if (!strcmp(flavours[i].name, flavour))
			return flavours[i].arch;
	return GUEST_ARCHES;
}

/* Finds what tools/build --arch has made, in the build directory of this program or beside its
 * scripts. */
static int find_foreign(struct guest_home *home, const char *name)
{
	char directory[32], part[64];
	size_t length;

	snprintf(directory, sizeof(directory), "../%s", name);
	snprintf(part, sizeof(part), "%s/sysroot", directory);
	if (!script_seek(part, home->sysroot, sizeof(home->sysroot)))
		snprintf(directory, sizeof(directory), "%s", name);
	snprintf(part, sizeof(part), "%s/sysroot", directory);
	if (!script_seek(part, home->sysroot, sizeof(home->sysroot)))
		return report(0, "no foliostorm for guests of %s; tools/build --arch %s makes one",
			      name, name),
		       -EPERM;
	length = strlen(home->sysroot) - strlen("sysroot");
	snprintf(home->foliostorm, sizeof(home->foliostorm), "%.*stools/foliostorm", (int)length,
		 home->sysroot);
	snprintf(home->wake, sizeof(home->wake), "%.*stools/wake", (int)length, home->sysroot);
	return 0;
}

const char *guest_arch_flavour_of(const char *release)
{
	size_t length = strlen(release);

	for (size_t i = 0; i < ARRAY_SIZE(flavours); i++) {
		size_t end = strlen(flavours[i].name);

		if (length > end && release[length - end - 1] == '-' &&
		    !strcmp(release + length - end, flavours[i].name))
			return flavours[i].name;
	}
	return NULL;
}

int guest_home_find(struct guest_home *home, enum guest_arch arch)
{
	ssize_t length;

	*home->sysroot = '\0';
	if (arch != guest_arch_here())
		return find_foreign(home, guest_arches[arch].name);
	length = readlink("/proc/self/exe", home->foliostorm, sizeof(home->foliostorm) - 1);
	if (length < 0)
		return report(-errno, "/proc/self/exe");
	home->foliostorm[length] = '\0';
	return script_find("wake", home->wake, sizeof(home->wake));
}
