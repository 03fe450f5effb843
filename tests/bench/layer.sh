#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sequential 1 MiB reads and writes with fio: the data path daemon against libfuse's own passthrough_ll, passthrough
# against XFS itself. The four are measured in turn, round after round, so that a slow moment hits all of them alike;
# the table has the medians, and the median of the ratios of each round.
#
# Usage: layer.sh FOLIOSTORM [ROUNDS [MIB]]       as root; 5 rounds of 1024 MiB by default
# PASSTHROUGH_LL names the program; otherwise it is compiled from libfuse's examples, where those are installed.
# Exit codes: 0 measured; 4 something failed; 77 it cannot be measured here.
set -euo pipefail

examples=/usr/share/doc/libfuse3-dev/examples

skip() {
	echo "layer.sh: skipped: $*" >&2
	exit 77
}

[ $# -ge 1 ] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
foliostorm=$(realpath "$1")
rounds=${2:-5}
mib=${3:-1024}
[ "$(id -u)" = 0 ] || skip "takes root"
for program in fio mkfs.xfs; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done

# In a mount namespace of its own, where all mounts and the loop device end with it.
if [ -z "${LAYER_BENCH_INSIDE:-}" ]; then
	LAYER_BENCH_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

top=$(mktemp -d)
servers=()
cleanup() {
	cd /
	umount -q "$top/layer" "$top/passthrough" "$top/reference" 2>/dev/null || true
	for server in "${servers[@]}"; do
		wait "$server" 2>/dev/null || true
	done
	umount -q "$top/xfs" "$top/memory" 2>/dev/null || true
	rmdir "$top"/* "$top" 2>/dev/null || true
}
trap cleanup EXIT
trap 'exit 4' INT TERM

mkdir "$top"/{memory,xfs,layer,passthrough,reference}
# In memory: a disk would be all there is to see.
mount -t tmpfs -o size=$((3 * mib + 1024))M memory "$top/memory"
truncate -s $((2 * mib + 512))M "$top/memory/image"
mkfs.xfs -q "$top/memory/image"
mount -o loop "$top/memory/image" "$top/xfs"

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

places=(XFS passthrough daemon)
declare -A directory=([XFS]=$top/xfs [passthrough]=$top/passthrough [daemon]=$top/layer [passthrough_ll]=$top/reference)
if find_reference; then
	places+=(passthrough_ll)
	# libfuse 3.14.0 complains about a default of its own.
	"$top/memory/passthrough_ll" -f -o "source=$top/xfs" "$top/reference" 2>/dev/null &
	servers+=($!)
else
	echo "layer.sh: no passthrough_ll: install libfuse3-dev with its examples, or set PASSTHROUGH_LL" >&2
fi
"$foliostorm" mount -f --data-path daemon "$top/xfs" "$top/layer" >/dev/null &
servers+=($!)
"$foliostorm" mount -f --data-path passthrough "$top/xfs" "$top/passthrough" >/dev/null &
servers+=($!)
for place in "${places[@]}"; do
	[ "$place" = XFS ] && continue
	for ((i = 0; i < 100; i++)); do
		mountpoint -q "${directory[$place]}" && break
		sleep 0.05
	done
	mountpoint -q "${directory[$place]}" || { echo "layer.sh: $place was not mounted" >&2; exit 4; }
done

# MiB/s of one pass over the file, which is in XFS's page cache.
measure() {
	local place=$1 operation=$2 column=7
	[ "$operation" = write ] && column=48
	fio --name=layer --filename="${directory[$place]}/file" --rw="$operation" --bs=1M --size="${mib}M" \
		--ioengine=psync --invalidate=0 --fallocate=none --minimal |
		awk -F';' -v column=$column '{ printf "%.0f\n", $column / 1024 }'
}

median() {
	sort -g | awk '{ value[NR] = $1 } END { print NR % 2 ? value[(NR + 1) / 2] : (value[NR / 2] + value[NR / 2 + 1]) / 2 }'
}

dd if=/dev/zero of="$top/xfs/file" bs=1M count="$mib" status=none
sync -f "$top/xfs"
for ((round = 0; round < rounds; round++)); do
	for operation in read write; do
		for place in "${places[@]}"; do
			measure "$place" $operation >>"$top/memory/$operation.$place"
			sync -f "$top/xfs"
		done
	done
done

ratio() {
	local operation=$1 of=$2 to=$3
	[ -r "$top/memory/$operation.$to" ] || { echo -; return; }
	paste "$top/memory/$operation.$of" "$top/memory/$operation.$to" | awk '{ print $1 / $2 }' | median | xargs printf '%.2f'
}

printf '%-8s' 'MiB/s'
printf '%16s' "${places[@]}"
printf '%24s%24s\n' 'daemon/passthrough_ll' 'passthrough/XFS'
for operation in read write; do
	printf '%-8s' $operation
	for place in "${places[@]}"; do
		printf '%16s' "$(median <"$top/memory/$operation.$place")"
	done
	printf '%24s%24s\n' "$(ratio $operation daemon passthrough_ll)" "$(ratio $operation passthrough XFS)"
done
