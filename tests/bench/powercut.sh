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
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
# shellcheck source=tests/bench/postgres_frame.sh
source "$here/postgres_frame.sh"
xfs_in_memory 2048 layer
# shellcheck source=tests/bench/cuts.sh
source "$here/cuts.sh"
socket=$top/memory/socket postmaster=
trap 'end; leave' EXIT

start() { # DIRECTORY
	as / pg_ctl -w -t 60 -D "$1/data" -l "$socket/log" \
		-o "-c listen_addresses= -c unix_socket_directories=$socket -c shared_buffers=16MB \
-c bgwriter_lru_maxpages=100 -c checkpoint_timeout=30s -c max_wal_size=32MB" start >/dev/null
	postmaster=$(head -n 1 "$1/data/postmaster.pid")
}

# Also where its data cannot be read any more.
end() {
	[[ -n $postmaster ]] || return 0
	kill -QUIT "$postmaster" 2>/dev/null || true
	for ((i = 0; i < 100; i++)); do
		kill -0 "$postmaster" 2>/dev/null || break
		sleep 0.05
	done
	kill -KILL "$postmaster" 2>/dev/null || true
	postmaster=
}

mkdir "$socket"
chown postgres: "$socket" "$top/xfs"
as / initdb -A trust -D "$top/xfs/data" >/dev/null
start "$top/xfs"
as / psql -q -c "CREATE TABLE t(i int PRIMARY KEY, v text)"
as / pg_ctl -w -D "$top/xfs/data" -m fast stop >/dev/null
postmaster=
mv "$top/xfs/data" "$top/xfs/base"

begin() {
	cp -a --reflink=always "$top/xfs/base" "$top/xfs/data"
}

write_database() {
	start "$top/layer"
	arm
	for ((i = 1; i <= 1500; i++)); do
		echo "INSERT INTO t VALUES($i, repeat(md5('$i'), $((RANDOM % 60)))); "
		printf '\\echo %s\n' "$i"
		[[ $((i % 100)) -ne 0 ]] || echo "CHECKPOINT;"
	done | as / psql -q -v ON_ERROR_STOP=1 2>/dev/null || true
}

count() {
	local code=1
	rm -f "$top/xfs/data/postmaster.pid" "$socket"/.s*
	if start "$top/xfs" 2>/dev/null; then
		as / psql -tA -c "SELECT count(*) FROM t" 2>/dev/null && code=0
		end
	fi
	rm -rf "$top/xfs/data"
	return $code
}

complaint() {
	tail -n 5 "$socket/log"
}

power_cuts "${2:-200}" "${3:-1}" 4000 commits PostgreSQL 'split("/")[1:3] | join("/")'
