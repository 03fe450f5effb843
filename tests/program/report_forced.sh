#!/usr/bin/env bash
# The page of a forced hit: who waited for whom, as a diagram and as a table, and what the slots led
# to. Made of what a guest has left.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/browser.sh
source "$tests/support/browser.sh"
command -v xmllint >/dev/null || skip "xmllint is not installed"

# The sample of the fuzzer: a result, NUL, events.
run=$scratch/run
not_by_a_run "$run"
mkdir "$run"
sed 's/\x0.*//; q' "$tests/data/report/forced" >"$run/result.json"
sed '1s/.*\x0//' "$tests/data/report/forced" >"$run/events.jsonl"
cp "$scenarios/split-forced.cfg" "$run/scenario.cfg"

says() { # PATTERN...: one behind the other
	local pattern
	pattern=$(printf %s "$@")
	grep -qE -- "$pattern" "$page" || fail "the page does not say $pattern"
}

page=$run/report.html
"$foliostorm" report "$run" >/dev/null
says '<h2>The interleaving</h2>'
says 'Passage 1 of the schedule, of punch 1, which gave the first hit: made'
# Each hold: who stood, where, until when, how long.
says '<td class="n" data-of="hold">1</td>' \
	'<td data-of="who stood">split calls folio_lruvec_lock in [^<]*</td>' \
	'<td data-of="where">__folio_split\+0x[0-9a-f]+, page 0</td>'
says '<td data-of="until">released: read enters filemap_get_entry</td>' \
	'<td data-of="how long">[0-9.]+ ms</td>'
says '<td class="n" data-of="hold">3</td>' \
	'<td data-of="who stood">read returns from [^<]*</td>' \
	'<td data-of="where">filemap_fault\+0x[0-9a-f]+</td>'
says '<td data-of="until">released: split returns from __folio_split</td>'
says '>read begins</td><td data-of="where">in user space, before its operation</td>'
says '<h3>What the slots of the page cache led to</h3>'
# What the slots led to: the page that was read got a folio that does not contain it.
says '<tr class="HIT"><td class="n" data-of="slots">384-511</td>' \
	'<td [^>]*>page 256: read then</td><td [^>]*>pages 384-511</td></tr>'
says '>0-255</td><td [^>]*>the frozen folio</td><td [^>]*>pages 0-255</td>'
says '>257</td><td [^>]*>page 256</td><td [^>]*>the hole</td>'
# The other passage that was kept.
says '<summary><span>Passage 2, of punch 2: missed</span></summary>'
says '>expired: read enters filemap_get_entry</td><td data-of="how long">100.20 ms</td>'

# The diagrams are whole, and have a bar for each hold and an arrow for each release.
diagrams() {
	sed -n '/<figure role="img" aria-label="Who stood where/,/<\/figure>/p' "$page" |
		sed 's/.*<figure[^>]*>//; s/<\/figure>//'
}
{ echo '<all>'; diagrams; echo '</all>'; } >"$scratch/diagrams.xml"
xmllint --noout "$scratch/diagrams.xml" || fail "a diagram is not well formed"
count() {
	xmllint --xpath "count($1)" "$scratch/diagrams.xml"
}
first='/all/*[local-name()="svg"][1]/*'
[[ $(count "/all/*") -eq 2 ]] || fail "not two diagrams, but $(count "/all/*")"
[[ $(count "${first}[local-name()='rect']") -eq 4 ]] || fail "not a bar for each hold"
[[ $(count "${first}[local-name()='path' and @fill='none']") -eq 4 ]] ||
	fail "not an arrow for each release"
[[ $(count "${first}[local-name()='line']") -eq 2 ]] || fail "not a lane for each role"
for text in 'CPU 1' 'punch 1 begins' 'split stops at hold 2' '__folio_split+0x' 'a hit' 'came'; do
	xmllint --xpath "${first}[local-name()='text']" "$scratch/diagrams.xml" |
		grep -qF "$text" || fail "the diagram does not say $text"
done
# From top to bottom is from early to late.
xmllint --xpath "${first}[local-name()='text' and @text-anchor='end']/text()" \
	"$scratch/diagrams.xml" | sed 's/ ms$//' | sort -cg || fail "times go back"
# Nothing leaves the picture.
[[ $(count "/all//*[@x > 400 or @cx > 400]") -eq 0 ]] || fail "something is outside of the picture"

if [[ -n $browser ]]; then
	fits_phone "$page"
else
	not_tried "chromium is not installed"
fi

# As a trace: each event has what the format asks for, times go up, slices of a lane lie in each
# other or apart.
"$foliostorm" report "$run" --format perfetto >/dev/null
trace=$run/trace.json
cat >"$scratch/checks.jq" <<'END'
([.traceEvents[] | select(.ph != "M")]) as $marks |
([.traceEvents[] | select(.name == "thread_name")] |
	map({ key: .args.name, value: .tid }) | from_entries) as $lanes |
{
	lanes: ($lanes | keys == ["hits", "passages", "punches", "read", "split"]),
	fields: all($marks[];
		(.ph == "X" and .dur >= 0 or .ph == "i" and .s == "t") and
		(.name | length > 0) and (.ts | type == "number" and . >= 0) and
		.pid == 1 and (.tid | IN($lanes[]))),
	order: ([$marks[].ts] | . == sort),
	nesting: all($lanes[]; . as $lane |
		[$marks[] | select(.ph == "X" and .tid == $lane) | [.ts, .ts + .dur]] as $slices |
		all($slices[]; . as [$from, $to] | all($slices[]; .[0] >= $to or .[1] <= $from or
			(.[0] >= $from and .[1] <= $to) or (.[0] <= $from and .[1] >= $to)))),
	split: ([$marks[] | select(.tid == $lanes.split and .ph == "X").args.ended] ==
		["released", "released", "expired"]),
	read: ([$marks[] | select(.tid == $lanes.read and .ph == "X")] | length == 3),
	punches: ([$marks[] | select(.tid == $lanes.punches).name] == ["punch 1", "punch 2"]),
	hits: ([$marks[] | select(.tid == $lanes.hits)] | length == 1 and .[0].ph == "i" and
		.[0].args.page == 472 and .[0].args.wrong_page == 256),
	later: ((first($marks[] | select(.name == "passage 1: made")) | .ts + .dur) <
		first($marks[] | select(.tid == $lanes.hits).ts))
} | to_entries[] | select(.value | not).key
END
wrong=$(jq -r -f "$scratch/checks.jq" "$trace") || fail "the trace is no JSON"
[[ -z $wrong ]] || fail "the trace: wrong are its $wrong: $(cat "$trace")"
"$foliostorm" report "$run" --format perfetto -o - | cmp - "$trace" ||
	fail "the trace on standard output is another"
code=0
"$foliostorm" report "$run" --format svg >"$scratch/out" 2>"$scratch/err" || code=$?
[[ $code -eq 2 ]] || fail "another format: exit code $code: $(cat "$scratch/err")"
grep -q 'allowed: html, perfetto' "$scratch/err" ||
	fail "another format: it is not said what is allowed: $(cat "$scratch/err")"
# A name that is cut is cut between characters, also where it is no ASCII.
mkdir "$scratch/long"
long=$(printf 'p%.0s' {1..126})
{
	echo '{"type":"begin","kernel":"6.18.9","number":0,"ns":0}'
	echo '{"type":"step","passage":1,"punch":1,"step":"came","role":"read","code":"c",' \
		"\"point\":\"${long}é\",\"ns\":1}"
} >"$scratch/long/events.jsonl"
"$foliostorm" report "$scratch/long" --format perfetto >/dev/null
jq -e --arg long "$long" 'any(.traceEvents[]; .name == $long)' "$scratch/long/trace.json" \
	>/dev/null || fail "a long name makes no trace: $(cat "$scratch/long/trace.json")"
rm -r "$scratch/long"
# Events that are gone, or of which nothing is to be seen, make no empty trace; cut ones say so.
mkdir "$scratch/gone"
cp "$run/result.json" "$scratch/gone"
empty() { # PATTERN
	local code=0
	"$foliostorm" report "$scratch/gone" --format perfetto >"$scratch/out" 2>"$scratch/err" ||
		code=$?
	[[ $code -eq 2 && ! -e $scratch/gone/trace.json ]] ||
		fail "$1: exit code $code, or an empty trace"
	grep -q "$1" "$scratch/err" || fail "not said: $1, but: $(cat "$scratch/err")"
}
: >"$scratch/gone/events.jsonl"
empty 'events.jsonl: is empty; a trace would be empty'
head -n 1 "$run/events.jsonl" >"$scratch/gone/events.jsonl"
empty 'has no event that a trace shows'
head -c -20 "$run/events.jsonl" >"$scratch/gone/events.jsonl"
"$foliostorm" report "$scratch/gone" --format perfetto >/dev/null 2>"$scratch/err" ||
	fail "cut events: $(cat "$scratch/err")"
grep -q 'last line is cut off' "$scratch/err" || fail "cut events are not told"
rm -r "$scratch/gone"
mkdir "$scratch/table"
echo '{ "cells": [], "kernels": [], "scenarios": [] }' >"$scratch/table/matrix.json"
code=0
"$foliostorm" report "$scratch/table" --format perfetto >"$scratch/out" 2>"$scratch/err" || code=$?
[[ $code -eq 2 ]] || fail "a trace of a matrix: exit code $code: $(cat "$scratch/err")"
grep -q 'is of one run' "$scratch/err" ||
	fail "a trace of a matrix: it is not said what is allowed: $(cat "$scratch/err")"

# Without its scenario there is no model; without a result the events say enough.
rm "$run/scenario.cfg" "$run/result.json"
"$foliostorm" report "$run" >/dev/null
says 'Passage 1 of the schedule'
! grep -q 'What the slots' "$page" || fail "slots of a scenario that is not there"
all_tried
