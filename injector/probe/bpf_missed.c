/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/bpf_missed.h"

#include <bpf/bpf.h>

#include <errno.h>
#include <stddef.h>

/* struct bpf_link_info of a kprobe, as 6.7 has it; headers may be older. */
struct probe_link {
	__u32 type, id, program;
	struct {
		__u32 type;
		__aligned_u64 name;
		__u32 name_length, offset;
		__u64 address, missed;
	} __attribute__((aligned(8))) probe;
};

/* Whether the `size` bytes that the kernel filled in include a field. */
#define COVERS(size, type, field) ((size) >= offsetof(type, field) + sizeof(((type *)0)->field))

int bpf_missed_by_program(int fd, uint64_t *missed)
{
	struct bpf_prog_info info = { .type = 0 };
	__u32 size = sizeof(info);

	if (bpf_obj_get_info_by_fd(fd, &info, &size) ||
	    !COVERS(size, struct bpf_prog_info, recursion_misses))
		return -ENOTSUP;
	*missed += info.recursion_misses;
	return 0;
}

int bpf_missed_by_link(int fd, uint64_t *missed)
{
	struct probe_link link = { .type = 0 };
	__u32 size = sizeof(link);

	if (bpf_obj_get_info_by_fd(fd, &link, &size))
		return -ENOTSUP;
	if (link.type != BPF_LINK_TYPE_PERF_EVENT)
		return 0;
	if (!COVERS(size, struct probe_link, probe.missed))
		return -ENOTSUP;
	*missed += link.probe.missed;
	return 0;
}
