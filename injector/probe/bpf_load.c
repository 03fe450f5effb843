/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/bpf_load.h"
#include "injector/base/cleanup.h"

#include <bpf/libbpf.h>

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

static char complaint[160];

static int listen_to_libbpf(enum libbpf_print_level level, const char *format, va_list args)
{
	char line[sizeof(complaint)];

	if (level != LIBBPF_WARN)
		return 0;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	/* The verifier's log comes in lines without the prefix. */
	if (!strncmp(line, "libbpf: ", 8) && !*complaint)
		snprintf(complaint, sizeof(complaint), "%s", line + 8);
	return 0;
}

void bpf_load_listen(void)
{
	libbpf_set_strict_mode(LIBBPF_STRICT_ALL);
	libbpf_set_print(listen_to_libbpf);
	*complaint = '\0';
}

const char *bpf_load_complaint(void)
{
	return complaint;
}

/* Reads the first line of a file; "" if there is none or no file. */
static void first_line(const char *path, char *line, int size)
{
	_cleanup_fclose_ FILE *file = fopen(path, "re");

	if (!file || !fgets(line, size, file))
		*line = '\0';
	line[strcspn(line, "\n")] = '\0';
}

/* Adds what an administrator can change, which the error code does not show. */
int bpf_load_explain(int error, char *why, size_t size)
{
	char lockdown[64], compiles[8];

	first_line("/sys/kernel/security/lockdown", lockdown, sizeof(lockdown));
	/* Absent without CONFIG_BPF_JIT, and in network namespaces other than the first. bpf_loop()
	 * requires the JIT (check_func_call() and the like in kernel/bpf/verifier.c). */
	first_line("/proc/sys/net/core/bpf_jit_enable", compiles, sizeof(compiles));
	snprintf(why, size, "loading BPF programs: %s%s%s%s%s%s", strerror(-error),
		 *complaint ? ": " : "", complaint, *lockdown ? "; kernel lockdown: " : "",
		 lockdown,
		 error == -EINVAL && (!*compiles || *compiles == '0')
			 ? "; this kernel does not compile them (CONFIG_BPF_JIT, "
			   "net.core.bpf_jit_enable), which is wanted"
			 : "");
	return error;
}

__u64 bpf_load_device(unsigned long device)
{
	return (__u64)major(device) << 20 | minor(device);
}

int bpf_load_namespace(__u64 *device, __u64 *inode)
{
	struct stat namespace;

	*device = *inode = 0;
	if (stat("/proc/self/ns/pid", &namespace))
		return errno == ENOENT ? 0 : -errno;
	*device = bpf_load_device(namespace.st_dev);
	*inode = namespace.st_ino;
	return 0;
}
