/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Starts and stops the watch, which invalidates the kernel's cache, and registers with the hooks,
 * which do the same. */
#include "fusefs/cache.h"
#include "fusefs/watch.h"
#include "injector/base/report.h"

static void forget_by_hook(void *layer)
{
	cache_forget_all(layer);
}

void cache_begin(struct layer *layer)
{
	const struct hooks *hooks = layer->config->hooks;
	enum layer_cache cache = layer->config->cache;
	int r;

	if (cache == LAYER_CACHE_WRITEBACK)
		cache = LAYER_CACHE_ALWAYS; /* and layer->keeps_writes */
	layer->cache = cache;               /* the watch's thread reads it */
	r = cache == LAYER_CACHE_AUTO ? watch_start(layer) : 0;
	if (r) {
		layer->cache = LAYER_CACHE_NONE;
		report(r,
		       "%s: changes beneath cannot be watched, so nothing is kept (as with --cache "
		       "none)",
		       layer->config->source);
	}
	if (layer->cache && hooks && hooks->began)
		hooks->began(hooks->injector, forget_by_hook, layer);
}

void cache_end(struct layer *layer)
{
	watch_stop(layer);
}
