#!/usr/bin/env bash
# The journal storm on a kernel that has the race: with the gate, by /proc/self/mem and by plain loads.
# shellcheck source=tests/program.sh
source "$(dirname "$(readlink -f "$0")")/program.sh"

# hit NAME OPTIONS...
hit() {
	local name=$1 code=0
	shift
	"$foliostorm" guest --kernel 6.18.9 --timeout 200 --out "$scratch/$name" "$scenarios/journal.cfg" --duration 120 "$@" --quiet &
	local guest=$!
	# A few hits are enough; it is judged by what it has seen when it is interrupted.
	for ((tries = 2400; tries > 0; tries--)); do
		[[ $(grep -c '"type":"hit"' "$scratch/$name/events.jsonl" 2>/dev/null || true) -lt 3 ]] || kill -TERM $guest 2>/dev/null || true
		kill -0 $guest 2>/dev/null || break
		sleep 0.1
	done
	wait $guest || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq 0 ]] || fail "$name: exit code $code: $(tail -n 20 "$scratch/$name/dmesg" 2>/dev/null || true)"
	# The page cache itself was right again by then: it was the reader's mapping, or its access, that was not.
	jq -e '.verdict == "HIT" and .punches_hit > 0 and ([.hits[] | select(.kind == "bytes" and (.pread_wrong | not))] | length) >= 1' \
		"$scratch/$name/result.json" >/dev/null ||
		fail "$name: $(jq -c 'del(.scenario, .preconditions)' "$scratch/$name/result.json")"
}

hit procmem
hit load --set workload.readers.kind=load
