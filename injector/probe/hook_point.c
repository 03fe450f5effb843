/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "injector/probe/hook_point.h"
#include "injector/base/append_text.h"

const char *const hook_role_names[HOOK_ROLES] = {
	[HOOK_SPLIT] = "split",   [HOOK_LEVEL] = "level",   [HOOK_STORE] = "store",
	[HOOK_STORED] = "stored", [HOOK_LOOKUP] = "lookup", [HOOK_READ] = "read",
	[HOOK_SHMEM] = "shmem",
};

const char *const hook_method_names[HOOK_METHODS] = {
	[HOOK_NONE] = "none",
	[HOOK_FENTRY] = "fentry",
	[HOOK_KPROBE] = "kprobe",
	[HOOK_CALL] = "kprobe at a call",
};

/*
 * By the sources of 6.12, 6.16, 6.17, 6.18 and 7.2. mm/filemap.c may inline filemap_get_entry(), so
 * faults are watched at its caller; mm/shmem.c always calls it. free_folio_and_swap_cache() is
 * called for each part but one, after all stores (6.15 - 7.2, __folio_split()). __xa_store() and
 * xas_try_split() are in lib/, which has neither ftrace nor kprobes; the former is called right
 * after a part was unfrozen, for each part but the first. A kernel without CONFIG_MEMCG has no
 * folio_split_memcg_refs().
 */
const struct hook_point hook_points[] = {
	{ HOOK_SPLIT, "__folio_split", "6.15 and later", NULL },
	{ HOOK_SPLIT, "split_huge_page_to_list_to_order", "6.9 to 6.14", NULL },
	{ HOOK_SPLIT, "split_huge_page_to_list", "6.8 and older", NULL },
	{ HOOK_LEVEL, "folio_split_memcg_refs", "6.15 and later", NULL },
	{ HOOK_LEVEL, "split_page_memcg", "6.14 and older", NULL },
	{ HOOK_LEVEL, "__folio_freeze_and_split_unmapped", "6.19 and later", "xas_try_split" },
	{ HOOK_LEVEL, "__folio_split", "6.15 to 6.18", "xas_try_split" },
	{ HOOK_STORE, "__folio_freeze_and_split_unmapped", "6.19 and later", "__xa_store" },
	{ HOOK_STORE, "__folio_split", "6.15 to 6.18", "__xa_store" },
	{ HOOK_STORED, "free_folio_and_swap_cache", "6.15 and later", NULL },
	{ HOOK_STORED, "free_page_and_swap_cache", "6.14 and older", NULL },
	{ HOOK_LOOKUP, "__filemap_get_folio_mpol", "6.19 and later", NULL },
	{ HOOK_LOOKUP, "__filemap_get_folio", "5.16 to 6.18", NULL },
	{ HOOK_READ, "filemap_get_read_batch", "5.12 and later", NULL },
	{ HOOK_SHMEM, "filemap_get_entry", "6.3 and later", NULL },
	{ .function = NULL },
};

const struct hook_point *hook_point_find(enum hook_role role,
					 bool (*has)(const struct hook_point *point, void *context),
					 void *context)
{
	for (const struct hook_point *point = hook_points; point->function; point++)
		if (point->role == role && has(point, context))
			return point;
	return NULL;
}

const char *hook_point_candidates(enum hook_role role, char *text, size_t size)
{
	size_t used = 0;

	*text = '\0';
	for (const struct hook_point *point = hook_points; point->function; point++)
		if (point->role == role)
			used = append_text(text, size, used, "%s%s%s%s", used ? " or " : "",
					   point->function, point->call ? " calling " : "",
					   point->call ? point->call : "");
	return text;
}
