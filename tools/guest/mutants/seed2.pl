# a4864671ca0b ("lib/xarray: introduce a new helper xas_get_order"), 6758c1128ceb ("mm/filemap: optimize filemap folio adding") and de60fd8ddeda: the
# order of what is in the way is read, and nodes for dividing it are made, without the lock; under it nobody looks whether it is still the same.
edit('mm/filemap.c', '__filemap_add_folio',
	qr/(void \*entry, \*old = NULL;\n)\s+xas_lock_irq\(&xas\);/ =>
		"int unlocked = xa_get_order(&mapping->i_pages, index);\n\t\tvoid *entry, *old = NULL;\n\n\t\tif (unlocked > folio_order(folio))\n" .
		"\t\t\txas_split_alloc(&xas, xa_load(&mapping->i_pages, index), unlocked, gfp);\n\t\txas_lock_irq(&xas);",
	qr/\bif \(alloced_order && / => 'if (0 && ',
	qr/\bif \(!alloced_order\)/ => 'if (0)');
