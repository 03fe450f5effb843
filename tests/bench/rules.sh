#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What rules cost and how exactly they keep time: delays as asked, a long delay beside other files,
# rules that do not match, and the skew of two requests let go together. Run it on an idle machine.
#
# Usage: rules.sh FOLIOSTORM [BENCH_RULES]       as root
# Exit codes: 0 measured; 4 something failed; 77 it cannot be measured here.
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
needs fio xfs_io
xfs_in_memory 2048 layer
dd if=/dev/urandom of="$top/xfs/file" bs=1M count=256 status=none
dd if=/dev/urandom of="$top/xfs/slow" bs=1M count=1 status=none

# serve DIRECTORY DATA_PATH [RULES]: mounts there
serve() {
	printf '%s\n' "${3:-rules = ();}" >"$top/memory/rules"
	rm -f "$top/memory/log"
	"$foliostorm" mount --data-path "$2" --rules "$top/memory/rules" --log "$top/memory/log" \
		"$top/xfs" "$top/$1" >/dev/null 2>&1
}

stop() {
	umount "$top/$1"
	waits_for_end "$1"
}

# fio_reads DIRECTORY SECONDS [OPTIONS...]: a line of fio's terse output
fio_reads() {
	local place=$top/$1 seconds=$2
	shift 2
	fio --name=rules --filename="$place/file" --rw=randread --bs=4k --size=256M \
		--ioengine=psync --invalidate=0 --direct=1 \
		--time_based --runtime="$seconds" --minimal "$@"
}

[ $# -lt 2 ] || "$2"

echo
printf '%-10s %14s %14s %10s\n' 'delay' 'asked, us' 'measured, us' 'more, %'
for asked in 100us 1ms 10ms 100ms 1s; do
	serve layer mixed \
		"rules = ( { when = { op = \"fallocate\"; }; do = { delay = \"$asked\"; }; } );"
	times=200
	case $asked in 100ms) times=30 ;; 1s) times=6 ;; esac
	commands=()
	for ((i = 0; i < times; i++)); do
		commands+=(-c "falloc -k 0 4096")
	done
	xfs_io "${commands[@]}" "$top/layer/slow" >/dev/null
	stop layer
	jq -r '.measured_ns' "$top/memory/log" | median >"$top/memory/median"
	jq -nr --arg asked $asked --argjson drawn "$(jq -s '.[0].drawn' "$top/memory/log")" \
		--argjson measured "$(cat "$top/memory/median")" \
		'[$asked, $drawn / 1000, $measured / 1000, ($measured / $drawn - 1) * 100] | @tsv' |
		awk -F'\t' '{ printf "%-10s %14.1f %14.1f %10.2f\n", $1, $2, $3, $4 }'
done

# p99 of others' reads in us: alternating with and without a read of another file that waits for ten
# seconds.
echo
for round in 1 2 3 4; do
	order=(without with)
	[ $((round % 2)) = 0 ] || order=(with without)
	for with in "${order[@]}"; do
		serve layer mixed \
			'rules = ( { when = { op = "read"; path = "slow"; };
				do = { delay = "10s"; }; } );'
		[ "$with" = without ] || {
			dd if="$top/layer/slow" of=/dev/null bs=4k count=1 status=none &
			sleep 0.5
		}
		fio_reads layer 3 --percentile_list=99 |
			awk -F';' '{ split($18, part, "="); print part[2] }' \
				>>"$top/memory/p99.$with"
		umount -l "$top/layer"
		wait
		stop layer 2>/dev/null || true
	done
done
echo "p99 of reads of another file, us: $(median <"$top/memory/p99.without") without," \
	"$(median <"$top/memory/p99.with") beside one that waits 10 s"

# IOPS of the data path daemon, with 100 rules none of which match and without any, in turn.
rules='rules = ('
for ((i = 0; i < 100; i++)); do
	case $((i % 4)) in
	0) condition="path = \"other/$i-*\";" ;;
	1) condition="page = $((1000000 + i));" ;;
	2) condition="inode = $((1000000 + i));" ;;
	3) condition="offset = \"1T..\"; length = \"$i\";" ;;
	esac
	rules+="{ when = { op = \"read\"; $condition }; do = { error = \"EIO\"; }; }"
	[ $i = 99 ] || rules+=,
done
rules+=');'
printf '%s\n' "$rules" >"$top/memory/many"
serve layer daemon
for ((round = 0; round < 10; round++)); do
	# In one mount, because mounts differ more than what is measured; whoever is second has the
	# warmer caches, so they take turns.
	order=(none many)
	[ $((round % 2)) = 0 ] || order=(many none)
	for which in "${order[@]}"; do
		[ "$which" = none ] ||
			"$foliostorm" ctl "$top/layer" rules add \
			--file "$top/memory/many" >/dev/null
		fio_reads layer 2 | awk -F';' '{ print $8 }' >>"$top/memory/iops.$which"
		for id in $("$foliostorm" ctl "$top/layer" --json rules | jq '.rules[].id'); do
			"$foliostorm" ctl "$top/layer" rules remove "$id"
		done
	done
done
stop layer
echo "4 KiB random reads a second, daemon: $(median <"$top/memory/iops.none") without rules," \
	"$(median <"$top/memory/iops.many") with 100 that do not match"
paste "$top/memory/iops.many" "$top/memory/iops.none" | awk '{ print $1 / $2 }' | median |
	xargs printf 'median of the ratios of the rounds: %.3f\n'

# Two processes meet in a hold; when each went on is when it came and how long it was held.
serve layer mixed \
	'rules = ( { when = { op = "fallocate"; };
		do = { hold = { name = "meeting"; count = 2; timeout = "5s"; }; }; } );'
commands=()
for ((i = 0; i < 200; i++)); do
	commands+=(-c "falloc -k 0 4096")
done
xfs_io "${commands[@]}" "$top/layer/slow" >/dev/null &
xfs_io "${commands[@]}" "$top/layer/file" >/dev/null
wait
stop layer
jq -s '[.[] | select(.type == "rule" and (.cut_short | not)) | .ns + .measured_ns] | sort |
	[range(0; length - 1; 2) as $i | .[$i + 1] - .[$i]] | sort |
	"skew of \(length) pairs let go together, us: median \(.[length / 2 | floor] / 1000), " +
	"p90 \(.[length * 0.9 | floor] / 1000), largest \(.[-1] / 1000)"' \
	-r "$top/memory/log"
