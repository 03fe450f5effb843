/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/bpf_code.h"
#include "injector/probe/code_types.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>

#include "code.skel.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct bpf_code {
	struct code_bpf *bpf;
};

int bpf_code_open(struct bpf_code **made)
{
	struct bpf_code *code = calloc(1, sizeof(*code));

	if (!code)
		return -ENOMEM;
	code->bpf = code_bpf__open_and_load();
	if (!code->bpf) {
		int r = -errno;

		free(code);
		return r;
	}
	*made = code;
	return 0;
}

static int read_chunk(const struct bpf_code *code, uint64_t address, void *into, size_t size)
{
	struct code_request *request = &code->bpf->bss->request;
	LIBBPF_OPTS(bpf_test_run_opts, opts);
	int r;

	request->address = address;
	request->size = (__u32)size;
	request->error = -EIO;
	r = bpf_prog_test_run_opts(bpf_program__fd(code->bpf->progs.read_code), &opts);
	if (!r)
		r = (int)request->error;
	if (!r)
		memcpy(into, request->bytes, size);
	return r;
}

int bpf_code_read(void *context, uint64_t address, void *into, size_t size)
{
	int r = 0;

	for (size_t at = 0; at < size && !r; at += CODE_CHUNK) {
		size_t left = size - at;

		r = read_chunk(context, address + at, (char *)into + at,
			       left < CODE_CHUNK ? left : CODE_CHUNK);
	}
	return r;
}

void bpf_code_close(struct bpf_code *code)
{
	if (!code)
		return;
	code_bpf__destroy(code->bpf);
	free(code);
}
