#!/usr/bin/env bash
# Measures again how often a passage hits on kernels that have the race: the rows of
# tools/verdict/calibration_rows.h.
#
# usage: tests/bench/calibrate.sh FOLIOSTORM [--busy] [--runs N] [--seconds N] [PATTERN]
#
# Prints a row for each run. --busy: with a busy loop on each processor of the host. PATTERN: a
# regular expression; only lines of the list below that match. Whether a row is one of a busy
# machine is what the run itself has found (host.busy), so that the same measure makes the row and
# looks it up. A run of the list is a kernel, a scenario and what is set in it.
set -euo pipefail

foliostorm=$(readlink \
	-f "${1:?usage: calibrate.sh FOLIOSTORM [--busy] [--runs N] [--seconds N] [PATTERN]}")
shift
# shellcheck source=tests/support/busy.sh
source "$(dirname "$0")/../support/busy.sh"
scenarios=$(readlink -f "$(dirname "$0")/../../scenarios")
runs=3 seconds=5 pattern=. busy=''
while [[ $# -gt 0 ]]; do
	case $1 in
	--busy) busy=yes ;;
	--runs) runs=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	*) pattern=$1 ;;
	esac
	shift
done
scratch=$(mktemp -d)
trap 'busy_end; rm -rf "$scratch"' EXIT

# Readers that learn when to read (wait = "auto", without a gate) learn by hits: what they come to
# says nothing of a run that has none.
free="--set witness=false --set gate={} --set readers[0].wait=none"
reader() { echo "--set readers[0].kind=$1"; }
list() {
	local kernel kind
	for kernel in 6.16.12 6.17.13 6.18.9; do
		for kind in procmem pipe load; do
			echo "$kernel split-window.cfg $free $(reader $kind)"
			echo "$kernel split-window.cfg $(reader $kind)"
		done
		echo "$kernel memfd.cfg $free"
		echo "$kernel memfd.cfg"
		echo "$kernel pread-ext4.cfg"
		echo "$kernel pread-ext4.cfg $free"
		echo "$kernel debugfs-split.cfg"
		echo "$kernel debugfs-split.cfg $free"
		echo "$kernel crash-6.18.7.cfg $free --set schedule=()"
	done
	# Until the kernel is beyond repair: one hit a run.
	echo "6.1.192-seed2 stale-folios.cfg"
	echo "6.1.192-seed2 stale-folios.cfg --set workload.node=above"
	echo "6.1.192-seed2 stale-folios-pressure.cfg"
}

# A kernel of the archive, or an image of FOLIOSTORM_TEST_KERNELS.
kernel_of() {
	local image=${FOLIOSTORM_TEST_KERNELS:-/nonexistent}/$1
	[[ -e $image ]] && echo "--image $image" || echo "--kernel $1"
}

[[ -z $busy ]] || busy_begin
while read -r kernel scenario options; do
	for run in $(seq "$runs"); do
		# shellcheck disable=SC2046,SC2086 # lists of words without blanks
		"$foliostorm" guest --quiet $(kernel_of "$kernel") "$scenarios/$scenario" \
			--seed "$run" \
			--duration "$seconds" $options \
			--out "$scratch/run" >/dev/null 2>"$scratch/errors" </dev/null ||
			[[ $? -le 1 || $? -eq 3 ]] || { cat "$scratch/errors" >&2; continue; }
		# A hit of the workload ends it. No more hits count than there were passages.
		jq -r --arg kernel "$kernel" '
			(if .workload == null then [.punches_hit, .punches_captured // 0] | max
			 elif .verdict == "HIT" then 1 else 0 end) as $hits |
			"{ \"\(.calibration.setting)\", \(.host.busy), \"\($kernel)\", " +
			"\(.passages), \([$hits, .passages] | min) },"
		' "$scratch/run/result.json"
	done
done < <(list | grep -E -- "$pattern")
