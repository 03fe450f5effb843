/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/hostile/durable.h"
#include "injector/base/cleanup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/falloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

enum { FILES_MAX = 512, CHANGES_MAX = 1024, PAGES = WORLD_SIZE / WORLD_PAGE, DIRECTORIES = 3 };

static const char id_name[] = "user.file";

/* A file as its last sync left it, and as it is now. */
struct file {
	unsigned char *durable; /* WORLD_SIZE bytes, zero from size on */
	unsigned char *now;
	uint32_t size, now_size;
	int node;                           /* NOWHERE: another file has its node */
	unsigned int since;                 /* number of changes that `durable` already includes */
	unsigned int sync_to, data_sync_to; /* changes that fsync(), fdatasync() make durable */
	bool vague[PAGES];   /* pages stored to through mappings, not surely written back */
	bool written[PAGES]; /* pages written since the last sync, in any way */
	bool mapped;
};

enum change_kind { NAMES, SIZE, ZEROS, ALLOCATED, MODE };

struct change {
	enum change_kind kind;
	unsigned int names;       /* mask of the names that refer to another file, */
	int file_of[WORLD_NAMES]; /* and that file; NOWHERE: none */
	int file;
	uint32_t from, to; /* bytes; `to` of MODE: the mode */
	bool grows;
};

struct durable {
	struct world *world;
	const struct lose_settings *settings;
	struct file files[FILES_MAX];
	unsigned int file_count;
	struct change log[CHANGES_MAX];
	unsigned int count;                    /* number of changes */
	unsigned int low, high;                /* least and greatest number that may be durable */
	unsigned int directories[DIRECTORIES]; /* number of the last change in each: top, d, e */
	int first[WORLD_NAMES],
		named[WORLD_NAMES]; /* LOSE_ANY: files of names initially, and durably */
	bool done[CHANGES_MAX];     /* LOSE_ANY: the change is durable */
};

static bool is_any(const struct durable *durable)
{
	return durable->settings->names == LOSE_ANY;
}

static unsigned int greater(unsigned int a, unsigned int b)
{
	return a > b ? a : b;
}

static int directory_of(unsigned int name)
{
	return !strchr(world_names[name], '/') ? 0 : world_names[name][0] == 'd' ? 1 : 2;
}

static void copy_now(struct durable *durable, struct file *file)
{
	const struct node *node = &durable->world->nodes[file->node];

	memcpy(file->now, node->bytes, WORLD_SIZE);
	file->now_size = node->size;
}

/* Applies a change to the content of its file. */
static void apply(const struct change *change, unsigned char *bytes, uint32_t *size)
{
	if (change->kind == SIZE && change->to < *size) {
		memset(bytes + change->to, 0, *size - change->to);
		*size = change->to;
	}
	if (change->kind == ZEROS && change->from < *size)
		memset(bytes + change->from, 0,
		       (change->to < *size ? change->to : *size) - change->from);
	if (change->grows && change->to > *size)
		*size = change->to;
}

static uint32_t size_at(const struct durable *durable, const struct file *file, unsigned int count)
{
	uint32_t size = file->size;

	for (unsigned int i = file->since; i < count; i++) {
		const struct change *change = &durable->log[i];

		if (change->kind == NAMES || &durable->files[change->file] != file)
			continue;
		if (change->kind == SIZE && change->to < size)
			size = change->to;
		if (change->grows && change->to > size)
			size = change->to;
	}
	return size;
}

/* The mode after the first `count` changes, or after the durable ones with LOSE_ANY. */
static mode_t mode_at(const struct durable *durable, const struct file *file, unsigned int count)
{
	mode_t mode = WORLD_MODE;

	for (unsigned int i = 0; i < durable->count; i++) {
		const struct change *change = &durable->log[i];

		if (change->kind == MODE && &durable->files[change->file] == file &&
		    (is_any(durable) ? durable->done[i] : i < count))
			mode = change->to;
	}
	return mode;
}

static bool fills_hole(const struct file *file)
{
	static const unsigned char zeros[WORLD_PAGE];

	for (int page = 0; page < PAGES; page++)
		if (file->written[page] &&
		    !memcmp(file->durable + page * WORLD_PAGE, zeros, WORLD_PAGE))
			return true;
	return false;
}

/* Whether the change affects a name in the directory, or one of the chosen names. */
static bool is_chosen(const struct change *change, int directory, unsigned int chosen)
{
	if (change->kind != NAMES)
		return false;
	for (unsigned int name = 0; name < WORLD_NAMES; name++)
		if (change->names >> name & 1 &&
		    (directory_of(name) == directory || chosen >> name & 1))
			return true;
	return false;
}

/* LOSE_ANY: makes the names in a directory durable, with all earlier changes of the same names. */
static void sync_names(struct durable *durable, int directory)
{
	unsigned int chosen = 0;

	for (unsigned int i = durable->count; i-- > 0;)
		if (is_chosen(&durable->log[i], directory, chosen)) {
			chosen |= durable->log[i].names;
			durable->done[i] = true;
		}
	memcpy(durable->named, durable->first, sizeof(durable->named));
	for (unsigned int i = 0; i < durable->count; i++)
		for (unsigned int name = 0; durable->done[i] && name < WORLD_NAMES; name++)
			if (durable->log[i].names >> name & 1)
				durable->named[name] = durable->log[i].file_of[name];
}

/* A sync of a file makes at least `surely` and at most `perhaps` changes durable. */
static void sync_log(struct durable *durable, const struct file *file, bool data)
{
	unsigned int surely = data ? file->data_sync_to : file->sync_to, perhaps = surely;
	uint32_t low = size_at(durable, file, durable->low);
	uint32_t high = size_at(durable, file, durable->high);

	if ((file->mapped && !data) || file->now_size > low || file->now_size > high ||
	    fills_hole(file))
		perhaps = durable->count;
	if (file->now_size > low && file->now_size > high)
		surely = durable->count;
	durable->low = greater(durable->low, surely);
	durable->high = greater(durable->high, greater(perhaps, durable->low));
}

static void sync_modes(struct durable *durable, const struct file *file)
{
	for (unsigned int i = 0; i < durable->count; i++)
		if (durable->log[i].kind == MODE && &durable->files[durable->log[i].file] == file)
			durable->done[i] = true;
}

/* Of the pages stored to through mappings, only those in the range are surely written back. */
static void sync_file(struct durable *durable, struct file *file, bool data, uint32_t from,
		      uint32_t to)
{
	copy_now(durable, file);
	if (is_any(durable))
		sync_modes(durable, file);
	else
		sync_log(durable, file, data);
	file->mapped = false;
	for (int page = 0; page < PAGES; page++) {
		bool in = (uint32_t)page * WORLD_PAGE < to &&
			  (uint32_t)(page + 1) * WORLD_PAGE > from;

		file->vague[page] &= !in;
		file->mapped |= file->vague[page];
		file->written[page] = file->vague[page];
	}
	memcpy(file->durable, file->now, WORLD_SIZE);
	file->size = file->now_size;
	file->since = durable->count;
}

static struct file *file_of_node(struct durable *durable, int node)
{
	for (unsigned int i = durable->file_count; i-- > 0;)
		if (durable->files[i].node == node)
			return &durable->files[i];
	return NULL;
}

static int index_of(const struct durable *durable, const struct file *file)
{
	return file ? (int)(file - durable->files) : NOWHERE;
}

static struct file *add_file(struct durable *durable, int node)
{
	struct file *file = &durable->files[durable->file_count];

	if (durable->file_count == FILES_MAX)
		return NULL;
	for (unsigned int i = 0; i < durable->file_count; i++)
		if (durable->files[i].node == node)
			durable->files[i].node = NOWHERE;
	*file = (struct file){
		.durable = calloc(1, WORLD_SIZE),
		.now = calloc(1, WORLD_SIZE),
		.node = node,
		.since = durable->count,
	};
	durable->file_count++;
	return file->durable && file->now ? file : NULL;
}

static struct change *add_change(struct durable *durable, enum change_kind kind)
{
	struct change *change = &durable->log[durable->count];

	if (durable->count == CHANGES_MAX)
		return NULL;
	durable->count++;
	*change = (struct change){ .kind = kind };
	return change;
}

/* Tags a file with its number, beneath: through the layer the tag could be lost. Returns 0 or
 * -1. */
static int tag_file(struct durable *durable, unsigned int name, int file)
{
	struct world *world = durable->world;
	_cleanup_close_ int fd = openat(world->beneath, world_names[name], O_RDONLY | O_CLOEXEC);

	return fsetxattr(fd, id_name, &file, sizeof(file), 0)
		       ? world_differs(world, "setxattr: %s", strerror(errno))
		       : 0;
}

static int follow_names(struct durable *durable, const struct durable_before *before, bool created)
{
	struct world *world = durable->world;
	struct change *change = NULL;

	for (unsigned int i = 0; i < world->names; i++) {
		struct file *file;
		int node = world->node_of[i];

		if (node == before->node_of[i])
			continue;
		change = change ?: add_change(durable, NAMES);
		file = node == NOWHERE ? NULL
		       : created       ? add_file(durable, node)
				       : file_of_node(durable, node);
		if (!change || (node != NOWHERE && !file))
			return world_differs(world, "the model is full");
		if (created && tag_file(durable, i, index_of(durable, file)))
			return -1;
		change->names |= 1U << i;
		change->file_of[i] = index_of(durable, file);
		/* fdatasync() need not make other names of a file durable than its first. */
		if (file)
			file->sync_to = durable->count;
		if (file && created)
			file->data_sync_to = durable->count;
		file = before->node_of[i] == NOWHERE ? NULL
						     : file_of_node(durable, before->node_of[i]);
		if (file)
			file->sync_to = durable->count;
		durable->directories[directory_of(i)] = durable->count;
	}
	return 0;
}

static void follow_shape(struct durable *durable, struct file *file, enum change_kind kind,
			 uint32_t from, uint32_t to, bool grows)
{
	struct change *change = add_change(durable, kind);

	if (!change)
		return;
	change->file = index_of(durable, file);
	change->from = from;
	change->to = to;
	change->grows = grows;
	file->sync_to = file->data_sync_to = durable->count;
	copy_now(durable, file);
}

static void follow_chmod(struct durable *durable, struct file *file)
{
	struct change *change = add_change(durable, MODE);

	if (!change)
		return;
	change->file = index_of(durable, file);
	change->to = durable->world->nodes[file->node].mode;
	/* fdatasync() need not make a mode durable. */
	file->sync_to = durable->count;
}

static void follow_fallocate(struct durable *durable, struct file *file,
			     const struct operation *operation, uint32_t size)
{
	/* In the order of do_fallocate(). */
	static const enum change_kind kinds[] = { ALLOCATED, ALLOCATED, ZEROS, ZEROS, ZEROS };
	unsigned int mode = operation->value % 5;
	uint32_t end = operation->offset + operation->length;

	if (end > WORLD_SIZE)
		end = WORLD_SIZE;
	follow_shape(durable, file, kinds[mode], operation->offset, end,
		     (mode == 0 || mode == 3) && end > size);
}

/* Marks the pages that the operation compares: those it may have written, and one on each side. */
static void follow_write(struct durable *durable, struct file *file, bool mapped)
{
	const struct world *world = durable->world;

	for (uint32_t page = world->from / WORLD_PAGE;
	     page * WORLD_PAGE < world->to && page < PAGES; page++) {
		file->written[page] = true;
		file->vague[page] |= mapped;
	}
	file->mapped |= mapped;
	file->sync_to = greater(file->sync_to, mapped ? 0 : durable->count);
	copy_now(durable, file);
}

static bool is(const struct operation *operation, const char *name)
{
	return !strcmp(operation_kinds[operation->kind].name, name);
}

static void follow_data(struct durable *durable, const struct operation *operation,
			const struct durable_before *before, struct file *file)
{
	const struct world *world = durable->world;
	bool dsync = is(operation, "pwritev") && operation->value % 4 == 0;
	bool msync = is(operation, "map-write") && operation->value % 4 == 0;

	if (world->touched == NOWHERE)
		return;
	follow_write(durable, file, is(operation, "map-write"));
	if (is(operation, "copy"))
		return;
	if (msync)
		sync_file(durable, file, true, world->from, world->to);
	else if (!is(operation, "map-write") && (dsync || before->flags & O_DSYNC))
		sync_file(durable, file, (before->flags & O_SYNC) != O_SYNC, world->from,
			  world->to);
}

static void sync_directory(struct durable *durable, int directory)
{
	if (is_any(durable)) {
		sync_names(durable, directory);
		return;
	}
	durable->low = greater(durable->low, durable->directories[directory]);
	durable->high = greater(durable->high, durable->low);
}

struct durable_before durable_before(const struct world *world, const struct operation *operation)
{
	const struct handle *handle = &world->handles[operation->which % WORLD_HANDLES];
	struct durable_before before = { .node = handle->node, .flags = handle->flags };

	memcpy(before.node_of, world->node_of, sizeof(before.node_of));
	for (int i = 0; i < WORLD_NODES; i++)
		before.sizes[i] = world->nodes[i].size;
	return before;
}

static int follow_open(struct durable *durable, const struct operation *operation,
		       const struct durable_before *before)
{
	const struct world *world = durable->world;
	const struct handle *handle = &world->handles[operation->which % WORLD_HANDLES];
	unsigned int name = operation->other / WORLD_HANDLES % world->names;

	if (handle->node == NOWHERE)
		return 0;
	if (before->node_of[name] == NOWHERE)
		return follow_names(durable, before, true);
	if (handle->flags & O_TRUNC)
		follow_shape(durable, file_of_node(durable, handle->node), SIZE, 0, 0, false);
	return 0;
}

int durable_follow(struct durable *durable, const struct operation *operation,
		   const struct durable_before *before)
{
	struct world *world = durable->world;
	struct file *file = before->node == NOWHERE ? NULL : file_of_node(durable, before->node);

	if (durable->count >= CHANGES_MAX - 2)
		return world_differs(world, "the model is full");
	if (is(operation, "open"))
		return follow_open(durable, operation, before);
	if (is(operation, "sync-dir"))
		sync_directory(durable, (int)(operation->which % DIRECTORIES));
	else if (is(operation, "truncate") && world->touched != NOWHERE)
		follow_shape(durable, file_of_node(durable, world->touched), SIZE,
			     operation->offset, operation->offset,
			     operation->offset > before->sizes[world->touched]);
	else if (!file)
		return follow_names(durable, before, false);
	else if (is(operation, "chmod"))
		follow_chmod(durable, file);
	else if (is(operation, "sync"))
		sync_file(durable, file, operation->value % 2 == 0, 0, WORLD_SIZE);
	else if (is(operation, "ftruncate"))
		follow_shape(durable, file, SIZE, operation->offset, operation->offset,
			     operation->offset > before->sizes[before->node]);
	else if (is(operation, "fallocate"))
		follow_fallocate(durable, file, operation, before->sizes[before->node]);
	else if (is(operation, "pwrite") || is(operation, "pwritev") ||
		 is(operation, "map-write") || is(operation, "copy"))
		follow_data(durable, operation, before, file);
	return follow_names(durable, before, false);
}

struct durable *durable_make(struct world *world, const struct lose_settings *settings)
{
	struct durable *durable = calloc(1, sizeof(*durable));

	if (!durable)
		return NULL;
	durable->world = world;
	durable->settings = settings;
	for (int i = 0; i < WORLD_NAMES; i++)
		durable->first[i] = durable->named[i] = NOWHERE;
	durable->first[0] = durable->named[0] = 0;
	if (add_file(durable, 0) && !tag_file(durable, 0, 0))
		return durable;
	durable_free(durable);
	return NULL;
}

void durable_free(struct durable *durable)
{
	for (unsigned int i = 0; i < durable->file_count; i++) {
		free(durable->files[i].durable);
		free(durable->files[i].now);
	}
	free(durable);
}

/* Reads the tags of the files beneath, for each name. Returns 0 or -1. */
static int find_files(struct durable *durable, int found[WORLD_NAMES])
{
	struct world *world = durable->world;

	for (unsigned int i = 0; i < WORLD_NAMES; i++) {
		_cleanup_close_ int fd =
			openat(world->beneath, world_names[i], O_RDONLY | O_NOFOLLOW | O_CLOEXEC);

		found[i] = NOWHERE;
		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0 || fgetxattr(fd, id_name, &found[i], sizeof(int)) != sizeof(int))
			return world_differs(world, "%s: %s", world_names[i], strerror(errno));
	}
	return 0;
}

static void names_at(const struct durable *durable, unsigned int count, int names[WORLD_NAMES])
{
	memcpy(names, durable->first, sizeof(durable->first));
	for (unsigned int i = 0; i < count; i++)
		for (unsigned int name = 0; name < WORLD_NAMES; name++)
			if (durable->log[i].kind == NAMES && durable->log[i].names >> name & 1)
				names[name] = durable->log[i].file_of[name];
}

static bool is_kept(const struct durable *durable)
{
	return durable->settings->keep.kind != LOSE_NONE;
}

/* Compares a file with the model after the first `count` changes. Returns 0 or -1. */
static int compare_file(struct durable *durable, unsigned int name, const struct file *file,
			unsigned int count)
{
	struct world *world = durable->world;
	_cleanup_close_ int fd = openat(world->beneath, world_names[name], O_RDONLY | O_CLOEXEC);
	_cleanup_free_ unsigned char *want = malloc(WORLD_SIZE), *got = calloc(1, WORLD_SIZE + 1);
	uint32_t size = file->size;
	struct stat status;
	ssize_t length = fd < 0 || !want || !got ? -1 : pread(fd, got, WORLD_SIZE + 1, 0);

	if (length < 0 || fstat(fd, &status))
		return world_differs(world, "%s: %s", world_names[name], strerror(errno));
	if ((status.st_mode & 07777) != mode_at(durable, file, count))
		return world_differs(world, "%s: mode %o, and should be %o", world_names[name],
				     status.st_mode & 07777, mode_at(durable, file, count));
	memcpy(want, file->durable, WORLD_SIZE);
	for (unsigned int i = file->since; i < count; i++)
		if (durable->log[i].kind != NAMES && &durable->files[durable->log[i].file] == file)
			apply(&durable->log[i], want, &size);
	if (length != size && !(is_kept(durable) && length > size))
		return world_differs(world, "%s: %zd bytes, and should be %u", world_names[name],
				     length, size);
	for (uint32_t i = 0; i < (uint32_t)length && i < WORLD_SIZE; i++) {
		if (got[i] == want[i] || file->vague[i / WORLD_PAGE] ||
		    (is_kept(durable) && file->written[i / WORLD_PAGE]))
			continue;
		return world_differs(world, "%s: byte %u is %02x, and should be %02x, of %zd",
				     world_names[name], i, got[i], want[i], length);
	}
	return 0;
}

/* The names of a file must be all links of one inode. */
static int compare_links(struct durable *durable, const int found[WORLD_NAMES])
{
	struct world *world = durable->world;
	struct stat status[WORLD_NAMES];
	unsigned int links;

	for (unsigned int i = 0; i < WORLD_NAMES; i++) {
		if (found[i] == NOWHERE)
			continue;
		if (fstatat(world->beneath, world_names[i], &status[i], 0))
			return world_differs(world, "%s: %s", world_names[i], strerror(errno));
		links = 0;
		for (unsigned int other = 0; other < WORLD_NAMES; other++)
			links += found[other] == found[i];
		for (unsigned int other = 0; other < i; other++)
			if (found[other] == found[i] && status[other].st_ino != status[i].st_ino)
				return world_differs(world, "%s and %s are two files",
						     world_names[i], world_names[other]);
		if (status[i].st_nlink != links)
			return world_differs(world, "%s: %ju links, and should have %u",
					     world_names[i], (uintmax_t)status[i].st_nlink, links);
	}
	return 0;
}

static int compare_at(struct durable *durable, const int found[WORLD_NAMES], unsigned int count)
{
	struct world *world = durable->world;
	int names[WORLD_NAMES], r = 0;

	names_at(durable, count, names);
	for (unsigned int i = 0; i < WORLD_NAMES && !r; i++)
		if (found[i] != names[i])
			r = world_differs(world, "%s is file %d, and should be %d after %u changes",
					  world_names[i], found[i], names[i], count);
	for (unsigned int i = 0; i < WORLD_NAMES && !r; i++)
		if (found[i] != NOWHERE)
			r = compare_file(durable, i, &durable->files[found[i]], count);
	return r;
}

static bool was_once(const struct durable *durable, unsigned int name, int file)
{
	for (unsigned int i = 0; i < durable->count; i++)
		if (!durable->done[i] && durable->log[i].kind == NAMES &&
		    durable->log[i].names >> name & 1 && durable->log[i].file_of[name] == file)
			return true;
	return false;
}

static int compare_any(struct durable *durable, const int found[WORLD_NAMES])
{
	struct world *world = durable->world;
	int r = 0;

	for (unsigned int i = 0; i < WORLD_NAMES && !r; i++)
		if (found[i] != durable->named[i] &&
		    !(is_kept(durable) && was_once(durable, i, found[i])))
			r = world_differs(world, "%s is file %d, and should be %d", world_names[i],
					  found[i], durable->named[i]);
	/* With `keep`, only LOSE_ORDERED checks the content of files. */
	for (unsigned int i = 0; i < WORLD_NAMES && !r && !is_kept(durable); i++)
		if (found[i] != NOWHERE)
			r = compare_file(durable, i, &durable->files[found[i]], 0);
	return r;
}

int durable_check(struct durable *durable)
{
	unsigned int last = is_kept(durable) ? durable->count : durable->high;
	int found[WORLD_NAMES], r = find_files(durable, found) ?: compare_links(durable, found);

	if (r)
		return r;
	if (is_any(durable))
		return compare_any(durable, found);
	for (unsigned int count = durable->low; count <= last; count++) {
		r = compare_at(durable, found, count);
		if (!r)
			return 0;
	}
	return r;
}
