#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RocksDB under power cuts at random operations: no write that it has acknowledged may be lost. Then
# the same with a disk that lies about its flushes: how many of those lose some, or a database that
# cannot be opened any more.
#
# Usage: rocksdb.sh FOLIOSTORM [MOMENTS [SEED]]       as root; 200 moments by default, some 1 s each
# Exit codes: 0 nothing was lost; 1 something was; 4 something else failed; 77 it cannot be measured
# here.
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
[[ -e /usr/include/rocksdb/c.h ]] || skip "RocksDB is not installed (Debian: librocksdb-dev)"
xfs_in_memory 1024 layer
# shellcheck source=tests/bench/cuts.sh
source "$here/cuts.sh"
rocksdb=$top/memory/rocksdb
${CC:-cc} -std=gnu17 -O2 -Wall -Wextra "$here/rocksdb.c" -lrocksdb -o "$rocksdb"

begin() { :; }
end() { :; }

write_database() {
	arm
	# It dies by a signal, which the shell would tell of.
	("$rocksdb" write "$top/layer/db" 600 || true) 2>/dev/null
}

count() {
	local code=0
	# Before the first write there need not be a database.
	if [[ $acked = 0 && ! -e $top/xfs/db/CURRENT ]]; then
		echo 0
	else
		"$rocksdb" count "$top/xfs/db" 2>"$top/memory/why" || code=1
	fi
	rm -rf "$top/xfs/db"
	return $code
}

complaint() {
	cat "$top/memory/why"
}

power_cuts "${2:-200}" "${3:-1}" 1600 writes RocksDB .
