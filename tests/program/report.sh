#!/usr/bin/env bash
# Reports of a real run, whole, killed and damaged, and of a matrix; with gnuplot and without;
# looked at by a browser.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v gnuplot >/dev/null || skip "gnuplot is not installed"
command -v xmllint >/dev/null || skip "xmllint is not installed"
# shellcheck source=tests/support/browser.sh
source "$tests/support/browser.sh"
[[ -n $browser ]] || skip "chromium is not installed"

# says FILE PATTERN
says() {
	grep -qE -- "$2" "$1" || fail "$(basename "$1") does not say $2"
}

# refused PATTERN ARGUMENTS...: exit code 2, and no page
refused() {
	refuses 2 "$1" "$foliostorm" report "${@:2}" -o "$scratch/refused.html"
	[[ ! -e $scratch/refused.html ]] || fail "report ${*:2}: a page was made"
}

# A run with hits on any kernel, with a title that would be markup.
sed 's|^title.*|title = "Wrong <script>console.error(1)</script> pages \& more";|' \
	"$scenarios/misplaced.cfg" >"$scratch/hostile.cfg"
code=0
"$foliostorm" run -q "$scratch/hostile.cfg" --duration 4 --out "$scratch/run" >"$scratch/run.txt" ||
	code=$?
[[ $code -le 1 && $(jq -r .verdict "$scratch/run/result.json") == HIT ]] ||
	fail "no hit to report: exit code $code: $(cat "$scratch/run.txt")"
page=$scratch/run/report.html
[[ $("$foliostorm" report "$scratch/run") == "$page" ]] ||
	fail "the page is not where it is said to be"
says "$page" '<div class="verdict HIT'
says "$page" 'The first hit: punch [0-9]+, [0-9.]+ s after the run began'
for step in 'the punch begins' 'it looks the page up' \
	'it is found wrong: the bytes are those of page [0-9]+' 'has been read again' \
	'the punch returns'; do
	says "$page" "<td data-of=\"what happened\">[^<]*$step"
done
says "$page" '<th scope="row">exposed</th><td>[0-9]+-[0-9]+'
says "$page" '<td data-of="operation">fallocate</td><td class="n" data-of="requests">[1-9]'
says "$page" "<th scope=\"row\">host</th><td>$(uname -n)</td>"
says "$page" '<th scope="row">ended</th><td>20[0-9-]+ [0-9:]+ UTC</td>'
says "$page" '<th scope="row">contention</th><td>(busy|quiet): for [0-9.]+ % of the run'
# What is not there has no heading.
! tr '\n' ' ' <"$page" | grep -qE '</h2> *<h2|<h2>The workload</h2>' ||
	fail "a heading with nothing beneath it"
says "$page" "foliostorm run &#39;$scratch/run/scenario.cfg&#39;"
# Each picture twice: for a broad and for a narrow screen.
[[ $(grep -o '<svg' "$page" | wc -l) -eq 8 ]] ||
	fail "not four pictures, but $(grep -o '<svg' "$page" | wc -l) / 2"
! grep -qE "(src|href)=[\"']?(https?:|//)|url\(|@import|<script" "$page" ||
	fail "the page wants the network, or runs something"
perl -0pe 's|<svg.*?</svg>||gs' "$page" >"$scratch/plain.html"
errors() { # FILE: but for elements that xmllint does not know
	xmllint --html --noout "$1" 2>&1 |
		grep -vE 'Tag (main|section|figure|details|summary|footer) invalid' |
		grep ' error ' || true
}
sed 's|</body>|</table>&|' "$scratch/plain.html" >"$scratch/ill.html"
[[ -n $(errors "$scratch/ill.html") ]] || fail "xmllint does not tell what is not well formed"
[[ -z $(errors "$scratch/plain.html") ]] ||
	fail "not well formed: $(errors "$scratch/plain.html")"

# The command in the page is the one that runs it again.
command=$(sed -nE 's|^<pre>(foliostorm run .*)</pre>$|\1|p' "$page" | sed "s/&#39;/'/g")
code=0
eval "${command/#foliostorm/\"\$foliostorm\" }" -q --duration 1 >"$scratch/again.txt" 2>&1 ||
	code=$?
grep -q '^punches ' "$scratch/again.txt" ||
	fail "the command does not run: exit code $code: $command: $(cat "$scratch/again.txt")"

# A browser shows it, on a phone too, prints it, and finds nothing to complain of; that it would say
# so is tried first.
console() { # PAGE: lines of the console
	browse --enable-logging=stderr --dump-dom "file://$1" 2>&1 >"$scratch/dom.html" |
		grep CONSOLE || true
}
echo '<script>console.error("trouble")</script>' >"$scratch/trouble.html"
[[ -n $(console "$scratch/trouble.html") ]] ||
	fail "the browser does not tell what is on its console"
said=$(console "$page")
[[ -z $said ]] || fail "the browser complains: $said"
says "$scratch/dom.html" '<h2>Latency of the layer'
says "$scratch/dom.html" 'Made by foliostorm'
fits_phone "$page"
browse --window-size=1000,1400 --screenshot="$scratch/shot.png" "file://$page" >/dev/null 2>&1
[[ $(stat -c %s "$scratch/shot.png") -gt 20000 ]] || fail "the screenshot is empty"
browse --print-to-pdf="$scratch/page.pdf" "file://$page" >/dev/null 2>&1
[[ $(head -c 5 "$scratch/page.pdf") == %PDF- ]] || fail "it does not print"

# Without gnuplot: tables, and it is said.
mkdir "$scratch/bin"
PATH=$scratch/bin "$foliostorm" report "$scratch/run" \
	-o "$scratch/tables.html" >/dev/null 2>"$scratch/err"
[[ ! -s $scratch/err ]] || fail "without gnuplot: $(cat "$scratch/err")"
says "$scratch/tables.html" 'gnuplot is not installed'
says "$scratch/tables.html" '<th scope="col" class="n">from, s</th>'
"$foliostorm" report "$scratch/run" --title 'Case <4711>' -o "$scratch/case.html" >/dev/null
says "$scratch/case.html" '<h1>Case &lt;4711&gt;</h1>'
! grep -q '<svg' "$scratch/tables.html" || fail "pictures without gnuplot"
"$foliostorm" report "$scratch/run" -o - >"$scratch/stdout.html"
# A page is whole or not there; what is no file is written to, and stays what it is.
mkdir "$scratch/little"
mount -t tmpfs -o size=16k,mode=0700 little "$scratch/little"
code=0
"$foliostorm" report "$scratch/run" \
	-o "$scratch/little/page.html" >"$scratch/out" 2>"$scratch/err" || code=$?
left=$(ls "$scratch/little")
umount "$scratch/little"
[[ $code -eq 4 && -z $left ]] || fail "no room: exit code $code, left $left"
grep -q 'page.html: No space left on device' "$scratch/err" || fail "no room: $(cat "$scratch/err")"
mknod "$scratch/null" c 1 3
ln -s "$scratch/null" "$scratch/to-null"
"$foliostorm" report "$scratch/run" -o "$scratch/to-null" >/dev/null || fail "a page to a device"
[[ -L $scratch/to-null && -c $scratch/null ]] || fail "a page in place of a device"
says "$scratch/stdout.html" 'Made by foliostorm'

# A killed run: no result, and a last line that is cut.
cp -r "$scratch/run" "$scratch/killed"
rm "$scratch/killed/result.json" "$scratch/killed/report.html"
truncate -s -30 "$scratch/killed/events.jsonl"
"$foliostorm" report "$scratch/killed" >/dev/null
says "$scratch/killed/report.html" 'The run has left no result'
says "$scratch/killed/report.html" 'The last line of events.jsonl is not whole'

# Damaged and foreign.
refused 'no run is there' "$scratch/bin"
refused 'no run is there' "$scratch/nowhere"
cp -r "$scratch/run" "$scratch/damaged"
not_by_a_run "$scratch/damaged"
sed -i '3s/$/}/' "$scratch/damaged/events.jsonl"
refused 'damaged/events.jsonl:3: ' "$scratch/damaged"
echo '{' >"$scratch/damaged/result.json"
refused 'damaged/result.json:[0-9]: ' "$scratch/damaged"
mkdir "$scratch/foreign"
echo '{ "cells": 7 }' >"$scratch/foreign/matrix.json"
refused 'foreign/matrix.json: not the table of a matrix' "$scratch/foreign"

# A matrix: its table, and what each cell has left.
mkdir -p "$scratch/table/cells/6.18.9"
cp -r "$scratch/run" "$scratch/table/cells/6.18.9/misplaced"
jq '{ kernel: "6.18.9", scenario: "misplaced", row: 0, column: 0, verdict, expected, as_expected,
	outcome, reason, punches, hit_rate, exposures }' \
	"$scratch/run/result.json" >"$scratch/table/cells/6.18.9/misplaced/cell.json"
"$foliostorm" report "$scratch/table" >/dev/null
says "$scratch/table/report.html" '<a href="#cell-0-0"><b>HIT</b></a>'
says "$scratch/table/report.html" '<section id="cell-0-0">'
says "$scratch/table/report.html" 'The first hit: punch'
mkdir "$scratch/before"
jq '{ as_expected: true, kernels: ["6.18.9"], scenarios: ["misplaced"],
	cells: [ .hit_rate = 0.5 ] }' \
	"$scratch/table/cells/6.18.9/misplaced/cell.json" >"$scratch/before/matrix.json"
"$foliostorm" report "$scratch/table" --history "$scratch/before" \
	--history "$scratch/before/matrix.json" >/dev/null
says "$scratch/table/report.html" 'aria-label="hits of punches: 50.0 %, 50.0 %, now [0-9.]+ %"'
refused 'foreign/matrix.json: not the table of a matrix' "$scratch/table" \
	--history "$scratch/foreign"
! grep -q '<script' "$scratch/table/report.html" || fail "markup of a title in the page of a matrix"
# What many runs came to together.
many() { # FILE JSON PATTERN...
	rm -rf "$scratch/many"
	mkdir "$scratch/many"
	echo "$2" >"$scratch/many/$1"
	"$foliostorm" report "$scratch/many" >/dev/null
	for pattern in "${@:3}"; do
		says "$scratch/many/report.html" "$pattern"
	done
}
many tune.json '{ "goal": "hits", "better": true,
	"over_original": { "difference": 3, "low": 1, "high": 5, "rounds": 7 },
	"settings": [ { "values": { "storm.settle": "1ms" },
		"final": { "trials": 7, "rate": 4, "low": 3, "high": 5, "hit_rate": 0.25 } } ] }' \
	'A better setting was found' '3.00 more hits per second' \
	'>storm.settle=1ms</td><td class="n" data-of="per second">4.00</td>' '>25.0 %</td>' '<svg'
many repeat.json '{ "verdict": "HIT", "expected": "hit", "as_expected": true, "runs": 2,
	"runs_hit": 1, "punches": 12345,
	"each": [ { "verdict": "HIT", "seed": 7, "punches": 12000 },
		{ "verdict": "CLEAN", "seed": 8 } ] }' \
	'This kernel gave readers wrong data' '>2, of them hit 1<' '>12,345<' \
	'<tr class="HIT"><td class="n" data-of="run">1</td>'
many bisect.json '{ "found": "6.16.12", "before": "6.12.107",
	"steps": [ { "name": "6.18.9", "answer": "bad", "verdict": "HIT" },
		{ "name": "6.12.107", "answer": "skip", "reason": "<script>" } ] }' \
	'The first bad kernel: 6.16.12' '>cannot tell</td>' '&lt;script&gt;'
many explore.json '{ "points": [ "a", "b" ],
	"orders": [ { "order": [ "b", "a" ], "made": 3, "hits": 2 } ], "found": "found.cfg",
	"holds": [ "a at b" ], "subsets": [ { "holds": [ 0 ], "hits": 2 } ] }' \
	'A schedule was found' '<li>a at b</li>' '<td data-of="holds">1</td>' \
	'<td data-of="order of the points">2 1</td>' '<li>a</li>'
echo '{ "steps": 7 }' >"$scratch/many/bisect.json"
rm "$scratch/many/explore.json"
refused 'bisect.json: not what a bisection leaves' "$scratch/many"
refused 'a bisection; --format=perfetto is of one run' "$scratch/many" --format perfetto
# What cannot be read is not reported as if that were all.
refused '/proc/self/mem: Input/output error' /proc/self/mem
# Decisions of a rule whose name is as long as a line may be, and a line that is no event.
printf '{"type":"rule","rule":"%sé","action":"delay","match":%d}\n' \
	"$(printf 'r%.0s' {1..62})" 1 "$(printf 'r%.0s' {1..62})" 2 >"$scratch/one.jsonl"
{ head -n 1 "$scratch/one.jsonl"; echo '{"type":'; tail -n 1 "$scratch/one.jsonl"; } \
	>"$scratch/other.jsonl"
"$foliostorm" replay "$scratch/one.jsonl" "$scratch/other.jsonl" >"$scratch/out" 2>"$scratch/err" ||
	fail "replay of a long name: $(cat "$scratch/err")"
grep -q 'é: delay: 2 decisions are the same' "$scratch/out" ||
	fail "replay of a long name says $(cat "$scratch/out")"
grep -q 'other.jsonl: lines that are not events, and are left out: 1' "$scratch/err" ||
	fail "replay does not tell of a damaged line: $(cat "$scratch/err")"
no_leftovers "reports"
