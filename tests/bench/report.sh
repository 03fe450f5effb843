#!/usr/bin/env bash
# How long `foliostorm report` takes for a run with a million events, how much memory, and how large
# the page is.
#
# usage: tests/bench/report.sh FOLIOSTORM [EVENTS]
#
# The events are those of a run of some hours: of each ten, three punches, three splits, two hits,
# one capture and one rule.
set -euo pipefail
foliostorm=$(readlink -f "$1")
count=${2:-1000000}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/foliostorm-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
command -v jq >/dev/null || { echo "tests/bench/report.sh: jq is not installed" >&2; exit 77; }

awk -v count="$count" '
function common(type, extra) {
	printf "{\"type\":\"%s\",%s,\"number\":%d,\"ns\":%d}\n", type, extra, number, ns
}
BEGIN {
	srand(1)
	printf "{\"type\":\"begin\",\"scenario\":\"title = \\\"bench\\\";\",\"expected\":\"hit\"," \
		"\"xfail\":false,\"title\":\"A long run\",\"kernel\":\"6.18.9\"," \
		"\"machine\":\"x86_64\",\"version\":\"0.1.0\",\"data_path\":\"passthrough\"," \
		"\"aim\":\"auto\",\"aim_page\":257,\"seed\":1,\"number\":0,\"ns\":0}\n"
	for (number = 1; number < count; number++) {
		ns += int(rand() * 4000000)
		folio = 512 * int(rand() * 32)
		page = folio + 384 + int(rand() * 128)
		kind = number % 10
		if (kind < 3)
			common("punch", sprintf("\"punch\":%d,\"file\":\"system.journal\"," \
				"\"folio\":%d,\"first_byte\":1052672,\"length\":4096," \
				"\"generation\":%d,\"took_ns\":%d,\"readers_there\":1," \
				"\"split\":true,\"error\":null",
				++punch, folio, punch / 32 + 1, 200000 + int(rand() * 1000000)))
		else if (kind < 6)
			common("split", sprintf("\"file\":\"system.journal\",\"folio\":%d," \
				"\"order\":9,\"levels\":9,\"window_ns\":%d,\"frozen_ns\":%d," \
				"\"failed\":null,\"error\":null",
				folio, 300000 + int(rand() * 500000),
				400000 + int(rand() * 500000)))
		else if (kind < 8)
			common("hit", sprintf("\"kind\":\"bytes\",\"punch\":%d," \
				"\"file\":\"system.journal\",\"page\":%d,\"folio\":%d," \
				"\"reader\":0,\"reader_kind\":\"procmem\"," \
				"\"class\":\"other-page\",\"wrong_page\":%d," \
				"\"wrong_file\":\"system.journal\",\"wrong_generation\":1," \
				"\"generation\":1,\"xor\":216,\"folio_order\":8," \
				"\"wrong_bytes\":4096,\"first_wrong_byte\":0,\"sticky\":true," \
				"\"pread_wrong\":false,\"fresh_mapping_wrong\":false," \
				"\"access_ns\":%d,\"recheck_ns\":%d",
				punch, page, folio, folio + 256, 100000 + int(rand() * 100000),
				50000 + int(rand() * 50000)))
		else if (kind == 8)
			common("capture", sprintf("\"punch\":%d,\"file\":\"system.journal\"," \
				"\"page\":%d,\"wrong_folio\":%d,\"wrong_folio_order\":8," \
				"\"reader\":0,\"reader_kind\":\"procmem\",\"frozen\":true",
				punch, page, folio + 256))
		else
			common("rule", sprintf("\"rule\":\"slow\",\"decision\":%d,\"match\":%d," \
				"\"action\":\"delay\",\"operation\":\"fallocate\"," \
				"\"path\":\"system.journal\",\"offset\":1052672,\"length\":4096," \
				"\"pid\":7,\"drawn\":%d,\"measured_ns\":%d,\"cut_short\":false," \
				"\"error\":null",
				++rule, rule, 1000000, 1000000))
	}
}' >"$scratch/events.jsonl"
jq -c --argjson count "$count" -n '{ verdict: "HIT", expected: "hit", as_expected: true,
	outcome: "pass", xfail: false, reason: "many hits", title: "A long run", kernel: "6.18.9",
	machine: "x86_64", version: "0.1.0", data_path: "passthrough", aim: "auto", aim_page: 257,
	seed: 1, duration_seconds: ($count * 0.002), punches: ($count * 0.3),
	punches_hit: ($count * 0.2), hit_rate: 0.67, exposures: $count, reads: $count,
	wrong_reads: 5, hits: [], scenario: "title = \"bench\";" }' >"$scratch/result.json"

printf 'title = "bench";\n' >"$scratch/scenario.cfg"
echo "$(wc -l <"$scratch/events.jsonl") events, $(stat -c %s "$scratch/events.jsonl") bytes"
TIMEFORMAT='%R s, %U s of a processor'
time "$foliostorm" report "$scratch" -o "$scratch/report.html" >/dev/null
"$foliostorm" report "$scratch" -o "$scratch/report.html" >/dev/null &
report=$!
peak=0
while kill -0 $report 2>/dev/null; do
	now=$(sed -nE 's/^VmHWM:[[:space:]]+([0-9]+) kB/\1/p' /proc/$report/status 2>/dev/null ||
		true)
	[[ -z $now || $now -le $peak ]] || peak=$now
	sleep 0.01
done
wait $report
echo "$((peak / 1024)) MiB at most, a page of $(stat -c %s "$scratch/report.html") bytes"
