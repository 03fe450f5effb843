# cb995f4eeba9 ("filemap: Handle sibling entries in filemap_get_read_batch()"): a read that goes on to the next slot, where a larger folio has come
# meanwhile, takes the sibling entry there for a folio.
edit('mm/filemap.c', 'filemap_get_read_batch',
	qr/\t\tif \(xa_is_sibling\(folio\)\)\n\t\t\tbreak;\n/ => '');
