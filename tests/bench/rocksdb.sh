#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# RocksDB under power cuts at random operations: no write that it has acknowledged may be lost. Then
# the same with a disk that lies about its flushes: how many of those lose some, or a database that
# cannot be opened any more.
#
# Usage: rocksdb.sh FOLIOSTORM [MOMENTS [SEED]]       as root; 200 moments by default, some 1 s each
# Exit codes: 0 nothing was lost; 1 something was; 4 something else failed; 77 it cannot be measured
# here.
set -euo pipefail

skip() {
	echo "rocksdb.sh: skipped: $*" >&2
	exit 77
}

[ $# -ge 1 ] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
here=$(dirname "$(realpath "$0")")
foliostorm=$(realpath "$1")
moments=${2:-200}
seed=${3:-1}
[ "$(id -u)" = 0 ] || skip "takes root"
[ -e /usr/include/rocksdb/c.h ] || skip "RocksDB is not installed (Debian: librocksdb-dev)"
for program in mkfs.xfs jq; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done
if [ -z "${ROCKSDB_BENCH_INSIDE:-}" ]; then
	ROCKSDB_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi
RANDOM=$seed

top=$(mktemp -d)
cleanup() {
	umount -q "$top/layer" || true
	wait || true
	umount -q "$top/xfs" "$top/memory" || true
	rmdir "$top"/* "$top" || true
}
trap cleanup EXIT
trap 'exit 4' INT TERM

mkdir "$top"/{memory,xfs,layer}
mount -t tmpfs -o size=1500M memory "$top/memory"
truncate -s 1G "$top/memory/image"
mkfs.xfs -q "$top/memory/image"
mount -o loop "$top/memory/image" "$top/xfs"
rocksdb=$top/memory/rocksdb
${CC:-cc} -std=gnu17 -O2 -Wall -Wextra "$here/rocksdb.c" -lrocksdb -o "$rocksdb"

# cut NTH RULES: writes until the power is cut. Sets acked and kept; kept is -1 when RocksDB does
# not open it any more.
cut() {
	sync -f "$top/xfs"
	rm -f "$top/memory/log"
	"$foliostorm" mount --data-path daemon --seed "$1" --log "$top/memory/log" "$top/xfs" \
		"$top/layer" >/dev/null
	cat >"$top/memory/rules" <<-END
		rules = ( $2 { when = { op = ( "data", "sync", "namespace", "setattr" ); nth = $1; };
			do = { signal = "SIGKILL"; crash = { keep = "random"; torn = "sector"; }; }; } );
	END
	"$foliostorm" ctl "$top/layer" rules add -f "$top/memory/rules" >/dev/null
	# It dies by a signal, which the shell would tell of.
	("$rocksdb" write "$top/layer/db" 600 >"$top/memory/acked" || true) 2>/dev/null
	acked=$(grep -c . "$top/memory/acked") || true
	"$foliostorm" ctl "$top/layer" crash >/dev/null 2>&1 || true # where the moment has not come
	umount "$top/layer"
	while pgrep -f "^$foliostorm mount .* $top/xfs $top/layer$" >/dev/null; do
		sleep 0.02
	done
	# Before the first write there need not be a database.
	if [ "$acked" = 0 ] && [ ! -e "$top/xfs/db/CURRENT" ]; then
		kept=0
	else
		kept=$("$rocksdb" count "$top/xfs/db" 2>"$top/memory/why") || kept=-1
	fi
	rm -rf "$top/xfs/db"
}

failed=0 total=0
for ((moment = 1; moment <= moments; moment++)); do
	nth=$((RANDOM % 1600 + 1))
	cut "$nth" ""
	total=$((total + acked))
	if [ "$kept" -lt "$acked" ] || [ "$kept" -gt $((acked + 1)) ]; then
		echo "operation $nth: $acked writes were acknowledged, and $kept are there ($(cat "$top/memory/why"))"
		failed=1
	fi
done
echo "$moments power cuts, $total writes acknowledged$([ $failed = 1 ] || echo ", none lost")"
lost=0 dead=0 lies=$(((moments + 9) / 10))
for ((moment = 1; moment <= lies; moment++)); do
	cut $((RANDOM % 1600 + 1)) \
		'{ when = { op = ( "fsync", "fsyncdir" ); }; do = { fsync = "lie"; }; },'
	[ "$kept" -ge 0 ] || dead=$((dead + 1))
	[ "$kept" -ge "$acked" ] || lost=$((lost + 1))
done
echo "$lies power cuts of a disk that lies: writes lost at $lost, at $dead RocksDB does not open its database any more"
jq -s -r '[.[] | select(.action == "lost")] | group_by(.path) | map("    \(.[0].path): \(map(.drawn) | add) bytes") | .[]' "$top/memory/log" | tail -n 8
[ $failed = 0 ]
