/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Preloaded by tests: uname(2) returns TOLD_RELEASE as the release, so that what a program expects
 * of a kernel's version can be compared with what the kernel does. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <unistd.h>

int uname(struct utsname *name)
{
	const char *release = getenv("TOLD_RELEASE");
	long r = syscall(SYS_uname, name);

	if (!r && release)
		snprintf(name->release, sizeof(name->release), "%s", release);
	return (int)r;
}
