#!/usr/bin/env bash
# Tuning on the kernel at hand: finds the readers that meet punches, keeps the user's text, goes on
# after SIGKILL, refuses what is wrong.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"
cp "$foliostorm" ./foliostorm

cat >readers.cfg <<-'END'
	title   = "Readers that are to meet punches"; # and this comment
	/* A comment of
	   two lines. */
	seed    = 1;
	backing = { kind = "image"; size = "300M"; };
	files   = ( { name = "a"; size = "8M"; folio = "2M"; } );
	# Above the storm.
	storm   = { aim = 257; };   # storm = { aim = 3; } is no setting
	@include "part.cfg"
	race    = "none";
END
cat >part.cfg <<-'END'
	readers = ( { kind = "pread"; pages = "0-7"; pace = "2ms"; } );   // slow ones
END
vary=(--vary 'readers[0].pace=0,200ms,500ms' --vary 'readers[0].pages=0-7,exposed')
# Readers that rest for longer than a trial take one page in it: a difference that a busy machine
# shows, too.
short=(--goal exposures --duration 150ms --quiet)

# tune CODES ARGUMENTS...: the exit code is one of CODES; what it says is in out and err
tune() {
	local codes=" $1 " code=0
	shift
	timeout 240 ./foliostorm tune "$@" >out 2>err || code=$?
	[[ $codes == *" $code "* ]] || fail "tune $*: exit code $code, wanted$codes: $(cat out err)"
	no_leftovers "tune $*"
}

# is JQ-CONDITION
is() {
	jq -e "$1" one/tune.json >/dev/null ||
		fail "not so: $1: $(jq -c 'del(.scenario)' one/tune.json)"
}

# A reader without a pause, at the pages that punches expose, has by far the most exposures; before
# the hole there are none. That it is better is all but certain; how sure it is after so few trials
# depends on how quiet the machine is.
tune '0 3' readers.cfg "${vary[@]}" "${short[@]}" --budget 9 --out one
is '.complete and .goal == "exposures" and .combinations == 6
	and .trials == ([.settings[] | .search.trials + .final.trials + .failures] | add)'
is '(.settings[0].values == {"readers[0].pace": "0", "readers[0].pages": "exposed"})
	and .best == .settings[0].setting and .second == .settings[1].setting'
is '.settings[0].final | .low < .rate and .rate < .high and .trials >= 5
	and .rate == .count / .seconds'
is '.over_original.rounds >= 5 and .over_original.low < .over_original.difference
	and .better == (.over_original.low > 0)'
grep -q '^best       readers\[0\].pace=0 readers\[0\].pages=exposed$' out ||
	fail "it does not say what is best: $(cat out)"
claim='with 95 % confidence -?[0-9.]+ to [0-9.]+ exposures/s more than the original'
grep -qE "^claim      $claim, by [0-9]+ rounds" out || fail "it claims nothing: $(cat out)"

# The user's text is all there, but for the two values; what is included is part of it.
grep -v '^# ' one/tuned.cfg | sed 's/pace = 0;/pace = "2ms";/; s/"exposed"/"0-7"/' >text
sed -e '/^@include/{r part.cfg' -e 'd}' readers.cfg | grep -v '^# ' |
	diff -B - <(grep -vx '#' text) >difference || fail "the text has changed: $(cat difference)"
rates='with it [0-9.]+ exposures/s in [0-9]+ trials, with other values [0-9.]+ in [0-9]+'
grep -qE "^# tuned: readers\[0\].pages, was 0-7; $rates\$" one/tuned.cfg ||
	fail "a changed key is not marked: $(cat one/tuned.cfg)"
grep -q '^# Above the storm.$' one/tuned.cfg || fail "a comment is gone: $(cat one/tuned.cfg)"
grep -qE '^# Claim: with 95 % confidence' one/tuned.cfg ||
	fail "the evidence is not there: $(cat one/tuned.cfg)"
./foliostorm run --quiet --duration 200ms --expect clean one/tuned.cfg >out ||
	fail "the tuned scenario does not run: $(cat out)"

# The table has each trial, with the values of its keys.
[[ $(wc -l <one/trials.csv) -eq $(($(jq .trials one/tune.json) + 1)) ]] ||
	fail "trials.csv: $(cat one/trials.csv)"
counts='punches,punches_hit,hit_rate,exposures'
head -n 1 one/trials.csv | grep -q \
	"^trial,phase,pass,setting,.*,$counts,.*,readers\[0\].pace,readers\[0\].pages\$" ||
	fail "trials.csv: $(head -n 1 one/trials.csv)"
[[ $(awk -F, '{ print NF }' one/trials.csv | sort -u | wc -l) -eq 1 ]] ||
	fail "trials.csv: rows of another length"
if command -v gnuplot >/dev/null; then
	grep -q '</svg>' one/tune.svg || fail "there is no picture"
	grep -q 'exposures per second' one/tune.svg || fail "the picture does not say what it shows"
else
	not_tried "no gnuplot here"
fi

# Once more it has nothing to do and says the same.
cp one/tune.json before.json
tune '0 3' readers.cfg "${vary[@]}" "${short[@]}" --budget 9 --out one --format json
jq -e --slurpfile before before.json '. == $before[0]' out >/dev/null ||
	fail "it says something else: $(cat out)"
tune 2 readers.cfg "${vary[@]}" "${short[@]}" --budget 10 --out one
grep -q 'of another tuning: its budget_ns is another' err ||
	fail "another tuning goes on: $(cat err)"
# A title need not be UTF-8.
LC_ALL=C sed 's/Readers/R\xe9aders/' readers.cfg >latin.cfg
tune 2 latin.cfg "${vary[@]}" "${short[@]}" --budget 9 --out one
grep -q 'of another tuning: its scenario is another' err ||
	fail "a title in Latin-1: $(cat err)"

# Killed, and its journal torn: it goes on behind the last trial that is whole.
setsid ./foliostorm tune readers.cfg "${vary[@]}" "${short[@]}" --budget 9s \
	--out two >/dev/null 2>&1 &
tuning=$!
has_trials() { # DIRECTORY COUNT: there, besides the line that begins them
	[[ -e $1/trials.jsonl && $(wc -l <"$1/trials.jsonl") -gt $2 ]]
}
waits_for has_trials two 5
kill -KILL $tuning
wait $tuning 2>/dev/null || true
waits_for is_gone '^[^ ]*foliostorm run '
./foliostorm doctor --clean >/dev/null
whole=$(wc -l <two/trials.jsonl)
cp two/trials.jsonl half.jsonl
printf '{"type":"trial","trial":' >>two/trials.jsonl
tune '0 3' readers.cfg "${vary[@]}" "${short[@]}" --budget 9s --out two
cmp <(head -n "$whole" two/trials.jsonl) half.jsonl || fail "what was there has changed"
grep -qE "^trials .*, $((whole - 1)) of them were there" out ||
	fail "it does not say that it went on: $(cat out)"
jq -es '[.[1:][].trial] == [range(1; length)]' two/trials.jsonl >/dev/null ||
	fail "trials are missing or there twice: $(cut -c 1-80 two/trials.jsonl)"
# The same seed decides the same: the order of the first pass, as far as both got in its time.
first='[.[] | select(.pass == 0) | .setting]'
jq -en --argjson one "$(jq -s "$first" one/trials.jsonl)" \
	--argjson two "$(jq -s "$first" two/trials.jsonl)" '
	([$one, $two] | map(length) | min) as $both |
	$both >= 3 and $one[:$both] == $two[:$both]' >/dev/null ||
	fail "the same seed tries in another order:" \
		"$(jq -sc "$first" one/trials.jsonl two/trials.jsonl)"

# Interrupted: what is known is said.
timeout 240 ./foliostorm tune readers.cfg "${vary[@]}" "${short[@]}" --budget 60 \
	--out three >out 2>err &
tuning=$!
waits_for has_trials three 2
kill -INT $tuning
code=0
wait $tuning || code=$?
[[ $code -eq 0 || $code -eq 3 ]] || fail "an interrupted tuning: exit code $code: $(cat out err)"
grep -q 'interrupted: the same command goes on' out ||
	fail "an interrupt is not said: $(cat out err)"
jq -e '.complete | not' three/tune.json >/dev/null || fail "an interrupted tuning is complete"
no_leftovers "an interrupted tuning"

# A shipped scenario, by its name.
tune '0 3' control-pread --set 'readers[0].pace=500ms' --vary 'readers[0].pace=0,500ms' \
	"${short[@]}" --budget 9 --out shipped
grep -q 'pace = 0' shipped/tuned.cfg || fail "a shipped scenario: $(cat out shipped/tuned.cfg)"

# A setting whose trials fail loses; the scenario is best as it is.
tune 3 readers.cfg --vary 'watchdog=1s' \
	--set 'rules=({ name = "stuck"; disabled = true;
		when = { op = "fallocate"; phase = "storm"; }; do = { delay = "5s"; }; })' \
	--vary 'rules[0].disabled=false' "${short[@]}" --budget 4 --format json
jq -e '.best == 0 and ([.settings[] | select(.setting == 1)] == []) and (.over_original == null)' \
	out >/dev/null || fail "a setting that fails: $(jq -c 'del(.scenario)' out)"

# refused PATTERN ARGUMENTS...: exit code 2, and one line that says so; nothing is made
refused() {
	local pattern=$1
	shift
	tune 2 "$@"
	grep -qE -- "$pattern" err || fail "tune $*: does not say $pattern: $(cat err)"
	[[ ! -e wrong ]] || fail "tune $*: was refused and has made its directory"
}

refused 'which scenario' --vary storm.aim=1,2
refused 'vary what' readers.cfg
refused 'storm.aimm: unknown key; did you mean aim. allowed here: op, aim' readers.cfg \
	--vary storm.aimm=1,2 --out wrong
refused 'storm.aim: outside the folios of files\[0\]; allowed: pages 0 to 511' readers.cfg \
	--vary storm.aim=500..600 --out wrong
refused 'readers\[0\].count: "0" is out of range; allowed: a number from 1 to 64' readers.cfg \
	--vary 'readers[0].count=0..3' --out wrong
refused 'readers\[0\].kind: "telepathy" is unknown; allowed: load' readers.cfg \
	--vary 'readers[0].kind=load,telepathy' --out wrong
refused 'readers\[3\].count=1: no such place' readers.cfg --vary 'readers[3].count=1' --out wrong
refused 'storm.settle: 5 needs a unit; allowed: a duration' readers.cfg --vary storm.settle=5 \
	--out wrong
refused 'not a step of numbers; allowed: a number, or log' readers.cfg --vary storm.aim=1..9:x \
	--out wrong
for key in seed=1..3 title=a,b duration=1s,2s expect.min_exposures=1..3 'affected=(),("6.1")'; do
	refused "${key%%=*} does not vary in a tuning: .*; vary keys of storm, readers" \
		readers.cfg --vary "$key" --out wrong
done
refused 'is given twice' readers.cfg --vary storm.aim=1,2 --vary storm.aim=3 --out wrong
refused 'other than the original' readers.cfg --vary storm.aim=257 --out wrong
refused 'only the witness counts them' readers.cfg --vary storm.aim=1,2 --goal captures --out wrong
refused 'allowed: hits, exposures, captures' readers.cfg --vary storm.aim=1,2 --goal fame \
	--out wrong
refused 'budget .*allowed: seconds' readers.cfg --vary storm.aim=1,2 --budget soon --out wrong
refused 'expect is not for a tuning' readers.cfg --vary storm.aim=1,2 --expect hit --out wrong
refused 'give one of' readers.cfg --vary storm.aim=1,2 --kernel 6.18.9 --image x --out wrong
refused 'nowhere.cfg: cannot be read' nowhere.cfg --vary storm.aim=1,2 --out wrong
refused 'its directory does not exist' readers.cfg --vary storm.aim=1,2 --out a/b
refused 'not the journal of a tuning' readers.cfg --vary storm.aim=1,2 \
	--out "$(mkdir strange; echo strange >strange/trials.jsonl; echo strange)"
all_tried
