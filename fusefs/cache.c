/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fusefs/cache.h"
#include "fusefs/evictor.h"
#include "fusefs/handle.h"
#include "fusefs/layer_path.h"
#include "injector/base/cleanup.h"
#include "injector/base/report.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

/*
 * In seconds. Changes that the watch misses (stores through mappings) show when the kernel asks for
 * attributes again.
 */
enum { KEPT_WHILE_WATCHED = 1, KEPT_ALWAYS = 86400 };

/* HOOK_KEPT_* that the kernel must not cache of an inode; NULL: of any. */
static unsigned int watched_of(struct layer *layer, struct inode *inode)
{
	const struct hooks *hooks = layer->config->hooks;
	unsigned int watched =
		hooks && hooks->watches ? hooks->watches(hooks->injector, NULL, 0) : 0;
	char path[PATH_MAX];

	if (!watched || !inode)
		return watched;
	return hooks->watches(hooks->injector, layer_path_of(layer, inode, path, sizeof(path)),
			      inode->number);
}

/* HOOK_KEPT_* that the kernel may cache of an inode. The watch sees one file system only. */
static unsigned int kept_of(struct layer *layer, struct inode *inode)
{
	if (layer->cache == LAYER_CACHE_NONE ||
	    (layer->cache == LAYER_CACHE_AUTO && inode->device != layer->root->device))
		return 0;
	return HOOK_KEPT_ALL & ~watched_of(layer, inode);
}

struct cache_times cache_times(struct layer *layer, struct inode *inode, const struct stat *status)
{
	const unsigned int others = HOOK_KEPT_NAME | HOOK_KEPT_ATTRIBUTES | HOOK_KEPT_PAGES;
	unsigned int kept = kept_of(layer, inode);
	double most = layer->cache == LAYER_CACHE_ALWAYS && !(watched_of(layer, NULL) & others)
			      ? KEPT_ALWAYS
			      : KEPT_WHILE_WATCHED;
	struct cache_times times = {
		.name = kept & HOOK_KEPT_NAME ? most : 0,
		.attributes = kept & HOOK_KEPT_ATTRIBUTES ? most : 0,
	};

	/*
	 * With passthrough, the kernel does not see stores through mappings of the mount, and the
	 * watch does not see writes beneath.
	 */
	if (S_ISREG(status->st_mode) && layer->config->data_path != LAYER_DAEMON &&
	    (layer->cache == LAYER_CACHE_AUTO || inode_is_written(inode)))
		times.attributes = 0;
	return times;
}

bool cache_keeps_pages(struct layer *layer, struct inode *inode)
{
	return layer->config->data_path == LAYER_DAEMON && kept_of(layer, inode) & HOOK_KEPT_PAGES;
}

bool cache_may_keep_writes(const struct layer *layer)
{
	const struct layer_config *config = layer->config;
	const struct hooks *hooks = config->hooks;

	if (config->cache != LAYER_CACHE_WRITEBACK || config->data_path != LAYER_DAEMON)
		return false;
	/* No file has this path: rules that watch it watch all files. */
	if (!hooks || !hooks->watches ||
	    !(hooks->watches(hooks->injector, "", 0) & HOOK_KEPT_WRITES))
		return true;
	report(0,
	       "%s: rules must see the writes to every file, so none are kept (as with --cache "
	       "always)",
	       config->source);
	return false;
}

bool cache_goes_direct(struct layer *layer, struct inode *inode)
{
	return layer->keeps_writes && watched_of(layer, inode) & HOOK_KEPT_WRITES;
}

static uint64_t nodeid_of(const struct layer *layer, const struct inode *inode)
{
	return inode == layer->root ? FUSE_ROOT_ID : (uintptr_t)inode;
}

void cache_forget_attributes(struct layer *layer, struct inode *inode)
{
	if (layer->cache != LAYER_CACHE_NONE)
		fuse_lowlevel_notify_inval_inode(layer->session, nodeid_of(layer, inode), -1, 0);
}

/* Returns a reference on the directory of an inode, or NULL if it is not in the table. path: the
 * inode's; it is cut to the directory's. */
static struct inode *find_parent(struct layer *layer, char *path)
{
	_cleanup_close_ int fd = -1;
	char *slash = strrchr(path, '/');
	struct stat status;

	if (slash)
		*slash = '\0';
	fd = openat(layer->root->fd, slash ? path : ".", O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &status))
		return NULL;
	return inode_table_find(&layer->inodes, fd, &status);
}

static void forget(struct layer *layer, struct inode *inode)
{
	char path[PATH_MAX], name[NAME_MAX + 1];
	struct inode *parent;
	const char *slash;

	evictor_drop(layer, nodeid_of(layer, inode), NULL);
	if (inode == layer->root)
		return;
	layer_path_of(layer, inode, path, sizeof(path));
	slash = strrchr(path, '/');
	snprintf(name, sizeof(name), "%s", slash ? slash + 1 : path);
	parent = find_parent(layer, path);
	if (!parent)
		return;
	evictor_drop(layer, nodeid_of(layer, parent), name);
	inode_table_put(&layer->inodes, parent, 1);
}

void cache_forget_all(struct layer *layer)
{
	size_t count;
	struct inode **all = inode_table_all(&layer->inodes, &count);

	for (size_t i = 0; all && i < count; i++) {
		forget(layer, all[i]);
		inode_table_put(&layer->inodes, all[i], 1);
	}
	free(all);
}
