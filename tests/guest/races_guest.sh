#!/usr/bin/env bash
# Races of tools/doc/races.md that no other test forces: each hits on a kernel of Debian that has
# it. tests/guest/mutants.sh tries all, and those that have not.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# shows NAME VERDICT KERNEL SCENARIO OPTIONS...: the result is in $scratch/NAME.
shows() {
	local name=$1 verdict=$2 code=0
	"$foliostorm" guest --quiet --kernel "$3" "$scenarios/$4.cfg" --expect "$verdict" \
		--out "$scratch/$name" "${@:5}" >"$scratch/$name.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/$name.txt")"
	cat "$scratch/$name.txt"
	[[ $code -eq 0 ]] || fail "$name: exit code $code"
}

shows dedupe hit 7.2.12 dedupe --set expect.made=3
expect dedupe '.verdict == "HIT" and .schedule.made >= 3 and .punches_hit >= 2'
shows past-eof hit 6.16.12 past-eof --set expect.made=3
expect past-eof '.verdict == "HIT" and any(.hits[]; .kind == "outcome")'
no_leftovers "guests"
