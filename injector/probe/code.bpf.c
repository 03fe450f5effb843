/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the kernel's memory for its caller, see bpf_code.h. */
#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

#include "injector/probe/code_types.h"

struct code_request request;

SEC("raw_tp")
int read_code(void *context)
{
	__u32 size = request.size;

	if (size > CODE_CHUNK)
		return 0;
	request.error = bpf_probe_read_kernel(request.bytes, size, (const void *)request.address);
	return 0;
}

char terms[] SEC("license") = "GPL";
