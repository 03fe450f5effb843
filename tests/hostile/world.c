/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/world.h"
#include "injector/base/cleanup.h"

#include <dirent.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <string.h>
#include <sys/stat.h>

const char *const world_names[WORLD_NAMES] = { "a", "b", "c", "d/a", "d/b", "d/c", "e/a", "e/b" };

int world_differs(struct world *world, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(world->why, sizeof(world->why), format, args);
	va_end(args);
	return -1;
}

int world_new_node(struct world *world)
{
	for (int i = 0; i < WORLD_NODES; i++) {
		struct node *node = &world->nodes[i];

		if (node->links || node->opens)
			continue;
		memset(node->bytes, 0, WORLD_SIZE);
		node->size = 0;
		node->mode = WORLD_MODE;
		node->mapped = false;
		return i;
	}
	abort(); /* there are as many nodes as names and handles */
}

void world_count(struct world *world, int node, int links, int opens)
{
	world->nodes[node].links += (unsigned int)links;
	world->nodes[node].opens += (unsigned int)opens;
}

static int allocate(struct world *world)
{
	world->data = aligned_alloc(WORLD_PAGE, WORLD_SIZE);
	for (int i = 0; i < WORLD_NODES; i++) {
		world->nodes[i].bytes = calloc(1, WORLD_SIZE);
		if (!world->nodes[i].bytes)
			return -1;
	}
	return world->data ? 0 : -1;
}

int world_make(struct world *world, const char *place, const char *beneath, unsigned int names)
{
	*world = (struct world){ .names = names, .touched = NOWHERE };
	for (int i = 0; i < WORLD_HANDLES; i++)
		world->handles[i] = (struct handle){ -1, NOWHERE, 0 };
	for (int i = 0; i < WORLD_NAMES; i++)
		world->node_of[i] = NOWHERE;
	umask(022);
	world->top = open(place, O_DIRECTORY | O_CLOEXEC);
	world->beneath = open(beneath, O_DIRECTORY | O_CLOEXEC);
	if (allocate(world) || world->top < 0 || world->beneath < 0)
		return world_differs(world, "%s: %s", place, strerror(errno));
	if (mkdirat(world->top, "d", 0755) || mkdirat(world->top, "e", 0755))
		return world_differs(world, "mkdir: %s", strerror(errno));
	world->handles[0].fd = openat(world->top, world_names[0],
				      O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, WORLD_MODE);
	if (world->handles[0].fd < 0)
		return world_differs(world, "creat: %s", strerror(errno));
	world->handles[0].node = world->node_of[0] = 0;
	world->nodes[0].mode = WORLD_MODE;
	world->handles[0].flags = O_RDWR;
	world_count(world, 0, 1, 1);
	return 0;
}

void world_free(struct world *world)
{
	for (int i = 0; i < WORLD_HANDLES; i++)
		if (world->handles[i].fd >= 0)
			close(world->handles[i].fd);
	for (int i = 0; i < WORLD_NODES; i++)
		free(world->nodes[i].bytes);
	free(world->data);
	close(world->top);
	close(world->beneath);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *at)
{
	(void)status;
	(void)type;
	(void)at;
	return remove(path);
}

void world_remove(const char *beneath)
{
	nftw(beneath, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* Reads [from, to) of the file and compares it with the node. */
static int compare_bytes(struct world *world, int fd, const struct node *node, uint32_t from,
			 uint32_t to, const char *where)
{
	unsigned char *data = world->data;
	ssize_t got = pread(fd, data, to - from, from);
	uint32_t end = to < node->size ? to : node->size;

	if (got < 0)
		return world_differs(world, "%s: reading %u to %u: %s", where, from, to,
				     strerror(errno));
	if (from + (uint32_t)got != (end > from ? end : from))
		return world_differs(world, "%s: reading %u to %u of %u gave %zd", where, from, to,
				     node->size, got);
	if (!memcmp(data, node->bytes + from, (size_t)got))
		return 0;
	for (uint32_t i = 0; i < (uint32_t)got; i++)
		if (data[i] != node->bytes[from + i])
			return world_differs(world, "%s: byte %u is %02x, and should be %02x",
					     where, from + i, data[i], node->bytes[from + i]);
	return 0;
}

static int compare_status(struct world *world, const struct node *node, const struct stat *status,
			  const char *where)
{
	if (status->st_size != node->size)
		return world_differs(world, "%s: size %jd, and should be %u", where,
				     (intmax_t)status->st_size, node->size);
	if (status->st_nlink != node->links)
		return world_differs(world, "%s: %ju links, and should have %u", where,
				     (uintmax_t)status->st_nlink, node->links);
	if ((status->st_mode & 07777) != node->mode)
		return world_differs(world, "%s: mode %o, and should be %o", where,
				     status->st_mode & 07777, node->mode);
	return 0;
}

static int compare_name(struct world *world, unsigned int name, int directory, const char *where)
{
	struct stat status;
	int node = world->node_of[name];
	int r = fstatat(directory, world_names[name], &status, AT_SYMLINK_NOFOLLOW);

	if (node == NOWHERE && r && errno == ENOENT)
		return 0;
	if (node == NOWHERE)
		return world_differs(world, "%s: %s should not be there", where, world_names[name]);
	if (r)
		return world_differs(world, "%s: %s: %s", where, world_names[name],
				     strerror(errno));
	return compare_status(world, &world->nodes[node], &status, where);
}

uint32_t world_direct_length(const struct node *node, uint32_t offset, uint32_t length)
{
	uint32_t end = node->size + -node->size % WORLD_PAGE;

	if (offset >= end)
		return 0;
	return length < end - offset ? length : end - offset;
}

/* beneath: also compares the files beneath the layer */
static int compare_names(struct world *world, unsigned int names, bool beneath)
{
	for (unsigned int i = 0; i < world->names; i++)
		if ((names & 1U << i) &&
		    (compare_name(world, i, world->top, "through the layer") ||
		     (beneath && compare_name(world, i, world->beneath, "beneath"))))
			return -1;
	return 0;
}

/* Direct reads take whole pages. */
static int compare_touched(struct world *world, const struct handle *handle)
{
	const struct node *node = &world->nodes[world->touched];
	uint32_t from = world->from, to = world->to;

	if (handle->flags & O_DIRECT) {
		from -= from % WORLD_PAGE;
		to += -to % WORLD_PAGE;
		to = from + world_direct_length(node, from, to - from);
	}
	if (to > WORLD_SIZE)
		to = WORLD_SIZE;
	return from < to ? compare_bytes(world, handle->fd, node, from, to, "afterwards") : 0;
}

int world_check(struct world *world, const struct handle *handle)
{
	struct stat status;

	if (handle && handle->node != NOWHERE) {
		if (fstat(handle->fd, &status))
			return world_differs(world, "fstat: %s", strerror(errno));
		if (compare_status(world, &world->nodes[handle->node], &status, "by the handle"))
			return -1;
	}
	if (handle && world->touched != NOWHERE && world->touched == handle->node &&
	    compare_touched(world, handle))
		return -1;
	return compare_names(world, world->named, !world->keeps_writes);
}

static int compare_file(struct world *world, unsigned int name, int directory, const char *where)
{
	_cleanup_close_ int fd = openat(directory, world_names[name], O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return world_differs(world, "%s: opening %s: %s", where, world_names[name],
				     strerror(errno));
	return compare_bytes(world, fd, &world->nodes[world->node_of[name]], 0, WORLD_SIZE, where);
}

/* Stores through mappings and kept writes reach the file beneath by a sync. */
static int sync_node(struct world *world, unsigned int name)
{
	_cleanup_close_ int fd = openat(world->top, world_names[name], O_RDWR | O_CLOEXEC);

	if (fd < 0 || fsync(fd))
		return world_differs(world, "fsync of %s: %s", world_names[name], strerror(errno));
	world->nodes[world->node_of[name]].mapped = false;
	return 0;
}

static int compare_directory(struct world *world, const char *path, const char *prefix,
			     unsigned int expected)
{
	_cleanup_close_ int fd = openat(world->top, path, O_DIRECTORY | O_CLOEXEC);
	struct dirent **entries;
	int count = scandirat(fd, ".", &entries, NULL, alphasort);
	unsigned int found = 0;
	char full[300];

	for (int i = 0; i < count; i++) {
		snprintf(full, sizeof(full), "%s%s", prefix, entries[i]->d_name);
		for (unsigned int n = 0; n < world->names; n++)
			found += !strcmp(world_names[n], full) && world->node_of[n] != NOWHERE;
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	/* Besides the files: "." and "..", and at the top d and e. */
	if (found == expected && count == (int)expected + (*prefix ? 2 : 4))
		return 0;
	return world_differs(world, "%s lists %d names, %u of %u files", path, count, found,
			     expected);
}

static int compare_directories(struct world *world)
{
	static const char *const paths[] = { ".", "d", "e" }, *const prefixes[] = { "", "d/",
										    "e/" };

	for (int i = 0; i < 3; i++) {
		size_t length = strlen(prefixes[i]);
		unsigned int expected = 0;

		for (unsigned int n = 0; n < world->names; n++)
			expected += world->node_of[n] != NOWHERE &&
				    (length ? !strncmp(world_names[n], prefixes[i], length)
					    : !strchr(world_names[n], '/'));
		if (compare_directory(world, paths[i], prefixes[i], expected))
			return -1;
	}
	return 0;
}

int world_check_all(struct world *world)
{
	for (unsigned int i = 0; world->keeps_writes && i < world->names; i++)
		if (world->node_of[i] != NOWHERE && sync_node(world, i))
			return -1;
	if (compare_names(world, ~0U, true))
		return -1;
	for (unsigned int i = 0; i < world->names; i++) {
		if (world->node_of[i] == NOWHERE)
			continue;
		if (compare_file(world, i, world->top, "through the layer") ||
		    (world->nodes[world->node_of[i]].mapped && sync_node(world, i)) ||
		    compare_file(world, i, world->beneath, "beneath"))
			return -1;
	}
	return compare_directories(world);
}
