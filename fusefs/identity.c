/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/identity.h"
#include "fusefs/execution.h"
#include "injector/base/cleanup.h"
#include "injector/base/same_file.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define ALL_CAPABILITIES UINT64_MAX

/* What the caller has beside its user and group. */
struct rights {
	gid_t *groups;
	size_t group_count;
	uint64_t capabilities;
};

/* The calling thread's capabilities after identity_prepare(), and which parts of an identity it has
 * assumed. */
static _Thread_local struct __user_cap_data_struct own[_LINUX_CAPABILITY_U32S_3];
static _Thread_local bool has_groups, is_limited, has_user, has_group, has_umask;

/* Changes this thread alone; glibc's function changes all threads of the process. */
static int set_groups(size_t count, const gid_t *groups)
{
	return (int)syscall(SYS_setgroups, count, groups);
}

static int set_capabilities(uint64_t effective)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3];

	memcpy(data, own, sizeof(data));
	for (int i = 0; i < _LINUX_CAPABILITY_U32S_3; i++)
		data[i].effective &= (uint32_t)(effective >> (32 * i));
	return (int)syscall(SYS_capset, &header, data);
}

int identity_prepare(void)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	int bits = prctl(PR_GET_SECUREBITS);

	if (bits < 0 || prctl(PR_SET_SECUREBITS, bits | SECBIT_NO_SETUID_FIXUP))
		return -errno;
	if (syscall(SYS_capget, &header, own) || set_groups(0, NULL))
		return -errno;
	if (unshare(CLONE_FS) || chdir("/"))
		return -errno;
	/* The process has the umask of whoever started it. */
	umask(0);
	return 0;
}

/* Whether a thread is in the layer's user namespace. */
static bool is_in_namespace(pid_t thread)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/ns/user", thread);
	return lead_to_same_file(path, "/proc/self/ns/user");
}

/* Reads /proc/TID/status. Returns false if it cannot be read. */
static bool read_status(pid_t thread, char *text, size_t size)
{
	_cleanup_close_ int fd = -1;
	char path[64];
	ssize_t length;

	snprintf(path, sizeof(path), "/proc/%d/status", thread);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, text, size - 1);
	if (length < 0)
		return false;
	text[length] = '\0';
	return true;
}

/* The text after `name`, a newline and a field's name; "" without such a line. The kernel escapes
 * newlines in the program's name. */
static const char *find_line(const char *status, const char *name)
{
	const char *line = strstr(status, name);

	return line ? line + strlen(name) : "";
}

static bool has_id(const char *status, const char *name, unsigned int id)
{
	unsigned int file_system;

	/* Real, effective, saved, file system. */
	return sscanf(find_line(status, name), "%*u %*u %*u %u", &file_system) == 1 &&
	       file_system == id;
}

static int parse_groups(const char *line, struct rights *rights)
{
	size_t room = strcspn(line, "\n") / 2 + 1;
	char *end;

	rights->groups = malloc(room * sizeof(*rights->groups));
	if (!rights->groups)
		return -1;
	for (; *line != '\n'; line = end) {
		gid_t group = (gid_t)strtoul(line, &end, 10);

		if (end == line)
			break;
		rights->groups[rights->group_count++] = group;
		end += *end == ' ';
	}
	return 0;
}

/* SIGKILL is pending for each thread of a process that any signal ends (complete_signal(),
 * kernel/signal.c, 6.18). */
bool identity_is_killed(const struct worker *worker, pid_t thread)
{
	char *status = worker->read_area;

	if (!thread || !read_status(thread, status, worker->layer->receive_size))
		return true;
	return strtoull(find_line(status, "\nSigPnd:"), NULL, 16) >> (SIGKILL - 1) & 1;
}

/* Without /proc, root has all capabilities; other users have neither capabilities nor groups. */
static int read_rights(const struct fuse_ctx *caller, struct rights *rights)
{
	const struct worker *worker = current_execution->worker;
	char *status = worker->read_area;

	rights->capabilities = caller->uid ? 0 : ALL_CAPABILITIES;
	if (!caller->pid || !read_status(caller->pid, status, worker->layer->receive_size) ||
	    !has_id(status, "\nUid:", caller->uid) || !has_id(status, "\nGid:", caller->gid))
		return 0;
	rights->capabilities = strtoull(find_line(status, "\nCapEff:"), NULL, 16);
	if (rights->capabilities && !is_in_namespace(caller->pid))
		rights->capabilities = 0;
	return parse_groups(find_line(status, "\nGroups:"), rights);
}

static int take_groups(const struct rights *rights)
{
	if (!rights->group_count)
		return 0;
	has_groups = true;
	return set_groups(rights->group_count, rights->groups);
}

static int limit_capabilities(uint64_t capabilities)
{
	is_limited = true;
	return set_capabilities(capabilities);
}

static int assume(const struct fuse_ctx *caller, enum identity identity, struct rights *rights)
{
	if (identity != IDENTITY_USER && (read_rights(caller, rights) || take_groups(rights)))
		return -1;
	/* 0 is root's, in place already; the kernel sends a umask only with creating requests. */
	has_group = caller->gid;
	if (has_group)
		setfsgid(caller->gid);
	if (identity == IDENTITY_GROUPS)
		return limit_capabilities(~(UINT64_C(1) << CAP_FSETID));
	has_umask = caller->umask;
	if (has_umask)
		umask(caller->umask);
	has_user = caller->uid;
	if (has_user)
		setfsuid(caller->uid);
	return limit_capabilities(rights->capabilities);
}

int identity_assume(fuse_req_t request, enum identity identity)
{
	struct rights rights = { .groups = NULL };
	int r = assume(fuse_req_ctx(request), identity, &rights);
	int saved = errno;

	free(rights.groups);
	errno = saved;
	return r;
}

void identity_restore(void)
{
	int saved = errno;

	/* First: the rest requires them. */
	if (is_limited)
		set_capabilities(ALL_CAPABILITIES);
	if (has_groups)
		set_groups(0, NULL);
	if (has_user)
		setfsuid(0);
	if (has_group)
		setfsgid(0);
	if (has_umask)
		umask(0);
	is_limited = has_groups = has_user = has_group = has_umask = false;
	errno = saved;
}
