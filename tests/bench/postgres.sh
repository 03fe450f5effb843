#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# PostgreSQL on a layer whose rules delay it: pgbench must end without an error, and PostgreSQL's
# log without a complaint. Its 99th percentile is printed beside what the layer says of fsync.
#
# Usage: postgres.sh FOLIOSTORM [RULES [SECONDS]]       as root; slow-fsync.cfg and 60 s by default
# Exit codes: 0 no error; 1 errors; 4 something else failed; 77 it cannot be measured here.
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
# shellcheck source=tests/bench/postgres_frame.sh
source "$here/postgres_frame.sh"
rules=$(realpath "${2:-$here/../../scenarios/rules/slow-fsync.cfg}")
seconds=${3:-60}
xfs_in_memory 2048 layer
socket=$top/memory/socket
trap 'as / pg_ctl -D "$top/layer/data" -m immediate stop >/dev/null 2>&1 || true; leave' EXIT
mkdir "$socket"
chown postgres: "$socket" "$top/xfs"
"$foliostorm" mount -f --data-path mixed --allow-other --log "$top/memory/log" "$top/xfs" \
	"$top/layer" >/dev/null &
waits_for_mount layer

as / initdb -A trust -D "$top/layer/data" >/dev/null
as / pg_ctl -w -D "$top/layer/data" -l "$top/layer/log" \
	-o "-c listen_addresses= -c unix_socket_directories=$socket" start >/dev/null
as / createdb bench
as / pgbench -q -i -s 5 bench 2>/dev/null
# Only now: what is measured is what comes.
"$foliostorm" ctl "$top/layer" rules add -f "$rules"
failed=0
as / pgbench -n -c 8 -j 2 -T "$seconds" -l --log-prefix="$top/layer/transaction" bench |
	grep -E '^(tps|latency|number of (transactions|failed))' || failed=1
cat "$top"/layer/transaction.* | awk '{ print $3 / 1000 }' | sort -g | awk '{ value[NR] = $1 }
	END { if (NR) printf "latency of transactions, ms: " \
		"p50 %.1f, p90 %.1f, p99 %.1f, largest %.1f\n",
		value[int(NR * 0.5) + 1], value[int(NR * 0.9) + 1], value[int(NR * 0.99) + 1],
		value[NR] }'
as / pg_ctl -w -D "$top/layer/data" -m fast stop >/dev/null || failed=1
"$foliostorm" ctl "$top/layer" status | grep -E '^(operation|fsync|.*fired|.*delay)' || true
jq -s '[.[] | select(.action == "delay")] | [.[].measured_ns / 1e6] | sort |
	"delays: \(length), ms: p50 \(.[length / 2 | floor]), p99 \(.[length * 0.99 | floor])"' \
	-r "$top/memory/log"
jq -s '[.[] | select(.cut_short == true)] | "cut short: \(length)"' -r "$top/memory/log"
if grep -E 'ERROR|FATAL|PANIC|could not|terminated' "$top/layer/log"; then
	failed=1
fi
exit $failed
