# 3634a6327815 ("fuse: truncate pagecache range on hole punch"): FUSE's own page cache keeps what the hole took out of the file.
edit('fs/fuse/file.c', 'fuse_file_fallocate',
	qr/if \(mode & \(FALLOC_FL_PUNCH_HOLE \| FALLOC_FL_ZERO_RANGE\)\)\s+truncate_pagecache_range\([^;]*\);/ => '');
