#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PostgreSQL on a layer whose rules delay it: pgbench must end without an error, and PostgreSQL's
# log without a complaint. Its 99th percentile is printed beside what the layer says of fsync.
#
# Usage: postgres.sh FOLIOSTORM [RULES [SECONDS]]       as root; slow-fsync.cfg and 60 s by default
# Exit codes: 0 no error; 1 errors; 4 something else failed; 77 it cannot be measured here.
set -euo pipefail

skip() {
	echo "postgres.sh: skipped: $*" >&2
	exit 77
}

[ $# -ge 1 ] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
here=$(dirname "$(realpath "$0")")
foliostorm=$(realpath "$1")
rules=$(realpath "${2:-$here/../../scenarios/rules/slow-fsync.cfg}")
seconds=${3:-60}
[ "$(id -u)" = 0 ] || skip "takes root"
bin=$(find /usr/lib/postgresql/*/bin -maxdepth 0 2>/dev/null | tail -n 1)
[ -n "$bin" ] || skip "PostgreSQL is not installed (Debian: postgresql)"
command -v mkfs.xfs >/dev/null || skip "mkfs.xfs is not installed"
if [ -z "${POSTGRES_BENCH_INSIDE:-}" ]; then
	POSTGRES_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

top=$(mktemp -d)
as() {
	(cd "$top/layer" &&
		setpriv --reuid postgres --regid postgres --clear-groups env PATH="$bin:$PATH" PGHOST="$top/layer" "$@")
}
cleanup() {
	as pg_ctl -D "$top/layer/data" -m immediate stop >/dev/null 2>&1 || true
	umount -q "$top/layer" || true
	wait || true
	umount -q "$top/xfs" "$top/memory" || true
	rmdir "$top"/* "$top" || true
}
trap cleanup EXIT
trap 'exit 4' INT TERM

chmod 755 "$top"
mkdir "$top"/{memory,xfs,layer}
mount -t tmpfs -o size=3G memory "$top/memory"
truncate -s 2G "$top/memory/image"
mkfs.xfs -q "$top/memory/image"
mount -o loop "$top/memory/image" "$top/xfs"
chown postgres: "$top/xfs"
"$foliostorm" mount -f --data-path mixed --allow-other --log "$top/memory/log" "$top/xfs" \
	"$top/layer" >/dev/null &
for ((i = 0; i < 100; i++)); do
	mountpoint -q "$top/layer" && break
	sleep 0.05
done
mountpoint -q "$top/layer" || { echo "postgres.sh: the layer was not mounted" >&2; exit 4; }

as initdb -A trust -D "$top/layer/data" >/dev/null
as pg_ctl -w -D "$top/layer/data" -l "$top/layer/log" \
	-o "-c listen_addresses= -c unix_socket_directories=$top/layer" start >/dev/null
as createdb bench
as pgbench -q -i -s 5 bench 2>/dev/null
# Only now: what is measured is what comes.
"$foliostorm" ctl "$top/layer" rules add -f "$rules"
failed=0
as pgbench -n -c 8 -j 2 -T "$seconds" -l --log-prefix="$top/layer/transaction" bench |
	grep -E '^(tps|latency|number of (transactions|failed))' || failed=1
cat "$top"/layer/transaction.* | awk '{ print $3 / 1000 }' | sort -g | awk '{ value[NR] = $1 }
	END { if (NR) printf "latency of transactions, ms: p50 %.1f, p90 %.1f, p99 %.1f, largest %.1f\n",
		value[int(NR * 0.5) + 1], value[int(NR * 0.9) + 1], value[int(NR * 0.99) + 1], value[NR] }'
as pg_ctl -w -D "$top/layer/data" -m fast stop >/dev/null || failed=1
"$foliostorm" ctl "$top/layer" status | grep -E '^(operation|fsync|.*fired|.*delay)' || true
jq -s '[.[] | select(.action == "delay")] | [.[].measured_ns / 1e6] | sort |
	"delays: \(length), ms: p50 \(.[length / 2 | floor]), p99 \(.[length * 0.99 | floor])"' -r "$top/memory/log"
jq -s '[.[] | select(.cut_short == true)] | "cut short: \(length)"' -r "$top/memory/log"
if grep -E 'ERROR|FATAL|PANIC|could not|terminated' "$top/layer/log"; then
	failed=1
fi
[ $failed = 0 ]
