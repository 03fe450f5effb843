/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hooks: all that the layer knows of the injector. The layer describes each request, asks before it
 * touches the backing file system and again before it answers, and does what it is told: wait,
 * fail, or go on.
 */
#ifndef INJECTOR_RULES_HOOKS_H
#define INJECTOR_RULES_HOOKS_H

#include <linux/fuse.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Operations have the numbers of <linux/fuse.h>; headers of distributions lack the newest. */
#if FUSE_KERNEL_VERSION == 7 && FUSE_KERNEL_MINOR_VERSION < 37
enum { FUSE_TMPFILE = 51 };
#endif

struct hook_request;

/*
 * What the layer tells about a request only when asked, because finding out takes time. Callable
 * from the hooks, while the request is theirs; none of them waits for another request.
 */
struct hook_lookups {
	/* The path relative to the mount, as last seen: "/" or "dir/file". Returns text, which
	 * holds `size` bytes; "" when it has none. */
	const char *(*path)(const struct hook_request *request, char *text, size_t size);
	/* The size of the file in bytes, negative errno when it has none. */
	int64_t (*size)(const struct hook_request *request);
	/* Opens the file beneath with flags of open(2); the caller closes it. Negative errno. */
	int (*open)(const struct hook_request *request, int flags);
	/* Has the kernel drop what it caches of the range, from `at` (CLOCK_MONOTONIC ns) on and as
	 * soon as it can: by a thread of the layer's own. length 0: to the end. Of the request
	 * only layer and nodeid are used, so a copy of it will do after it has ended.
	 * Returns 0 or -ENOMEM. */
	int (*evict)(const struct hook_request *request, uint64_t offset, uint64_t length,
		     uint64_t at);
	/* Has the kernel write back and drop all that it caches of files that are open, and waits
	 * for it: not from a hook, and for some seconds at most. Of the request only layer is used.
	 * Returns 0, -ETIMEDOUT or -ENOMEM. */
	int (*write_back)(const struct hook_request *request);
	/* Has the kernel drop, soon, all that it caches of names, attributes and pages, since they
	 * were changed beneath. Of the request only layer is used. */
	void (*forget)(const struct hook_request *request);
};

/* A request as the kernel sent it. Fields that the operation does not have are 0. */
struct hook_request {
	uint32_t opcode; /* of the FUSE protocol; hook_operation_of() names it */
	uint64_t unique; /* of this request among those under way */
	uint64_t nodeid; /* the inode as the kernel knows it in this mount; 0: none */
	uint64_t inode;  /* its inode number, as stat says; 0: none */
	uint64_t device; /* beneath, that it lies on */
	uint64_t handle; /* number of the open that it comes by, never given again; 0: none */
	uint32_t pid;    /* of the thread that asked; 0: the kernel itself, as for readahead */
	uint32_t uid, gid;
	uint64_t offset; /* bytes; for a truncating setattr the new size */
	uint64_t length; /* bytes */
	/* mode of fallocate; open flags of open, create and tmpfile; whence of lseek; command of
	 * ioctl; FATTR_* of setattr; FUSE_FSYNC_* of fsync; open flags of the file for read and
	 * write */
	uint32_t mode;
	uint64_t arrived; /* CLOCK_MONOTONIC, ns */
	const char *name; /* of the entry in the directory `inode`, for operations on names; NULL:
			     none, or the answer waits */
	/* The second inode: the directory that a rename moves to, with the name there; what a link
	 * is made to; the file that copy_file_range writes, with the offset. */
	struct {
		uint64_t nodeid, inode, device, offset;
		const char *name; /* as above */
	} other;
	const struct hook_lookups *lookups; /* NULL: nothing can be asked */
	void *layer;                        /* the layer's */
	void *plan;                         /* as the hooks left it in a decision; NULL: none */
};

/* What the kernel may keep of a file, so that it does without requests. */
enum hook_kept {
	HOOK_KEPT_NAME = 1,       /* lookup */
	HOOK_KEPT_ATTRIBUTES = 2, /* getattr, and getxattr of an ACL */
	HOOK_KEPT_PAGES = 4,      /* read */
	HOOK_KEPT_WRITES = 8,     /* write */
	HOOK_KEPT_ALL = 15,
};

/* What to do with a request. Zeros: nothing. */
struct hook_decision {
	uint64_t delay_ns; /* wait this long first, without holding up any other request */
	int error;         /* then fail with this positive errno; 0: do not fail */
	bool goes_on;      /* after the delay, ask next() */
	bool held;         /* tell waits() of the delay: it may be cut short */
	/* any signal to the caller ends the delay; false: only one that kills it */
	bool interruptible;
	void *plan; /* of before(): kept in the request until done() */
};

/* Ends the wait of a request at a time (CLOCK_MONOTONIC, ns) unless it ends before. */
typedef void hook_wake(void *waiter, uint64_t at);

/*
 * Each function may be NULL; all are called by several threads at once and must not sleep. They
 * are called only for operations that hook_operations[] lets be delayed or failed; a decision that
 * the operation does not allow is ignored.
 */
struct hooks {
	void *injector; /* handed to all, owned by whoever made the hooks */
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
	/* When the delay of a decision with goes_on is over, or was ended by a signal: then the
	 * request fails with EINTR where it may, whatever is decided. */
	struct hook_decision (*next)(void *injector, const struct hook_request *request,
				     bool interrupted);
	/* A request is about to wait by a decision with held. wake: ends the wait; to be called
	 * with `waiter`, until next() or done() is called for the request. */
	void (*waits)(void *injector, const struct hook_request *request, hook_wake *wake,
		      void *waiter);
	/* Of a request with a plan: how many of the `size` bytes are to be read or written, at
	 * least 1. */
	size_t (*shorten)(void *injector, const struct hook_request *request, size_t size);
	/* Of a request with a plan: what was read, before it is handed on; may be changed. */
	void (*alter_read)(void *injector, const struct hook_request *request, char *data,
			   size_t size);
	/* Of a request with a plan: what will be written, and where; may be changed. */
	void (*alter_write)(void *injector, const struct hook_request *request, char *data,
			    size_t size);
	/* Of a request with a plan that has succeeded, but for reads: its answer without the
	 * header, in the protocol's struct for the operation; may be changed, not in size. Before
	 * after(). */
	void (*alter_answer)(void *injector, const struct hook_request *request, void *answer,
			     size_t size);
	/* What of a file the kernel must not keep, HOOK_KEPT_* ORed, since operations come only
	 * where it is not kept. path: relative to the mount; NULL: of any file. */
	unsigned int (*watches)(void *injector, const char *path, uint64_t inode);
	/* The layer begins, and the kernel keeps something. forget: to be called with `layer`
	 * whenever watches() has changed its mind, until ended() returns. */
	void (*began)(void *injector, void (*forget)(void *layer), void *layer);
	/* A request with a plan has ended, whatever came of it; nothing is asked about it again. */
	void (*done)(void *injector, const struct hook_request *request);
	/* The layer ends. From now on nobody may call its lookups, also who has kept a request.
	 * Called once, after the last request; it may wait for calls that are under way. */
	void (*ended)(void *injector);
};

/* An operation of the FUSE protocol. */
struct hook_operation {
	const char *name; /* in lower case, "fallocate" */
	uint32_t opcode;
	bool delays; /* may be made to wait: it is answered, and the kernel does not need the answer
			to go on at all */
	bool fails;  /* may be failed without losing what the kernel asks to release */
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

/* What its requests say that a rule can ask about. */
enum hook_field {
	HOOK_OFFSET = 1,
	HOOK_LENGTH = 2,
	HOOK_FLAGS = 4,   /* open flags in `mode` */
	HOOK_MODE = 8,    /* what fallocate is to do in `mode` */
	HOOK_HANDLE = 16, /* the open that it comes by, in `handle` */
	HOOK_RANGE = HOOK_OFFSET | HOOK_LENGTH,
};

/* Every operation, by opcode; ended by a row without a name. rename2 is "rename" too. */
extern const struct hook_operation hook_operations[];

/* A bit for each opcode: of one operation, and of those that have all these fields. */
#define HOOK_BIT(opcode) (UINT64_C(1) << (opcode))
uint64_t hook_operations_with(unsigned int fields);

/* The operation of that name or opcode; NULL when there is none. */
const struct hook_operation *hook_operation_find(const char *name);
const struct hook_operation *hook_operation_of(uint32_t opcode);

#endif
