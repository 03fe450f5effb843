/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/lookups.h"
#include "fusefs/cache.h"
#include "fusefs/evictor.h"
#include "fusefs/handle.h"
#include "fusefs/layer_path.h"
#include "injector/base/append_text.h"

#include <errno.h>
#include <linux/fuse.h>
#include <string.h>

static const char *look_up_path(const struct hook_request *request, char *text, size_t size)
{
	struct layer *layer = request->layer;
	size_t used;

	*text = '\0';
	if (!request->nodeid)
		return text;
	if (request->opcode == FUSE_OPEN)
		layer_path_anew(layer, inode_of(layer, request->nodeid), text, size);
	else
		layer_path_of(layer, inode_of(layer, request->nodeid), text, size);
	if (!request->name)
		return text;
	used = !strcmp(text, "/") ? 0 : strlen(text);
	append_text(text, size, used, "%s%s", used ? "/" : "", request->name);
	return text;
}

/* Rules also look up on threads of their own, so this closes what it borrows. */
static int64_t look_up_size(const struct hook_request *request)
{
	const struct layer *layer = request->layer;
	size_t borrowed = inode_borrowed();
	struct stat status;
	int r;

	if (!request->nodeid)
		return -ENOENT;
	r = fstat(inode_fd(&layer->inodes, inode_of(layer, request->nodeid)), &status) ? -errno : 0;
	inode_close_borrowed(borrowed);
	if (r)
		return r;
	return S_ISREG(status.st_mode) ? status.st_size : -EINVAL;
}

static int open_file(const struct hook_request *request, int flags)
{
	const struct layer *layer = request->layer;
	size_t borrowed = inode_borrowed();
	int fd;

	if (!request->nodeid)
		return -ENOENT;
	fd = inode_open(layer, inode_of(layer, request->nodeid), flags);
	fd = fd < 0 ? -errno : fd;
	inode_close_borrowed(borrowed);
	return fd;
}

static int evict(const struct hook_request *request, uint64_t offset, uint64_t length, uint64_t at)
{
	return evictor_drop_range(request->layer, request->nodeid, offset, length, at);
}

static int write_back(const struct hook_request *request)
{
	return evictor_write_back(request->layer);
}

/* Invalidates cached paths, too. */
static void forget(const struct hook_request *request)
{
	struct layer *layer = request->layer;

	atomic_fetch_add(&layer->renames, 1);
	cache_forget_all(layer);
}

const struct hook_lookups layer_lookups = {
	.path = look_up_path,
	.size = look_up_size,
	.open = open_file,
	.evict = evict,
	.write_back = write_back,
	.forget = forget,
};
