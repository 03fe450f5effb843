/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks: all that the layer knows of the injector. The layer describes each request, asks before it
 * touches the backing file system and again before it answers, and does what it is told: wait,
 * fail, or go on.
 */
#ifndef INJECTOR_HOOKS_H
#define INJECTOR_HOOKS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A request as the kernel sent it. Fields that the operation does not have are 0. */
struct hook_request {
	uint32_t opcode; /* of the FUSE protocol; hook_operation_of() names it */
	uint64_t unique; /* of this request among those under way */
	uint64_t nodeid; /* the inode as the kernel knows it in this mount; 0: none */
	uint64_t inode;  /* its inode number, as stat says; 0: none */
	uint32_t pid;    /* of the thread that asked; 0: the kernel itself, as for readahead */
	uint32_t uid, gid;
	uint64_t offset; /* bytes; for a truncating setattr the new size */
	uint64_t length; /* bytes */
	/* mode of fallocate; open flags of open, create and tmpfile; whence of lseek; command of
	 * ioctl; FATTR_* of setattr */
	uint32_t mode;
};

/* What to do with a request. Zeros: nothing. */
struct hook_decision {
	uint64_t delay_ns; /* wait this long first, without holding up any other request */
	int error;         /* then fail with this positive errno; 0: do not fail */
};

/*
 * Either function may be NULL; both are called by several threads at once and must not sleep. They
 * are called only for operations that hook_operations[] lets be delayed or failed; a decision that
 * the operation does not allow is ignored.
 */
struct hooks {
	void *injector; /* handed to both, owned by who made the hooks */
	/* Before the request is worked on. A failed request never reaches the backing file system.
	 */
	struct hook_decision (*before)(void *injector, const struct hook_request *request);
	/*
	 * When it is done and before the caller is told. result: negative errno, or the bytes moved
	 * by a read or write, or 0. A failed request keeps its effects beneath, as an I/O error on
	 * the way back would.
	 */
	struct hook_decision (*after)(void *injector, const struct hook_request *request,
				      int result);
};

/* An operation of the FUSE protocol. */
struct hook_operation {
	const char *name; /* in lower case, "fallocate" */
	uint32_t opcode;
	bool delays; /* may be made to wait: it is answered, and the kernel does not need the answer
			to go on at all */
	bool fails;  /* may be failed without losing what the kernel asks to release */
};

/* Every operation, by opcode; ended by a row without a name. rename2 is "rename" too. */
extern const struct hook_operation hook_operations[];

/* The operation of that name or opcode; NULL when there is none. */
const struct hook_operation *hook_operation_find(const char *name);
const struct hook_operation *hook_operation_of(uint32_t opcode);

#endif
