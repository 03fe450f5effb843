# 577a1f495fd7 ("mm/huge_memory: fix a folio_split() race condition with folio_try_get()"): the slots of the page cache are given the part that is
# divided next, which may be let go before the others, and not the folio that was there and stays frozen.
edit('mm/huge_memory.c', '__split_unmapped_folio',
	qr/\bxas_split\(xas, old_folio, / => 'xas_split(xas, folio, ',
	qr/\bxas_try_split\(xas, old_folio, / => 'xas_try_split(xas, folio, ');
