# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Sourced, with the bench's own arguments, by benches with a layer over XFS. $1 is the foliostorm
# command. Prints the bench's usage without one; takes root, and goes into a mount namespace of its
# own, where all mounts and the loop device end with it. Gives: here, foliostorm, skip, needs,
# xfs_in_memory, unmount_layers, leave, waits_for_mount, waits_for_end, median.
set -euo pipefail

skip() { # REASON
	echo "${0##*/}: skipped: $*" >&2
	exit 77
}

needs() { # PROGRAM...
	local program
	for program; do
		command -v "$program" >/dev/null || skip "$program is not installed"
	done
}

[[ $# -ge 1 ]] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
# shellcheck disable=SC2034 # used by who sources this
here=$(dirname "$(realpath "$0")")
foliostorm=$(realpath "$1")
[[ $EUID -eq 0 ]] || skip "takes root"
needs mkfs.xfs jq
if [[ -z ${FOLIOSTORM_BENCH_APART-} ]]; then
	FOLIOSTORM_BENCH_APART=1 exec unshare --mount --propagation private "$0" "$@"
fi

# xfs_in_memory MIB DIRECTORY...: makes $top, in it the directories, on which layers are mounted,
# and $top/xfs, of that size. Its image is in memory, since a disk would be all there is to see; so
# is $top/memory, with room for 2 GiB. leave, which removes all of it, is called at the end.
xfs_in_memory() {
	top=$(mktemp -d)
	layers=("${@:2}")
	trap leave EXIT
	trap 'exit 4' INT TERM
	chmod 755 "$top"
	mkdir "$top/memory" "$top/xfs" "${layers[@]/#/$top/}"
	mount -t tmpfs -o size=$(($1 + 2048))M memory "$top/memory"
	truncate -s "$1M" "$top/memory/image"
	mkfs.xfs -q "$top/memory/image"
	mount -o loop "$top/memory/image" "$top/xfs"
}

unmount_layers() {
	local layer
	for layer in "${layers[@]}"; do
		# What had files open in it may be closing them.
		umount -q "$top/$layer" 2>/dev/null || umount -ql "$top/$layer" 2>/dev/null || true
	done
}

leave() {
	cd /
	unmount_layers
	# Layers that were not mounted yet.
	jobs -p | xargs -r kill 2>/dev/null || true
	wait || true
	umount -ql "$top/xfs" "$top/memory" 2>/dev/null || true
	rmdir "$top"/* "$top" || true
}

waits_for_mount() { # LAYER
	local i
	for ((i = 0; i < 100; i++)); do
		! mountpoint -q "$top/$1" || return 0
		sleep 0.05
	done
	echo "${0##*/}: $1 was not mounted" >&2
	exit 4
}

# Of a layer that is not in the foreground, and is unmounted.
waits_for_end() { # LAYER
	local i
	for ((i = 0; i < 1000; i++)); do
		pgrep -f "^$foliostorm mount .* $top/$1\$" >/dev/null || return 0
		sleep 0.02
	done
	echo "${0##*/}: the layer $1 does not end" >&2
	exit 4
}

median() {
	sort -g | awk '{ value[NR] = $1 }
		END {
			half = int(NR / 2)
			print NR % 2 ? value[half + 1] : (value[half] + value[half + 1]) / 2
		}'
}
