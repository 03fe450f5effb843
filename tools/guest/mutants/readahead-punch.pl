# 00fa15e0d564 ("filemap: Fix serialization adding transparent huge pages to page cache"): readahead adds large folios while a hole is punched, since it
# does not take the lock by which the punch keeps others out.
edit('mm/readahead.c', 'page_cache_ra_order',
	qr/\tfilemap_invalidate_lock_shared\(mapping\);\n/ => '',
	qr/\tfilemap_invalidate_unlock_shared\(mapping\);\n/ => '');
