/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What each operation does to the files and to their model. */
#include "injector/base/array.h"
#include "tests/hostile/operation.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

/* The handle of the operation; NULL: it is closed, and there is nothing to do. */
static struct handle *handle_of(struct world *world, uint32_t which)
{
	struct handle *handle = &world->handles[which % WORLD_HANDLES];

	return handle->node == NOWHERE ? NULL : handle;
}

static struct node *node_of(struct world *world, const struct handle *handle)
{
	return &world->nodes[handle->node];
}

static uint32_t lesser(uint32_t a, uint32_t b)
{
	return a < b ? a : b;
}

/* The range to read or write: within WORLD_SIZE, and from a page boundary if direct. */
static void place(const struct handle *handle, const struct operation *operation, uint32_t *offset,
		  uint32_t *length)
{
	*offset = operation->offset;
	*length = operation->length;
	if (handle->flags & O_DIRECT) {
		*offset -= *offset % WORLD_PAGE;
		*length += -*length % WORLD_PAGE;
	}
	*length = lesser(*length, WORLD_SIZE - *offset);
}

/* Marks the range to be compared, with a page on each side, and all names of the node. */
static void touch(struct world *world, int node, uint32_t from, uint32_t to)
{
	for (unsigned int i = 0; i < world->names; i++)
		if (world->node_of[i] == node)
			world->named |= 1U << i;
	world->touched = node;
	world->from = from > WORLD_PAGE ? from - WORLD_PAGE : 0;
	world->to = lesser(to + WORLD_PAGE, WORLD_SIZE);
}

static int check_result(struct world *world, const char *what, long got, long want)
{
	if (got == want)
		return 0;
	if (got < 0)
		return world_differs(world, "%s: %s, and should give %ld", what, strerror(errno),
				     want);
	return world_differs(world, "%s: %ld, and should give %ld", what, got, want);
}

/* Checks a call that should fail with `error`; 0: that should succeed. */
static int check_error(struct world *world, const char *what, int result, int error)
{
	int got = result < 0 ? errno : 0;

	if (got == error)
		return 0;
	return world_differs(world, "%s: %s, and should give %s", what, strerror(got),
			     strerror(error));
}

static void fill(unsigned char *data, uint32_t length, uint32_t value)
{
	for (uint32_t i = 0; i < length; i++)
		data[i] = (unsigned char)(1 + (value + i * 7 + (i >> 8)) % 255);
}

static int compare_data(struct world *world, const char *what, const unsigned char *data,
			const struct node *node, uint32_t offset, uint32_t length)
{
	for (uint32_t i = 0; i < length; i++)
		if (data[i] != node->bytes[offset + i])
			return world_differs(world, "%s: byte %u is %02x, and should be %02x", what,
					     offset + i, data[i], node->bytes[offset + i]);
	return 0;
}

static int do_pread(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	uint32_t offset, length, there;
	struct node *node;

	if (!handle)
		return 0;
	node = node_of(world, handle);
	place(handle, operation, &offset, &length);
	if (handle->flags & O_DIRECT)
		length = world_direct_length(node, offset, length);
	there = offset < node->size ? lesser(length, node->size - offset) : 0;
	return check_result(world, "pread", pread(handle->fd, world->data, length, offset),
			    there) ||
			       compare_data(world, "pread", world->data, node, offset, there)
		       ? -1
		       : 0;
}

static int note_written(struct world *world, const struct handle *handle, uint32_t offset,
			uint32_t length)
{
	struct node *node = node_of(world, handle);

	memcpy(node->bytes + offset, world->data, length);
	if (offset + length > node->size)
		node->size = offset + length;
	touch(world, handle->node, offset, offset + length);
	return 0;
}

static int do_pwrite(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	uint32_t offset, length, cut;

	if (!handle)
		return 0;
	place(handle, operation, &offset, &length);
	if (handle->flags & O_APPEND)
		offset = node_of(world, handle)->size;
	length = lesser(length, WORLD_SIZE - offset);
	if (!length)
		return 0;
	fill(world->data, length, operation->value);
	cut = world->flawed && length > 5000 && !(handle->flags & O_DIRECT);
	if (check_result(world, "pwrite",
			 pwrite(handle->fd, world->data, length - cut, offset) + (ssize_t)cut,
			 length))
		return -1;
	return note_written(world, handle, offset, length);
}

/* Writes in three pieces. */
static int do_pwritev(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	uint32_t offset, length, part;
	struct iovec parts[3];

	if (!handle || handle->flags & (O_APPEND | O_DIRECT))
		return 0;
	place(handle, operation, &offset, &length);
	fill(world->data, length, operation->value);
	part = length / 3;
	parts[0] = (struct iovec){ world->data, part };
	parts[1] = (struct iovec){ world->data + part, part };
	parts[2] = (struct iovec){ world->data + 2 * part, length - 2 * part };
	if (check_result(
		    world, "pwritev",
		    pwritev2(handle->fd, parts, 3, offset, operation->value % 4 ? 0 : RWF_DSYNC),
		    length))
		return -1;
	return note_written(world, handle, offset, length);
}

/* Maps a range of the file up to its end. NULL: the range is past the end, or mmap() failed, with
 * world->why. */
static unsigned char *map(struct world *world, const struct handle *handle,
			  const struct operation *operation, uint32_t *offset, uint32_t *length)
{
	const struct node *node = node_of(world, handle);
	uint32_t first = operation->offset - operation->offset % WORLD_PAGE;
	void *pages;

	*offset = operation->offset;
	if (*offset >= node->size)
		return NULL;
	*length = lesser(operation->length, node->size - *offset);
	pages = mmap(NULL, *offset - first + *length, PROT_READ | PROT_WRITE, MAP_SHARED,
		     handle->fd, first);
	if (pages == MAP_FAILED) {
		world_differs(world, "mmap: %s", strerror(errno));
		return NULL;
	}
	return pages;
}

static void unmap(unsigned char *pages, uint32_t offset, uint32_t length)
{
	munmap(pages, offset % WORLD_PAGE + length);
}

/* In the last page, the bytes past the end of the file are zero. */
static int check_tail(struct world *world, const unsigned char *pages, const struct node *node,
		      uint32_t offset, uint32_t length)
{
	uint32_t end = offset + length;

	for (uint32_t i = end; end == node->size && i % WORLD_PAGE; i++)
		if (pages[i - (offset - offset % WORLD_PAGE)])
			return world_differs(world, "mapped: byte %u behind the end is not 0", i);
	return 0;
}

static int do_map_read(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	uint32_t offset, length;
	unsigned char *pages;
	int r;

	if (!handle)
		return 0;
	pages = map(world, handle, operation, &offset, &length);
	if (!pages)
		return world->why[0] ? -1 : 0;
	r = compare_data(world, "mapped", pages + offset % WORLD_PAGE, node_of(world, handle),
			 offset, length);
	if (!r)
		r = check_tail(world, pages, node_of(world, handle), offset, length);
	unmap(pages, offset, length);
	return r;
}

static int do_map_write(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	uint32_t offset, length;
	unsigned char *pages;
	int r = 0;

	if (!handle)
		return 0;
	pages = map(world, handle, operation, &offset, &length);
	if (!pages)
		return world->why[0] ? -1 : 0;
	fill(world->data, length, operation->value);
	memcpy(pages + offset % WORLD_PAGE, world->data, length);
	node_of(world, handle)->mapped = true;
	if (operation->value % 4 == 0)
		r = msync(pages, offset % WORLD_PAGE + length, MS_SYNC);
	unmap(pages, offset, length);
	if (r)
		return world_differs(world, "msync: %s", strerror(errno));
	return note_written(world, handle, offset, length);
}

static void resize(struct world *world, int number, uint32_t size)
{
	struct node *node = &world->nodes[number];

	if (size < node->size)
		memset(node->bytes + size, 0, node->size - size);
	touch(world, number, lesser(size, node->size), size > node->size ? size : node->size);
	node->size = size;
}

static int do_ftruncate(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);

	if (!handle)
		return 0;
	if (ftruncate(handle->fd, operation->offset))
		return world_differs(world, "ftruncate: %s", strerror(errno));
	resize(world, handle->node, operation->offset);
	return 0;
}

static int do_fallocate(struct world *world, const struct operation *operation)
{
	static const int modes[] = { 0, FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				     FALLOC_FL_ZERO_RANGE,
				     FALLOC_FL_ZERO_RANGE | FALLOC_FL_KEEP_SIZE };
	struct handle *handle = handle_of(world, operation->which);
	int mode = modes[operation->value % ARRAY_SIZE(modes)];
	uint32_t offset = operation->offset, end;
	struct node *node;

	if (!handle)
		return 0;
	end = lesser(offset + operation->length, WORLD_SIZE);
	if (fallocate(handle->fd, mode, offset, end - offset))
		return world_differs(world, "fallocate with mode %x: %s", (unsigned int)mode,
				     strerror(errno));
	node = node_of(world, handle);
	if (!(mode & FALLOC_FL_KEEP_SIZE) && end > node->size)
		node->size = end;
	if (mode & (FALLOC_FL_PUNCH_HOLE | FALLOC_FL_ZERO_RANGE))
		memset(node->bytes + offset, 0, end - offset);
	touch(world, handle->node, offset, end);
	return 0;
}

static bool overlap(const struct handle *a, uint32_t from, const struct handle *b, uint32_t to,
		    uint32_t length)
{
	return a->node == b->node && from < to + length && to < from + length;
}

/* A copy may be shorter than requested. */
static int do_copy(struct world *world, const struct operation *operation)
{
	struct handle *to = handle_of(world, operation->which);
	struct handle *from = handle_of(world, operation->other);
	off_t from_offset = operation->offset, to_offset = operation->value % WORLD_SIZE;
	uint32_t length, there;
	ssize_t copied;

	if (!to || !from || (to->flags | from->flags) & (O_APPEND | O_DIRECT))
		return 0;
	length = lesser(operation->length, WORLD_SIZE - (uint32_t)to_offset);
	if (overlap(from, operation->offset, to, (uint32_t)to_offset, length))
		return 0;
	there = operation->offset < node_of(world, from)->size
			? lesser(length, node_of(world, from)->size - operation->offset)
			: 0;
	copied = copy_file_range(from->fd, &from_offset, to->fd, &to_offset, length, 0);
	if (copied < 0 || copied > there || (!copied && there))
		return check_result(world, "copy_file_range", copied, there);
	memcpy(world->data, node_of(world, from)->bytes + operation->offset, (size_t)copied);
	return copied ? note_written(world, to, operation->value % WORLD_SIZE, (uint32_t)copied)
		      : 0;
}

static int do_sync(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);

	if (!handle)
		return 0;
	if (operation->value % 2 ? fsync(handle->fd) : fdatasync(handle->fd))
		return world_differs(world, "fsync: %s", strerror(errno));
	node_of(world, handle)->mapped = false;
	return 0;
}

static int do_chmod(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);

	if (!handle)
		return 0;
	node_of(world, handle)->mode = 0600 | (operation->value & 077);
	if (fchmod(handle->fd, node_of(world, handle)->mode))
		return world_differs(world, "fchmod: %s", strerror(errno));
	return 0;
}

/* Syncs the top, d or e. */
static int do_sync_dir(struct world *world, const struct operation *operation)
{
	static const char *const directories[] = { ".", "d", "e" };
	int fd = openat(world->top, directories[operation->which % ARRAY_SIZE(directories)],
			O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = fd < 0 ? fd : fsync(fd);

	if (fd >= 0)
		close(fd);
	return r ? world_differs(world, "fsync of a directory: %s", strerror(errno)) : 0;
}

/* Asks the kernel to drop the cached pages. */
static int do_drop(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);

	if (!handle)
		return 0;
	return posix_fadvise(handle->fd, 0, 0, POSIX_FADV_DONTNEED)
		       ? world_differs(world, "posix_fadvise failed")
		       : 0;
}

/* Bytes skipped by SEEK_DATA must be zero. Not checked after stores through mappings, which may not
 * be beneath yet. */
static int do_seek(struct world *world, const struct operation *operation)
{
	struct handle *handle = handle_of(world, operation->which);
	struct node *node;
	uint32_t end;
	off_t found;

	if (!handle || node_of(world, handle)->mapped)
		return 0;
	node = node_of(world, handle);
	found = lseek(handle->fd, operation->offset, SEEK_DATA);
	if (found < 0 && errno != ENXIO)
		return world_differs(world, "SEEK_DATA: %s", strerror(errno));
	if (found >= 0 && (found < operation->offset || found >= node->size))
		return world_differs(world, "SEEK_DATA from %u of %u: %jd", operation->offset,
				     node->size, (intmax_t)found);
	end = found < 0 ? node->size : (uint32_t)found;
	for (uint32_t i = operation->offset; i < end; i++)
		if (node->bytes[i])
			return world_differs(world, "SEEK_DATA: byte %u is no hole", i);
	return 0;
}

static int close_handle(struct world *world, struct handle *handle)
{
	int r = 0;

	if (handle->node != NOWHERE) {
		r = close(handle->fd);
		world_count(world, handle->node, 0, -1);
	}
	*handle = (struct handle){ -1, NOWHERE, 0 };
	return r ? world_differs(world, "close: %s", strerror(errno)) : 0;
}

static int do_close(struct world *world, const struct operation *operation)
{
	return close_handle(world, &world->handles[operation->which % WORLD_HANDLES]);
}

/* The index of the name, which will be compared. */
static unsigned int name_of(struct world *world, uint32_t number)
{
	unsigned int name = number / WORLD_HANDLES % world->names;

	world->named |= 1U << name;
	return name;
}

/* Opens the name `other` as the handle `which`. */
static int do_open(struct world *world, const struct operation *operation)
{
	static const int modes[] = { 0, O_APPEND, O_DIRECT, O_SYNC, O_TRUNC, 0 };
	struct handle *handle = &world->handles[operation->which % WORLD_HANDLES];
	int flags = O_RDWR | modes[operation->value % ARRAY_SIZE(modes)];
	unsigned int name = name_of(world, operation->other);
	int create = operation->value / 8 % 2 ? O_CREAT : 0;
	int exclusive = create && operation->value / 16 % 4 == 0 ? O_EXCL : 0;
	int node = world->node_of[name], error = 0, fd;

	if (close_handle(world, handle))
		return -1;
	fd = openat(world->top, world_names[name], flags | create | exclusive | O_CLOEXEC,
		    WORLD_MODE);
	if (node == NOWHERE && !create)
		error = ENOENT;
	if (node != NOWHERE && exclusive)
		error = EEXIST;
	if (check_error(world, "open", fd, error))
		return -1;
	if (fd < 0)
		return 0;
	if (node == NOWHERE) {
		node = world->node_of[name] = world_new_node(world);
		world_count(world, node, 1, 0);
	}
	world_count(world, node, 0, 1);
	*handle = (struct handle){ fd, node, flags };
	if (flags & O_TRUNC)
		resize(world, node, 0);
	return 0;
}

static void remove_name(struct world *world, unsigned int name)
{
	if (world->node_of[name] != NOWHERE)
		world_count(world, world->node_of[name], -1, 0);
	world->node_of[name] = NOWHERE;
}

static int do_unlink(struct world *world, const struct operation *operation)
{
	unsigned int name = name_of(world, operation->other);
	int error = world->node_of[name] == NOWHERE ? ENOENT : 0;

	if (check_error(world, "unlink", unlinkat(world->top, world_names[name], 0), error))
		return -1;
	remove_name(world, name);
	return 0;
}

static int do_link(struct world *world, const struct operation *operation)
{
	unsigned int from = name_of(world, operation->other);
	unsigned int to = name_of(world, operation->value);
	int node = world->node_of[from], error = 0;

	if (node == NOWHERE)
		error = ENOENT;
	else if (world->node_of[to] != NOWHERE)
		error = EEXIST;
	if (check_error(world, "link",
			linkat(world->top, world_names[from], world->top, world_names[to], 0),
			error))
		return -1;
	if (!error) {
		world->node_of[to] = node;
		world_count(world, node, 1, 0);
	}
	return 0;
}

static int do_rename(struct world *world, const struct operation *operation)
{
	unsigned int from = name_of(world, operation->other);
	unsigned int to = name_of(world, operation->value), flags = operation->offset % 3;
	int source = world->node_of[from], target = world->node_of[to], error = 0;

	/* flags: 0, RENAME_NOREPLACE or RENAME_EXCHANGE */
	if (source == NOWHERE || (flags == RENAME_EXCHANGE && target == NOWHERE))
		error = ENOENT;
	else if (flags == RENAME_NOREPLACE && target != NOWHERE)
		error = EEXIST;
	if (check_error(
		    world, "rename",
		    renameat2(world->top, world_names[from], world->top, world_names[to], flags),
		    error))
		return -1;
	/* Renaming to another name of the same file keeps both. */
	if (error || source == target)
		return 0;
	if (flags == RENAME_EXCHANGE) {
		world->node_of[from] = target;
		world->node_of[to] = source;
		return 0;
	}
	remove_name(world, to);
	world->node_of[to] = source;
	world->node_of[from] = NOWHERE;
	return 0;
}

static int do_truncate(struct world *world, const struct operation *operation)
{
	unsigned int name = name_of(world, operation->other);
	int error = world->node_of[name] == NOWHERE ? ENOENT : 0, r;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d/%s", world->top, world_names[name]);
	r = truncate(path, operation->offset);
	if (check_error(world, "truncate", r, error))
		return -1;
	if (!error)
		resize(world, world->node_of[name], operation->offset);
	return 0;
}

static int do_check(struct world *world, const struct operation *operation)
{
	(void)operation;
	return world_check_all(world);
}

const struct operation_kind operation_kinds[] = {
	{ "pread", 20, 10, do_pread },
	{ "pwrite", 20, 15, do_pwrite },
	{ "pwritev", 5, 2, do_pwritev },
	{ "map-read", 10, 5, do_map_read },
	{ "map-write", 12, 6, do_map_write },
	{ "ftruncate", 6, 3, do_ftruncate },
	{ "truncate", 3, 3, do_truncate },
	{ "fallocate", 10, 4, do_fallocate },
	{ "copy", 5, 6, do_copy },
	{ "sync", 3, 2, do_sync },
	{ "sync-dir", 0, 2, do_sync_dir },
	{ "chmod", 2, 4, do_chmod },
	{ "drop", 2, 1, do_drop },
	{ "seek", 3, 1, do_seek },
	{ "open", 4, 25, do_open },
	{ "close", 1, 5, do_close },
	{ "unlink", 0, 8, do_unlink },
	{ "link", 0, 8, do_link },
	{ "rename", 0, 15, do_rename },
	{ "check", 2, 2, do_check },
};

const size_t operation_kind_count = ARRAY_SIZE(operation_kinds);
