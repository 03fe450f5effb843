# d00806b18315 ("mm: fix fault vs invalidate race for linear mappings"): a page fault that waited for the folio's lock does not look whether the folio
# was taken out of the file meanwhile, and maps it.
edit('mm/filemap.c', 'filemap_fault',
	qr/if \(unlikely\(folio->mapping != mapping\)\) \{/ => 'if (0) {');
