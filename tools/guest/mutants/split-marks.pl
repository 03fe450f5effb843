# 2a0774c2886d ("XArray: Set the marks correctly when splitting an entry"): an entry that is divided into a node of its own leaves its marks on all slots of
# it, those of siblings included.
edit('lib/xarray.c', 'node_set_marks',
	qr/node_mark_slots\(child, sibs, mark\)/ => 'node_mark_all(child, mark)');
