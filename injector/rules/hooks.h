/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks: the interface between the layer and the injector. The layer describes each request, asks
 * the hooks before it touches the backing file system and again before it answers, and does as they
 * decide: wait, fail, or go on.
 */
#ifndef INJECTOR_RULES_HOOKS_H
#define INJECTOR_RULES_HOOKS_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Opcodes are those of <linux/fuse.h>; headers of distributions lack the newest. */
#if FUSE_KERNEL_VERSION == 7 && FUSE_KERNEL_MINOR_VERSION < 37
enum { FUSE_TMPFILE = 51 };
#endif

struct hook_request;

/*
 * What the layer looks up about a request only on demand, since it takes time. The hooks may call
 * these functions during a request. None waits for another request, except write_back().
 */
struct hook_lookups {
	/* Writes the path relative to the mount, as last read: "/" or "dir/file"; "" if there is
	 * none. Returns text, which holds `size` bytes. */
	const char *(*path)(const struct hook_request *request, char *text, size_t size);
	/* The size of the file in bytes, or a negative errno if it has none. */
	int64_t (*size)(const struct hook_request *request);
	/* Opens the backing file. flags: of open(2). Returns a descriptor that the caller closes,
	 * or a negative errno. */
	int (*open)(const struct hook_request *request, int flags);
	/* Has the kernel drop the cached range of the file at `at` (CLOCK_MONOTONIC ns) or soon
	 * after, by a thread of the layer. length 0: to the end. Uses only layer and nodeid of the
	 * request, so a copy suffices after it has ended. Returns 0 or -ENOMEM. */
	int (*evict)(const struct hook_request *request, uint64_t offset, uint64_t length,
		     uint64_t at);
	/* Has the kernel write back and drop the pages of all files open for writing, and waits for
	 * that some seconds at most. Not from a hook. Uses only layer of the request. Returns 0,
	 * -ETIMEDOUT or -ENOMEM. */
	int (*write_back)(const struct hook_request *request);
	/* Has the kernel soon drop all cached names, attributes and pages, since they were changed
	 * beneath. Uses only layer of the request. */
	void (*forget)(const struct hook_request *request);
};

/* A request as the kernel sent it. Fields that the operation does not have are 0. */
struct hook_request {
	uint32_t opcode; /* of the FUSE protocol; hook_operation_of() names it */
	uint64_t unique; /* of this request among those in progress */
	uint64_t nodeid; /* the kernel's ID of the inode in this mount; 0: none */
	uint64_t inode;  /* inode number, as of stat(2); 0: none */
	uint64_t device; /* of the backing file */
	uint64_t handle; /* number of the open file, never reused; 0: none */
	uint32_t pid;    /* of the calling thread; 0: the kernel itself, as for readahead */
	uint32_t uid, gid;
	uint64_t offset; /* bytes; for a truncating setattr the new size */
	uint64_t length; /* bytes */
	/* mode of fallocate; open flags of open, create and tmpfile; whence of lseek; command of
	 * ioctl; FATTR_* of setattr; FUSE_FSYNC_* of fsync; open flags of the file for read and
	 * write */
	uint32_t mode;
	uint64_t arrived; /* CLOCK_MONOTONIC, ns */
	const char *name; /* of the entry in the directory `inode`, for operations on names; NULL:
			     none, or the answer is delayed */
	/* The second inode: the target directory of a rename, with the name there; the target of a
	 * link; the file that copy_file_range writes, with the offset. */
	struct {
		uint64_t nodeid, inode, device, offset;
		const char *name; /* as above */
	} other;
	const struct hook_lookups *lookups; /* NULL: none */
	void *layer;                        /* for the lookups */
	void *plan;                         /* of the decision of before(); NULL: none */
};

/* What the kernel may cache of a file, and the requests that it then does not send. */
enum hook_kept {
	HOOK_KEPT_NAME = 1,       /* lookup */
	HOOK_KEPT_ATTRIBUTES = 2, /* getattr, and getxattr of an ACL */
	HOOK_KEPT_PAGES = 4,      /* read */
	HOOK_KEPT_WRITES = 8,     /* write */
	HOOK_KEPT_ALL = 15,
};

/* What to do with a request. Zeros: nothing. */
struct hook_decision {
	uint64_t delay_ns; /* delay for that long, without holding up other requests */
	int error;         /* then fail with this positive errno; 0: do not fail */
	bool goes_on;      /* after the delay, call next() */
	bool held;         /* before the delay, call waits(), which may cut it short */
	/* any signal to the caller ends the delay; false: only one that kills it */
	bool interruptible;
	void *plan; /* of before(): kept in the request until done() */
};

/* Ends the wait of a request at `at` (CLOCK_MONOTONIC, ns), unless it ends before. */
typedef void hook_wake(void *waiter, uint64_t at);

/*
 * Each function may be NULL. Several threads call them at once; they must not sleep. Functions that
 * take a request are called only for operations that hook_operations[] lets be delayed. An error is
 * ignored if the operation may not fail.
 */
struct hooks {
	void *injector; /* passed to each; owned by the maker of the hooks */
	/* Before the request is worked on. A failed request never reaches the backing file system.
	 */
	struct hook_decision (*before)(void *injector, const struct hook_request *request);
	/*
	 * After the operation, before its answer. result: negative errno, or the bytes moved by a
	 * read or write, or 0. A failed request keeps its effects beneath, as an I/O error on the
	 * way back would.
	 */
	struct hook_decision (*after)(void *injector, const struct hook_request *request,
				      int result);
	/* After the delay of a decision with goes_on, or when a signal has ended it: then the
	 * decision is ignored, and the request fails with EINTR if it may fail. */
	struct hook_decision (*next)(void *injector, const struct hook_request *request,
				     bool interrupted);
	/* Before the delay of a decision with held. wake: ends the delay; may be called with
	 * `waiter` until next() or done() is called for the request. */
	void (*waits)(void *injector, const struct hook_request *request, hook_wake *wake,
		      void *waiter);
	/* For a request with a plan: returns how many of the `size` bytes to read or write, at
	 * least 1. */
	size_t (*shorten)(void *injector, const struct hook_request *request, size_t size);
	/* For a request with a plan: may change the data that was read. */
	void (*alter_read)(void *injector, const struct hook_request *request, char *data,
			   size_t size);
	/* For a request with a plan: may change the data that will be written. */
	void (*alter_write)(void *injector, const struct hook_request *request, char *data,
			    size_t size);
	/* For a request with a plan that has succeeded, but not a read: may change its answer, the
	 * protocol's struct for the operation without the header, but not its size. Before after().
	 */
	void (*alter_answer)(void *injector, const struct hook_request *request, void *answer,
			     size_t size);
	/* Returns what the kernel must not cache of a file, HOOK_KEPT_* ORed, so that it sends the
	 * requests. path: relative to the mount; NULL: of any file. */
	unsigned int (*watches)(void *injector, const char *path, uint64_t inode);
	/* The layer starts, and the kernel may cache. forget: to be called with `layer` whenever
	 * the result of watches() has changed, until ended() returns. */
	void (*began)(void *injector, void (*forget)(void *layer), void *layer);
	/* The kernel has forgotten an inode, and nobody has it open. Also called by threads without
	 * a request. */
	void (*forgotten)(void *injector, uint64_t device, uint64_t inode);
	/* A request with a plan has ended, in whatever way; frees the plan. Last call for it. */
	void (*done)(void *injector, const struct hook_request *request);
	/* The layer ends: its lookups must not be called any more, not even with a copied request.
	 * Called once, after unmounting. May wait for calls in progress. On a detached mount that
	 * is in use, requests may still come. */
	void (*ended)(void *injector);
};

/* An operation of the FUSE protocol. */
struct hook_operation {
	const char *name; /* in lower case, "fallocate" */
	uint32_t opcode;
	bool delays; /* may be delayed: it has an answer, without which the kernel can proceed */
	bool fails;  /* may fail without leaking what the kernel asks to release */
	unsigned int groups; /* enum hook_group, ORed */
	unsigned int fields; /* enum hook_field, ORed */
};

/* Kinds of operations that rules name together. */
enum hook_group {
	HOOK_DATA = 1,      /* moves or shapes bytes of a file */
	HOOK_METADATA = 2,  /* asks for or changes attributes */
	HOOK_NAMESPACE = 4, /* makes, moves, removes and lists names */
	HOOK_SYNC = 8,      /* makes durable */
};

/* Fields of its requests that a rule can test. */
enum hook_field {
	HOOK_OFFSET = 1,
	HOOK_LENGTH = 2,
	HOOK_FLAGS = 4,   /* open flags in `mode` */
	HOOK_MODE = 8,    /* fallocate's mode in `mode` */
	HOOK_HANDLE = 16, /* the open file, in `handle` */
	HOOK_RANGE = HOOK_OFFSET | HOOK_LENGTH,
};

/* Every operation, by opcode; ended by a row without a name. rename2 is "rename" too. */
extern const struct hook_operation hook_operations[];

/* Masks with a bit for each opcode: of one operation, and of all that have these fields. */
#define HOOK_BIT(opcode) (UINT64_C(1) << (opcode))
uint64_t hook_operations_with(unsigned int fields);

/* The operation of that name or opcode; NULL if there is none. */
const struct hook_operation *hook_operation_find(const char *name);
const struct hook_operation *hook_operation_of(uint32_t opcode);

#endif
