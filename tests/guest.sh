#!/usr/bin/env bash
# Real kernels: the default scenario finds the race on one that has it, through the mount, and finds nothing on one where it is
# fixed. Guests under QEMU, kernels from Debian's archive; an archive that cannot be reached is a failure.
# shellcheck source=tests/program.sh
source "$(dirname "$(readlink -f "$0")")/program.sh"
export FOLIOSTORM=$foliostorm
run=$tests/../tools/guest/run

# guest NAME KERNEL SCENARIO OPTIONS...: the result is in $scratch/NAME
guest() {
	local name=$1 kernel=$2 code=0
	shift 2
	echo "== $name on $kernel"
	"$run" --kernel "$kernel" --timeout 150 --out "$scratch/$name" "$@" --quiet || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq 0 ]] || fail "$name: exit code $code; the guest's log ends with: $(tail -n 20 "$scratch/$name/dmesg" 2>/dev/null || true)"
}

# expect NAME JQ-CONDITION
expect() {
	jq -e "$2" "$scratch/$1/result.json" >/dev/null || fail "$1: not so: $2: $(jq -c 'del(.scenario, .preconditions, .hits)' "$scratch/$1/result.json")"
}

guest affected 6.18.9 "$scenarios/split-window.cfg"
expect affected '.verdict == "HIT" and .expected == "hit" and .punches_hit > 20 and .first_hit_seconds < 5'
# The bytes are those of the neighbour that the aim model names: page 256 of the folio, the head of the part next to the hole.
expect affected '[.hits[] | select(.class == "other-page" and .wrong_page == .folio + 256)] | length > 10'

guest control 6.18.9 "$scenarios/control-pread.cfg"
expect control '.verdict == "CLEAN" and .wrong_reads == 0 and .reads >= 1000 and .splits > 10'

guest fixed 7.2.12 "$scenarios/split-window.cfg"
expect fixed '.verdict == "CLEAN" and .expected == "clean" and .exposures >= 200'
