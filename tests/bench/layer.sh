#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The layer beside XFS itself and libfuse's own passthrough_ll: hot and direct reads, writes, syncs
# with fio, and operations on the names of small files. All are measured in turn, round after round,
# so that a slow moment hits them alike; the table has the medians.
#
# Usage: layer.sh FOLIOSTORM [ROUNDS [SECONDS]]
# As root; by default 3 rounds of 2 seconds for each figure.
# PASSTHROUGH_LL names the program; otherwise it is compiled from libfuse's examples, where those
# are installed.
# Exit codes: 0 measured; 4 something failed; 77 it cannot be measured here.
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
needs fio python3
examples=/usr/share/doc/libfuse3-dev/examples
rounds=${2:-3}
seconds=${3:-2}
mib=256
xfs_in_memory $((2 * mib + 512)) passthrough passthrough-none daemon daemon-none daemon-writeback \
	ll-auto ll-always
declare -A directory

find_reference() {
	if [ -n "${PASSTHROUGH_LL:-}" ]; then
		cp "$PASSTHROUGH_LL" "$top/memory/passthrough_ll"
		return
	fi
	[ -r $examples/passthrough_ll.c ] || return 1
	# shellcheck disable=SC2046
	${CC:-cc} -O2 -w -D_FILE_OFFSET_BITS=64 -I$examples $examples/passthrough_ll.c \
		$(pkg-config --cflags --libs fuse3) -pthread -o "$top/memory/passthrough_ll"
}

places=(XFS passthrough-none passthrough daemon-none daemon daemon-writeback)
directory[XFS]=$top/xfs
for place in "${places[@]:1}"; do
	cache=auto
	[[ $place == *-* ]] && cache=${place#*-}
	directory[$place]=$top/$place
	"$foliostorm" mount -f --cache "$cache" --data-path "${place%-*}" "$top/xfs" \
		"$top/$place" >/dev/null &
done
if find_reference; then
	for cache in auto always; do
		places+=("ll-$cache")
		directory[ll-$cache]=$top/ll-$cache
		# libfuse 3.14.0 complains about a default of its own.
		"$top/memory/passthrough_ll" -f -o "source=$top/xfs,cache=$cache" \
			"$top/ll-$cache" 2>/dev/null &
	done
else
	echo "layer.sh: no passthrough_ll: install libfuse3-dev with its examples, or set" \
		"PASSTHROUGH_LL" >&2
fi
for place in "${places[@]:1}"; do
	waits_for_mount "$place"
done

# fio_of PLACE UNIT ARGUMENTS...: operations a second, or MB/s
fio_of() {
	local place=$1 unit=$2
	shift 2
	fio --name=layer --filename="${directory[$place]}/file" --size="${mib}M" --invalidate=0 \
		--fallocate=none \
		--time_based --runtime="$seconds" --group_reporting --output-format=json "$@" |
		jq ".jobs[0] | [.read, .write] |
			map(if \"$unit\" == \"MB/s\" then .bw_bytes / 1e6 else .iops end) |
			add | floor"
}

# names_of PLACE: operations a second
names_of() {
	python3 - "${directory[$1]}" <<'END'
import os, sys, time

place, count = sys.argv[1] + "/names", 3000
os.mkdir(place)
names = [f"{place}/{i}" for i in range(count)]
began = time.monotonic()
for name in names:
    os.close(os.open(name, os.O_CREAT | os.O_WRONLY, 0o644))
for name in names:
    os.stat(name)
for name in names:
    fd = os.open(name, os.O_RDONLY)
    os.read(fd, 4096)
    os.close(fd)
for name in names:
    os.rename(name, name + "-")
for name in names:
    os.unlink(name + "-")
print(int(5 * count / (time.monotonic() - began)))
os.rmdir(place)
END
}

rows=(
	'random read 4K, hot|1/s|--rw=randread --bs=4k --ioengine=psync --size=8M --ramp_time=1'
	'random read 4K, direct|1/s|--rw=randread --bs=4k --ioengine=psync --direct=1'
	'the same, 4 jobs|1/s|--rw=randread --bs=4k --ioengine=psync --direct=1 --numjobs=4'
	'read 1M, direct|MB/s|--rw=read --bs=1M --ioengine=psync --direct=1'
	'write 1M|MB/s|--rw=write --bs=1M --ioengine=psync'
	'write 4K|1/s|--rw=randwrite --bs=4k --ioengine=psync'
	'write 4K and fsync|1/s|--rw=randwrite --bs=4k --ioengine=psync --fsync=1'
	'names of 3000 files|1/s|'
)

measure() {
	local place=$1 unit=$2 arguments=$3
	if [ -z "$arguments" ]; then
		names_of "$place"
	else
		# shellcheck disable=SC2086 # words
		fio_of "$place" "$unit" $arguments
	fi
}

dd if=/dev/zero of="$top/xfs/file" bs=1M count="$mib" status=none
sync -f "$top/xfs"
for ((round = 0; round < rounds; round++)); do
	for row in "${!rows[@]}"; do
		IFS='|' read -r _ unit arguments <<<"${rows[row]}"
		for place in "${places[@]}"; do
			measure "$place" "$unit" "$arguments" >>"$top/memory/$row.$place"
			sync -f "$top/xfs"
		done
	done
done

printf '%-24s%6s' '' ''
printf '%18s' "${places[@]}"
echo
for row in "${!rows[@]}"; do
	IFS='|' read -r name unit _ <<<"${rows[row]}"
	printf '%-24s%6s' "$name" "$unit"
	for place in "${places[@]}"; do
		printf '%18s' "$(median <"$top/memory/$row.$place")"
	done
	echo
done
