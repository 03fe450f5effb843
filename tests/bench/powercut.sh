#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PostgreSQL under power cuts at random operations: no commit that it has acknowledged may be lost.
# Then the same with a disk that lies about its flushes: how many of those lose some, or a database
# that does not start any more.
#
# Usage: powercut.sh FOLIOSTORM [MOMENTS [SEED]]
# As root; 200 moments by default, some 6 s each.
# Exit codes: 0 nothing was lost; 1 something was; 4 something else failed; 77 it cannot be measured
# here.
set -euo pipefail

skip() {
	echo "powercut.sh: skipped: $*" >&2
	exit 77
}

[ $# -ge 1 ] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
foliostorm=$(realpath "$1")
moments=${2:-200}
seed=${3:-1}
[ "$(id -u)" = 0 ] || skip "takes root"
bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | tail -n 1)
[ -n "$bin" ] || skip "PostgreSQL is not installed (Debian: postgresql)"
command -v mkfs.xfs >/dev/null || skip "mkfs.xfs is not installed"
if [ -z "${POWERCUT_BENCH_INSIDE:-}" ]; then
	POWERCUT_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi
RANDOM=$seed

top=$(mktemp -d)
as() { # DIRECTORY COMMAND...
	local directory=$1
	shift
	(cd "$directory" &&
		setpriv --reuid postgres --regid postgres --clear-groups env PATH="$bin:$PATH" PGHOST="$top/socket" PGDATABASE=postgres "$@")
}
# Also where its data cannot be read any more.
postmaster=
stop() {
	[ -n "$postmaster" ] || return 0
	kill -QUIT "$postmaster" 2>/dev/null || true
	for ((i = 0; i < 100; i++)); do
		kill -0 "$postmaster" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$postmaster" 2>/dev/null || true
	postmaster=
}
cleanup() {
	stop
	umount -q "$top/layer" || true
	wait || true
	umount -q "$top/xfs" "$top/memory" || true
	rm -rf "$top/socket"
	rmdir "$top"/* "$top" || true
}
trap cleanup EXIT
trap 'exit 4' INT TERM

start() { # DIRECTORY
	as / pg_ctl -w -t 60 -D "$1/data" -l "$top/socket/log" \
		-o "-c listen_addresses= -c unix_socket_directories=$top/socket -c shared_buffers=16MB -c bgwriter_lru_maxpages=100 -c checkpoint_timeout=30s -c max_wal_size=32MB" start >/dev/null
	postmaster=$(head -n 1 "$1/data/postmaster.pid")
}

chmod 755 "$top"
mkdir "$top"/{memory,xfs,layer,socket}
chown postgres: "$top/socket"
mount -t tmpfs -o size=3G memory "$top/memory"
truncate -s 2G "$top/memory/image"
mkfs.xfs -q "$top/memory/image"
mount -o loop "$top/memory/image" "$top/xfs"
chown postgres: "$top/xfs"
as / initdb -A trust -D "$top/xfs/data" >/dev/null
start "$top/xfs"
as / psql -q -c "CREATE TABLE t(i int PRIMARY KEY, v text)"
as / pg_ctl -w -D "$top/xfs/data" -m fast stop >/dev/null
postmaster=
mv "$top/xfs/data" "$top/xfs/base"

# cut NTH RULES: commits until the power is cut. Sets acked and kept; kept is -1 when PostgreSQL
# does not start any more.
cut() {
	cp -a --reflink=always "$top/xfs/base" "$top/xfs/data"
	sync -f "$top/xfs"
	"$foliostorm" mount --data-path daemon --allow-other --seed "$1" --log "$top/memory/log" \
		"$top/xfs" "$top/layer" >/dev/null
	start "$top/layer"
	cat >"$top/memory/rules" <<-END
		rules = ( $2 { when = { op = ( "data", "sync", "namespace", "setattr" ); nth = $1; };
			do = { signal = "SIGKILL"; crash = { keep = "random"; torn = "sector"; }; }; } );
	END
	"$foliostorm" ctl "$top/layer" rules add -f "$top/memory/rules" >/dev/null
	for ((i = 1; i <= 1500; i++)); do
		echo "INSERT INTO t VALUES($i, repeat(md5('$i'), $((RANDOM % 60)))); "
		printf '\\echo %s\n' "$i"
		[ $((i % 100)) -ne 0 ] || echo "CHECKPOINT;"
	done | as / psql -q -v ON_ERROR_STOP=1 >"$top/memory/acked" 2>/dev/null || true
	acked=$(grep -c . "$top/memory/acked") || true
	"$foliostorm" ctl "$top/layer" crash >/dev/null 2>&1 || true # where the moment has not come
	stop
	umount "$top/layer"
	while pgrep -f "^$foliostorm mount .* $top/xfs $top/layer$" >/dev/null; do
		sleep 0.05
	done
	rm -f "$top/xfs/data/postmaster.pid" "$top/socket"/.s*
	kept=-1
	if start "$top/xfs" 2>/dev/null; then
		kept=$(as / psql -tA -c "SELECT count(*) FROM t" 2>/dev/null) || kept=-1
		stop
	fi
	rm -rf "$top/xfs/data"
}

failed=0 total=0
for ((moment = 1; moment <= moments; moment++)); do
	nth=$((RANDOM % 4000 + 1))
	cut "$nth" ""
	total=$((total + acked))
	if [ "$kept" -lt "$acked" ] || [ "$kept" -gt $((acked + 1)) ]; then
		echo "operation $nth: $acked commits were acknowledged, and $kept are there"
		tail -n 5 "$top/socket/log"
		failed=1
	fi
done
echo "$moments power cuts, $total commits acknowledged$([ $failed = 1 ] || echo ", none lost")"
lost=0 dead=0 lies=$(((moments + 9) / 10))
for ((moment = 1; moment <= lies; moment++)); do
	cut $((RANDOM % 4000 + 1)) \
		'{ when = { op = ( "fsync", "fsyncdir" ); }; do = { fsync = "lie"; }; },'
	[ "$kept" -ge 0 ] || dead=$((dead + 1))
	[ "$kept" -ge "$acked" ] || lost=$((lost + 1))
done
echo "$lies power cuts of a disk that lies: commits lost at $lost, at $dead PostgreSQL does not start any more"
jq -s -r '[.[] | select(.action == "lost")] | group_by(.path | split("/")[1:3] | join("/")) | map("    \(.[0].path | split("/")[1:3] | join("/")): \(map(.drawn) | add) bytes") | .[]' "$top/memory/log" | tail -n 8
[ $failed = 0 ]
