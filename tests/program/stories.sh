#!/usr/bin/env bash
# The stories of scenarios/rules and scenarios/misplaced.cfg, each with an application that lives
# through it; and that what the rules decide comes out the same again.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/steered.sh
source "$tests/support/steered.sh"

# begin STORY [OPTIONS...]: mounts with its rules; the log is in $scratch/log
begin() {
	story=$1
	shift
	rm -f "$scratch/log"
	"$foliostorm" mount --data-path mixed --rules "$scenarios/rules/$story.cfg" \
		--log "$scratch/log" "$@" "$scratch/xfs" "$place" \
		>/dev/null 2>"$scratch/err" || fail "$story: $(cat "$scratch/err")"
}

end() {
	umount "$place"
	waits_for is_gone "^$foliostorm mount "
}

# fired: how many events the log has
fired() {
	grep -c '"type":"rule"' "$scratch/log"
}

# events JQ-CONDITION COUNT: so many events of the log are like that
events() {
	local got
	got=$(jq -s "map(select($1)) | length" "$scratch/log")
	[[ $got -eq $2 ]] || fail "$story: $got events with $1, not $2: $(cat "$scratch/log")"
}

waiting() { # HOLD COUNT
	[[ $(ctl --json holds | jq -r ".holds[] | select(.name == \"$1\").waiting") == "$2" ]]
}

begin slow-fsync
says 'over 10 ms [1-9]' "$application" sync "$place/a.db" 0 60
end
events '.rule == "tail" and .action == "delay" and .measured_ns >= .drawn and .drawn >= 15000000' \
	"$(fired)"
[[ $(fired) -gt 0 && $(fired) -lt 30 ]] || fail "$story: $(fired) slow syncs of 60"
# The log begins with version, seed, rules and mount, and each line has the time of day.
jq -se --arg version "$("$foliostorm" --version | cut -d " " -f 2)" --arg place "$place" '
	.[0] | .type == "mount" and .version == $version and .seed == 1
	and .mountpoint == $place and .data_path == "mixed" and .rules[0].name == "tail"
	and .boot_ns > 0' "$scratch/log" >/dev/null ||
	fail "$story: the log begins with $(head -n 1 "$scratch/log")"
[[ $(jq -r '.time | sub("\\.[0-9]+Z$"; "Z") | fromdate | . > now - 3600 and . < now + 3600' \
	"$scratch/log" | sort -u) == true ]] || fail "$story: times: $(jq .time "$scratch/log")"
# The page of the log; of logs of two seeds it says so.
"$foliostorm" report "$scratch/log"
for words in 'What the rules did' 'tail: delay' 'Latencies asked for and given' \
	'Operations by process' 'data path mixed'; do
	grep -q "$words" "$scratch/log.html" || fail "$story: no \"$words\" in the page of the log"
done
! grep -q 'different seeds' "$scratch/log.html" ||
	fail "$story: the page of one log is of different seeds"
{
	cat "$scratch/log"
	head -n 1 "$scratch/log" | sed 's/"seed":1/"seed":2/'
	echo 'no line of a log'
} >"$scratch/logs"
says 'different seeds' "$foliostorm" report "$scratch/logs" -o -
says '1 lines are not events' "$foliostorm" report "$scratch/logs" -o -
says 'is not the log of a mount' "$foliostorm" report "$scenarios/rules/slow-fsync.cfg" -o -

"$application" fill "$scratch/xfs/a.db" 0 8
begin third-read
says 'page 0 at try 1' "$application" insist "$place/a.db" 0 1
says 'page 1 at try 1' "$application" insist "$place/a.db" 1 1
says 'read EIO' "$application" insist "$place/a.db" 2 1
says 'page 3 at try 2' "$application" insist "$place/a.db" 3 3
says 'page 4 at try 1' "$application" insist "$place/a.db" 4 1
end
events '.action == "error" and .error == "EIO" and .path == "a.db"' 2

begin torn-journal --data-path daemon
says '^40 records' "$application" sync "$place/a.journal" 0 40
says '^200 records' "$application" append "$place/a.journal" 40 200
says '^240 whole, then the end' "$application" recover "$place/a.journal"
says '[1-9][0-9]* of them lost' ctl crash torn
recovered=$("$application" recover "$place/a.journal")
[[ $recovered =~ ^([0-9]+)\ whole ]] || fail "$story: $recovered"
[[ ${BASH_REMATCH[1]} -ge 40 && ${BASH_REMATCH[1]} -lt 240 ]] ||
	fail "$story: synced were 40 of 240 records, and there are: $recovered"
# Beneath it is the same: it is the file that has lost, not a cache.
[[ $("$application" recover "$scratch/xfs/a.journal") == "$recovered" ]] ||
	fail "$story: mount and backing file differ"
# The layer goes on.
says '^3 records' "$application" sync "$place/b.journal" 0 3
says '^0 files' ctl crash whole
says '^3 whole, then the end' "$application" recover "$place/b.journal"
end

"$application" fill "$scratch/xfs/b.db" 0 1024
begin misplaced-page
says '^0 wrong' "$application" look "$place/b.db" 512 512
waits_for sees_misplaced "$place/b.db"
says '^0 wrong' "$application" look "$scratch/xfs/b.db" 1000 8
waits_for reads_right "$place/b.db"
end
[[ $(jq -s 'map(select(.action == "misplace" and .drawn > 0)) | length' "$scratch/log") -gt 0 ]] ||
	fail "$story: no event of a window"
[[ $(jq -s 'map(select(.action == "misplaced")) | length' "$scratch/log") -gt 0 ]] ||
	fail "$story: no event of a misplaced page"

begin full-rotation
says '^3 records' "$application" sync "$place/app.log" 0 3
says 'write (ENOSPC|EDQUOT)' "$application" rotate "$place/app.log" 0
says '^3 whole, then the end' "$application" recover "$place/app.log.1"
says '^0 whole, then the end' "$application" recover "$place/app.log"
says '^1 records' "$application" append "$place/app.log" 0 1
end
events '.rule == "full"' 1

# What 99 syncs have made durable is there, and the layer is not.
begin power-cut --data-path daemon
says 'fsync EIO' "$application" sync "$place/c.journal" 0 200
says 'EIO' "$application" recover "$place/c.journal"
says '^1 crashes, ' ctl status
end
recovered=$("$application" recover "$scratch/xfs/c.journal")
[[ $recovered =~ ^([0-9]+)\ whole && ${BASH_REMATCH[1]} -ge 99 && ${BASH_REMATCH[1]} -le 100 ]] ||
	fail "$story: 99 records were synced, and there are: $recovered"
events '.action == "crash" and .rule == "power-cut"' 1
says 'What a power cut took' "$foliostorm" report "$scratch/log" -o -

mkdir "$scratch/xfs/archive"
"$application" fill "$scratch/xfs/archive/old" 0 4
begin hung-read
"$application" look "$place/archive/old" 0 1 >"$scratch/seen" &
reader=$!
waits_for waiting server-away 1
says '^0 wrong' "$application" look "$place/a.db" 1 4
kill -0 $reader || fail "$story: it was not held"
says '^1 released' ctl holds release server-away
wait $reader
[[ $(cat "$scratch/seen") == "0 wrong" ]] || fail "$story: $(cat "$scratch/seen")"
# A second one is killed: the layer lets it go.
"$application" look "$place/archive/old" 0 1 >"$scratch/seen" &
reader=$!
waits_for waiting server-away 1
kill -KILL $reader
wait $reader || true
waits_for waiting server-away 0
end
events '.action == "hold" and .measured_ns > 0' 2
events '.cut_short' 1

begin read-meets-punch
"$application" look "$place/a.db" 0 1 >/dev/null &
waits_for waiting meeting 1
fallocate --punch-hole --offset 0 --length 4096 "$place/a.db"
wait
says '"released":2' ctl --json holds
end
events '.action == "hold" and (.cut_short | not)' 2

# The oracle finds what a rule misplaces, on any kernel.
code=0
"$foliostorm" run --quiet --out "$scratch/run" "$scenarios/misplaced.cfg" --duration 2 \
	--set expect.min_exposures=1 >"$scratch/text" || code=$?
[[ $code -eq 0 ]] || fail "misplaced: exit code $code: $(cat "$scratch/text")"
jq -e '.verdict == "HIT" and .classes["other-page"] > 0 and .rules[0].name == "window"
	and .rules[0].fired > 0' "$scratch/run/result.json" >/dev/null ||
	fail "misplaced: $(cat "$scratch/text")"
jq -se 'map(select(.type == "rule" and .rule == "window")) | length > 0' \
	"$scratch/run/events.jsonl" >/dev/null || fail "misplaced: no rule in events.jsonl"

# The same again: decisions are those of the recording.
code=0
"$foliostorm" run --quiet --out "$scratch/first" "$scenarios/control-pread.cfg" --duration 1 \
	--expect auto --set expect.min_exposures=0 \
	--set 'rules=({ name = "slow";
		when = { op = "fallocate"; mode = "punch"; probability = "30%"; };
		do = { delay = { dist = "gamma"; mean = "2ms"; stddev = "1ms"; }; }; })' \
	>"$scratch/text" || fail "recording: $(cat "$scratch/text")"
"$foliostorm" replay --quiet "$scratch/first" >"$scratch/text" || code=$?
[[ $code -eq 0 ]] || fail "replay: exit code $code: $(cat "$scratch/text")"
grep -qE 'slow: delay: [1-9][0-9]* decisions are the same' "$scratch/text" ||
	fail "replay: $(cat "$scratch/text")"
sed -E '/"rule":"slow"/s/"drawn":[0-9]+/"drawn":1/' \
	"$scratch/first/events.jsonl" >"$scratch/changed"
code=0
"$foliostorm" replay "$scratch/first" "$scratch/changed" >"$scratch/text" || code=$?
[[ $code -eq 1 && $(cat "$scratch/text") == *"slow: delay: decision 1 differs in drawn"* ]] ||
	fail "replay: exit code $code: $(cat "$scratch/text")"
code=0
"$foliostorm" replay "$scratch/changed" >"$scratch/text" 2>&1 || code=$?
[[ $code -eq 2 && $(cat "$scratch/text") == *"a log has none"* ]] ||
	fail "replay of a log: exit code $code: $(cat "$scratch/text")"
grep -v '"type":"rule"' "$scratch/changed" >"$scratch/undecided"
code=0
"$foliostorm" replay "$scratch/undecided" "$scratch/undecided" >"$scratch/text" 2>&1 || code=$?
[[ $code -eq 3 && $(cat "$scratch/text") == *"nothing to compare"* ]] ||
	fail "replay of nothing: exit code $code: $(cat "$scratch/text")"
no_leftovers "replay"

# The same seed and the same work: the same log, but for times and process numbers.
for n in 1 2; do
	rm -f "$scratch/xfs/same.db"
	begin slow-fsync --seed 3
	ctl rules add \
		'name = "half"; when = { op = "write"; probability = 0.5; path = "same*"; };
			do = ( { delay = { dist = "uniform"; min = "10us"; max = "90us"; }; },
				{ corrupt = { kind = "flip"; span = "8B"; }; } );' >/dev/null
	"$application" sync "$place/same.db" 0 40 >/dev/null
	end
	jq -c 'select(.type == "rule") | del(.ns, .time, .measured_ns, .pid)' \
		"$scratch/log" >"$scratch/log.$n"
	cp "$scratch/xfs/same.db" "$scratch/same.$n"
done
[[ $(wc -l <"$scratch/log.1") -gt 20 ]] || fail "the rules did too little: $(cat "$scratch/log.1")"
cmp "$scratch/log.1" "$scratch/log.2" || fail "the same seed decided otherwise"
cmp "$scratch/same.1" "$scratch/same.2" || fail "the same seed spoilt other bits"
no_sanitizer_reports
