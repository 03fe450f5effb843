#!/usr/bin/env bash
# Measures every reader through every door to the race, with and without gate and witness, in
# guests: the table of tools/doc/measured.md.
#
# usage: tests/bench/doors.sh [FOLIOSTORM [KERNEL [SECONDS [SCENARIO...]]]]
#        default build/tools/foliostorm, 6.18.9, 3 for each cell, split-window debugfs-split memfd
#        pread-ext4
#
# One guest for each door. A cell is: punches that gave wrong bytes, of all punches; with the
# witness also those that gave a capture.
set -euo pipefail
top=$(readlink -f "$(dirname "$(readlink -f "$0")")/../..")
foliostorm=$(readlink -f "${1:-$top/build/tools/foliostorm}") kernel=${2:-6.18.9} seconds=${3:-3}
doors=("${@:4}")
[[ ${#doors[@]} -gt 0 ]] || doors=(split-window debugfs-split memfd pread-ext4)
work=$(mktemp -d "${TMPDIR:-/tmp}/foliostorm-doors.XXXXXX")
trap 'rm -rf "$work"' EXIT

readers=(load pipe procmem pread)
gates=("--set witness=false --set 'gate={}'" "--set witness=true --set 'gate={}'"
	"--set 'gate={ split = \"20us\"; meet = \"500us\"; reader = \"20us\"; }'")

# cell OUT: its numbers
cell() {
	jq -r '.punches as $punches |
		def percent: if . == null then "–"
			else (1000 * . / ([$punches, 1] | max) | round / 10 | tostring) + " %" end;
		(.punches_hit | percent) as $hit |
		if .captures == null then $hit + " of \($punches)"
		else $hit + ", captures " + (.punches_captured | percent) + " of \($punches)" end' \
		"$1/result.json" || echo '?'
}

echo "| door | reader | neither | witness | gate |"
echo "|---|---|---|---|---|"
for door in "${doors[@]}"; do
	job=''
	for reader in "${readers[@]}"; do
		for gate in "${!gates[@]}"; do
			job+="/bin/$(basename "$foliostorm") run -q /tmp/scenario.cfg"
			job+=" --duration $seconds --set 'readers[0].kind=$reader'"
			job+=" --set 'files[0].size=16M' ${gates[gate]}"
			job+=" --out /out/$reader-$gate >/dev/null; "
		done
	done
	job="cat >/tmp/scenario.cfg <<'END'
$(<"$top/scenarios/$door.cfg")
END
$job true"
	"$foliostorm" guest --kernel "$kernel" --file "$foliostorm" --timeout 10m \
		--out "$work/$door" --quiet --command "$job" >/dev/null
	for reader in "${readers[@]}"; do
		printf '| %s | %s |' "$door" "$reader"
		for gate in "${!gates[@]}"; do
			printf ' %s |' "$(cell "$work/$door/$reader-$gate")"
		done
		echo
	done
done
