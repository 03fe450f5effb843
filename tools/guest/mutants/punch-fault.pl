# e8e9ad42c1f1 ("xfs: take i_mmap_lock on extent manipulation operations"): while a hole's pages are dropped and its blocks are taken away, page faults
# are not kept out. One that comes in between reads the blocks again.
edit('fs/xfs/xfs_bmap_util.c', 'xfs_free_file_space',
	qr/\berror = xfs_flush_unmap_range\(ip, offset, len\);\s+if \(error\)\s+return error;/ =>
		"xfs_iunlock(ip, XFS_MMAPLOCK_EXCL);\n\terror = xfs_flush_unmap_range(ip, offset, len);\n\tif (error)\n\t\tgoto lock;",
	qr/- startoffset_fsb, &done\);\s+if \(error\)\s+return error;/ => "- startoffset_fsb, &done);\n\t\t\tif (error)\n\t\t\t\tgoto lock;",
	qr/\bif \(offset >= XFS_ISIZE\(ip\)\)/ => "lock:\n\txfs_ilock(ip, XFS_MMAPLOCK_EXCL);\n\tif (error)\n\t\treturn error;\n\tif (offset >= XFS_ISIZE(ip))");
