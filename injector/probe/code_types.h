/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What code.bpf.c and its caller (bpf_code.c) share. */
#ifndef INJECTOR_PROBE_CODE_TYPES_H
#define INJECTOR_PROBE_CODE_TYPES_H

#include <linux/types.h>

enum { CODE_CHUNK = 4096 };

struct code_request {
	__u64 address;
	__s64 error; /* set by the program */
	__u32 size;  /* CODE_CHUNK at most */
	__u8 bytes[CODE_CHUNK];
};

#endif
