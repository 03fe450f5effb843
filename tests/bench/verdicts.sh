#!/usr/bin/env bash
# Looks for wrong verdicts: shipped scenarios and random valid variations of one, on kernels whose split is known.
#
# usage: tests/bench/verdicts.sh FOLIOSTORM hit|clean [--busy] [--variations N] [--seconds N] KERNEL...
#
# hit: the kernels have the race, and none of the runs may be CLEAN; clean: they have not, and none may be HIT. Prints a
# line for each run, wrong ones with "!", and in the end how often each verdict came; "?" is a run without a result.
# --busy: with a busy loop on each processor of the host. Exit code 1 when one was wrong or has no result.
set -euo pipefail

usage="usage: verdicts.sh FOLIOSTORM hit|clean [--busy] [--variations N] [--seconds N] KERNEL..."
foliostorm=$(readlink -f "${1:?$usage}")
# shellcheck source=tests/support/busy.sh
source "$(dirname "$0")/../support/busy.sh"
truth=$2
shift 2
scenarios=$(readlink -f "$(dirname "$0")/../../scenarios")
variations=30 seconds=2 busy='' kernels=()
while [[ $# -gt 0 ]]; do
	case $1 in
	--busy) busy=yes ;;
	--variations) variations=$2; shift ;;
	--seconds) seconds=$2; shift ;;
	*) kernels+=("$1") ;;
	esac
	shift
done
[[ $truth == hit ]] && wrong=CLEAN || wrong=HIT
scratch=$(mktemp -d)
trap 'busy_end; rm -rf "$scratch"' EXIT
[[ -z $busy ]] || busy_begin

one() { # WORD...: one of them
	local words=("$@")
	echo "${words[RANDOM % ${#words[@]}]}"
}
# The same for the same number.
variation() { # NUMBER
	RANDOM=$1
	one "--set readers[0].kind="{load,procmem,pipe,pread}
	one "--set storm.aim="{auto,batched,interleaved,both,random,every:16,3}
	one "--set storm.length="{4K,12K,32K}
	one "--set files[0].folio="{64K,256K,2M,2M,2M}
	one "--set witness=false --set gate={}" "--set gate={}" ""
	one "--set readers[0].wait="{auto,none,5us}
	one "--set readers[0].pages="{exposed,all}
	one "--set readers[0].count="{1,2}
	one "--set storm.settle="{0,200us,2ms}
	one "--set mount.data_path="{passthrough,passthrough,mixed}
}

for kernel in "${kernels[@]}"; do
	{
		for name in split-window crash-6.18.7 memfd debugfs-split pread-ext4 journal naive-storm selftest; do
			echo "$name.cfg"
		done
		for n in $(seq "$variations"); do
			echo "split-window.cfg $(variation "$n" | tr '\n' ' ')"
		done
	} >"$scratch/runs"
	while read -r scenario options; do
		rm -rf "$scratch/run"
		# shellcheck disable=SC2086 # a list of words without blanks
		"$foliostorm" guest --quiet --kernel "$kernel" "$scenarios/$scenario" --duration "$seconds" $options \
			--out "$scratch/run" >"$scratch/said" 2>&1 </dev/null || true
		jq -r --arg kernel "$kernel" --arg wrong "$wrong" --arg options "$scenario $options" '[
			"\(if .verdict == $wrong then "!" else " " end) \(.verdict)", $kernel, "\(.reads) reads",
			"\(.splits_inspected // 0) inspected", "\(.passages) passages, power \(.power)", $options
		] | join("\t")' "$scratch/run/result.json" 2>/dev/null ||
			echo "? $kernel $scenario $options: $(tail -n 1 "$scratch/said")"
	done <"$scratch/runs"
done | tee "$scratch/table"
cut -c3- "$scratch/table" | cut -f1 | sort | uniq -c
! grep -q '^[!?]' "$scratch/table" && [[ -s $scratch/table ]]
