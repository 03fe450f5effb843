#!/usr/bin/env bash
# The split race, found from a list of points alone: by the scenario that needs the witness' gate
# otherwise, without BPF. What is written hits.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

code=0
"$foliostorm" explore --quiet --kernel 6.18.9 "$scenarios/split-window.cfg" \
	--points "$scenarios/split.points" --set witness=false \
	--out "$scratch/explored" >"$scratch/explored.txt" 2>&1 || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/explored.txt")"
cat "$scratch/explored.txt"
[[ $code -eq 0 ]] || fail "explore: exit code $code, wanted 0"
found=$scratch/explored/explore.json
jq -e '(.points | length) == 6 and (.orders | length) == 10 and .orders_seen >= 3 and
	.orders_seen <= .passages and (.orders | map(.order) | unique | length) == 10 and
	.orders[.best].hits > 0 and ([.orders[].passages] | add) == .passages and
	(.found | endswith("/found.cfg"))' "$found" >/dev/null || fail "$(cat "$found")"
# It was made and hit: what hits without being made is no schedule that a kernel can withstand.
grep -q 'of [0-9]* passages [1-9][0-9]* made, [1-9][0-9]* hit' "$scratch/explored/found.cfg" ||
	fail "what was written was not made: $(cat "$scratch/explored/found.cfg")"
# What is needed of the order is less than all of it.
holds=$(grep -c 'hold = ' "$scratch/explored/found.cfg")
[[ $holds -ge 2 && $holds -le $(jq '[.subsets[].holds | length] | max + 1' "$found") ]] ||
	fail "found.cfg has $holds holds"
jq -e '(.holds | length) == ([.subsets[].holds[]] | max + 1)
	and all(.holds[]; test("^(split|read) at .* until (split|read) "))' "$found" >/dev/null ||
	fail "the holds of the best order are not named: $(jq -c .holds "$found")"

code=0
"$foliostorm" guest --quiet --kernel 6.18.9 "$scratch/explored/found.cfg" --set expect.made=5 \
	--expect hit --out "$scratch/forced" >"$scratch/forced.txt" 2>&1 || code=$?
cat "$scratch/forced.txt"
[[ $code -eq 0 ]] || fail "what was found: exit code $code, wanted 0"
expect forced '.verdict == "HIT" and .schedule.made >= 5 and .punches_hit >= 3'

# A point that the kernel has not is an error that names it.
sed 's/__xa_store/__xa_stare/' "$scenarios/split.points" >"$scratch/wrong.points"
code=0
"$foliostorm" explore --quiet --kernel 6.18.9 "$scenarios/split-window.cfg" \
	--points "$scratch/wrong.points" --out "$scratch/wrong" \
	>"$scratch/wrong.txt" 2>&1 || code=$?
[[ $code -eq 4 ]] || fail "an unknown point: exit code $code, wanted 4: $(cat "$scratch/wrong.txt")"
grep -q '__xa_stare' "$scratch/wrong.txt" ||
	fail "it is not said what is not there: $(cat "$scratch/wrong.txt")"
no_leftovers "explorations"
