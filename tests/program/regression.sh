#!/usr/bin/env bash
# A scenario as a test of a suite: formats that parsers of others read, known failures, repetition,
# baselines.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v prove >/dev/null || skip "prove is not installed"
/usr/bin/python3 -c 'import junitparser' 2>/dev/null || skip "python3-junitparser is not installed"
cd "$scratch"
chmod 755 . # for who is not root

# A page is served wrongly by a rule: hits on any kernel. And a storm that has no hits on this one
# unless it has the race.
cp "$scenarios/misplaced.cfg" hits.cfg
cp "$scenarios/control-pread.cfg" clean.cfg
short=(--quiet --duration 1 --set expect.min_exposures=1)

# run CODE FILE OPTIONS...: its output is in FILE
run() {
	local wanted=$1 to=$2 code=0
	shift 2
	"$foliostorm" run "${short[@]}" "$@" >"$to" 2>err || code=$?
	# On a busy machine a second can go by without a reader that meets a punch.
	if [[ $code -ne $wanted ]]; then
		code=0
		"$foliostorm" run "${short[@]}" --duration 10 "$@" >"$to" 2>err || code=$?
	fi
	[[ $code -eq $wanted ]] || fail "run $*: exit code $code, wanted $wanted: $(cat "$to" err)"
}

# tap FILE CODE: prove takes it for passed (0), or not (1)
tap() {
	local code=0
	prove --exec cat "$1" >prove.txt 2>&1 || code=1
	[[ $code -eq $2 ]] || fail "prove $1: exit code $code: $(cat prove.txt "$1")"
	! grep -qi 'parse error' prove.txt || fail "prove cannot read $1: $(cat prove.txt "$1")"
}

# junit FILE: "tests failures errors skipped, class/name result"
junit() {
	/usr/bin/python3 - "$1" <<-'END'
		import sys
		from junitparser import JUnitXml
		suites = list(JUnitXml.fromfile(sys.argv[1]))
		assert len(suites) == 1, suites
		suite = suites[0]
		count = lambda: (suite.tests, suite.failures, suite.errors, suite.skipped)
		counted = count()
		suite.update_statistics()
		assert counted == count(), counted
		kinds = lambda case: ",".join(type(result).__name__ for result in case.result)
		print(*counted, *("%s/%s:%s" % (case.classname, case.name, kinds(case))
			for case in suite))
	END
}

# same GOT WANTED
same() {
	[[ $1 == "$2" ]] || fail "got '$1', wanted '$2'"
}

run 0 pass.tap hits.cfg --expect hit --format ktap
tap pass.tap 0
grep -qxF 'ok 1 hits' pass.tap || fail "not a pass: $(cat pass.tap)"
run 1 summary hits.cfg --expect clean --summary
[[ $(wc -l <summary) -eq 1 && $(cat summary) == "hits on $(uname -r): HIT, not as expected: "* ]] ||
	fail "in one line: $(cat summary)"
run 1 colored hits.cfg --expect clean --color always
grep -q $'^verdict    \e\[1;31mHIT\e\[0m, expected CLEAN: ' colored ||
	fail "no colour: $(tail -n 1 colored)"
run 1 fail.tap hits.cfg --expect clean --format ktap
tap fail.tap 1
run 0 pass.xml hits.cfg --expect hit --format junit
same "$(junit pass.xml)" "1 0 0 0 foliostorm/hits:"
run 1 fail.xml hits.cfg --expect clean --format junit
same "$(junit fail.xml)" "1 1 0 0 foliostorm/hits:Failure"
code=0
setpriv --reuid=65534 --clear-groups "$foliostorm" run -q hits.cfg \
	--format ktap >skip.tap 2>/dev/null || code=$?
[[ $code -eq 77 ]] || fail "not root: exit code $code"
tap skip.tap 0
grep -qE '^ok 1 hits # SKIP root is missing' skip.tap || fail "no skip: $(cat skip.tap)"
code=0
setpriv --reuid=65534 --clear-groups "$foliostorm" run -q hits.cfg \
	--format junit >skip.xml 2>/dev/null || code=$?
same "$code $(junit skip.xml)" "77 1 0 0 1 foliostorm/hits:Skipped"

# Punches that fail are no storm, and it is said why they did.
run 3 failed.tap clean.cfg --expect clean --set expect.min_exposures=1000000 \
	--set storm.through=mount --format ktap \
	--set 'rules=({ when = { op = "fallocate"; phase = "storm"; }; do = { error = "EIO"; }; })'
grep -qE '^# inconclusive: .* punches failed, the first with EIO \(Input/output error\)$' \
	failed.tap || fail "why punches failed is not said: $(cat failed.tap)"

# Known failures: by the kernel's version. Where it works all the same, the list is wrong.
here=$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
run 1 fail.json hits.cfg --expect clean --format kcidb --origin a_lab
same "$("$tests/support/kcidb" fail.json)" "FAIL fail own"
run 0 pass.json clean.cfg --format kcidb --origin a_lab --build-id other:42
same "$("$tests/support/kcidb" pass.json)" "PASS pass other:42"
for wrong in "--format kcidb" "--format kcidb --origin A" \
	"--format kcidb --origin a --build-id 42" "--origin a"; do
	code=0
	# shellcheck disable=SC2086 # words
	"$foliostorm" run "${short[@]}" clean.cfg $wrong >out 2>err || code=$?
	[[ $code -eq 2 ]] || fail "$wrong: exit code $code"
	grep -qi origin err || fail "$wrong: $(cat err)"
done
run 1 fail.github hits.cfg --expect clean --format github
grep -qE '^::error title=hits::fail: [0-9]+ of [0-9]+ punches' fail.github ||
	fail "no annotation: $(cat fail.github)"
run 0 pass.github clean.cfg --format github
grep -qE '^::notice title=clean::pass: ' pass.github || fail "no annotation: $(cat pass.github)"

run 0 xfail.tap hits.cfg --expect clean --set "expect.xfail=( \"$here\" )" --format ktap
tap xfail.tap 0
grep -qE '^ok 1 hits # XFAIL ' xfail.tap || fail "not known to fail: $(cat xfail.tap)"
run 1 xpass.xml hits.cfg --expect hit --set "expect.xfail=( \"$here\" )" --format junit
same "$(junit xpass.xml)" "1 1 0 0 foliostorm/hits:Failure"
run 1 other.txt hits.cfg --expect clean --set 'expect.xfail=( "2.6 - 3.0" )' --out other
same "$(jq -r '"\(.outcome) \(.xfail) \(.as_expected)"' other/result.json)" "fail false false"

# Repetition: a seed each, a directory each, one result.
run 0 repeat.json clean.cfg --expect clean --set expect.min_exposures=0 --repeat 2 --seed 7 \
	--out repeated --format json
"$foliostorm" run "${short[@]}" clean.cfg --repeat 2 --out followed \
	--events all.jsonl >/dev/null 2>err || [[ $? == [13] ]] || fail "--events: $(cat err)"
cmp all.jsonl <(cat followed/{1,2}/events.jsonl) || fail "--events has not the events of both runs"
# A new run takes the place of those before it, and of nothing else.
mkdir followed/4
echo mine | tee followed/2/notes >followed/4/result.json
not_by_a_run "$scratch/followed/4"
"$foliostorm" run "${short[@]}" clean.cfg --out followed >/dev/null 2>err || [[ $? == [13] ]] ||
	fail "--out: $(cat err)"
same "$(cd followed && echo * */*)" \
	"2 4 events.jsonl result.json scenario.cfg 2/notes 4/result.json"
mkdir -p followed/1
echo mine >followed/1/result.json
"$foliostorm" run "${short[@]}" clean.cfg --out followed --duration nonsense >/dev/null 2>&1 &&
	fail "a wrong duration is fine"
[[ -e followed/result.json ]] || fail "a run that did not begin has removed results"
"$foliostorm" run "${short[@]}" clean.cfg --out followed >/dev/null 2>err || [[ $? == [13] ]] ||
	fail "--out: $(cat err)"
same "$(cat followed/1/result.json)" mine
"$foliostorm" run "${short[@]}" clean.cfg --repeat 2 --out followed >/dev/null 2>err ||
	[[ $? == [13] ]] || fail "--repeat: $(cat err)"
[[ ! -e followed/result.json && -e followed/repeat.json ]] ||
	fail "results of one run among those of several"
same "$(jq -c '[.[].seed]' <(jq -s . followed/[12]/result.json))" '[1,2]'
# So of those that were killed half way.
"$foliostorm" run "${short[@]}" clean.cfg --repeat 1000 --duration 1ms \
	--out killed >/dev/null 2>&1 &
waits_for test -e killed/3/events.jsonl
kill -KILL $!
wait $! 2>/dev/null || true
same "$(jq -c .outcome killed/repeat.json)" null
"$foliostorm" run "${short[@]}" clean.cfg --out killed >/dev/null 2>err || [[ $? == [13] ]] ||
	fail "--out: $(cat err)"
same "$(cd killed && echo *)" "events.jsonl result.json scenario.cfg"
same "$(jq -c '[.runs, .runs_hit, .verdict, .outcome, [.each[].seed]]' repeat.json)" \
	'[2,0,"VERIFIED","pass",[7,8]]'
same "$(jq -c '[.each[].punches] | add' repeat.json)" \
	"$(jq -s 'map(.punches) | add' repeated/[12]/result.json)"
cmp -s repeat.json repeated/repeat.json ||
	diff <(jq -S . repeat.json) <(jq -S . repeated/repeat.json) ||
	fail "repeat.json is something else"
grep -q '^0 of 2 runs hit; in the worst: ' <(jq -r .reason repeat.json) ||
	fail "whose reason it is is not said: $(jq .reason repeat.json)"
# Of those that have shown too little, the one that has shown least is the worst.
run 3 few.json clean.cfg --expect clean --set expect.min_exposures=1000000 --repeat 3 --format json
jq -e '.reason == "0 of 3 runs hit; in the worst: " + (.each | min_by(.exposures).reason)
	and .exposures == ([.each[].exposures] | add)' few.json >/dev/null ||
	fail "not the worst: $(jq -c '[.reason, .each]' few.json)"
run 0 until.json hits.cfg --expect hit --repeat 5 --until-hit --format json
[[ $(jq '.runs_hit == 1 and .runs <= 5 and .verdict == "HIT"' until.json) == true ]] ||
	fail "until the hit: $(jq -c 'del(.scenario)' until.json)"
# One run ends there, too, and at a proof.
for until in hit proof; do
	run 0 until.json hits.cfg --expect hit --until-$until --duration 300 --format json
	jq -e '.verdict == "HIT" and (.duration_seconds | . > 0 and . < 200)' \
		until.json >/dev/null ||
		fail "until $until: $(jq -c '[.verdict, .duration_seconds]' until.json)"
done

# Baselines. The scenario is weakened as in the target: the aim goes to page 0, which exposes
# nothing. The slack is wide: the machine is shared.
run 0 base.txt hits.cfg --expect hit --repeat 3 --save-baseline baseline.json
same "$(jq -r '.tests | keys[]' baseline.json)" "$here/hits"
[[ $(jq '.tests[].runs | length' baseline.json) -eq 3 ]] ||
	fail "not three runs: $(cat baseline.json)"
# Three seconds on a busy machine are too few punches for a rate: these are an idle one's.
jq '.tests[] |= (.slack = 0.5 | .runs |= map(.punches = 200 | .punches_hit = 160))' \
	baseline.json >wide.json
run 0 held.json hits.cfg --expect hit --baseline wide.json --format json
same "$(jq .baseline.fallen held.json)" false
# falls FILE PATTERN OPTIONS...: in a second, or in what a busy machine needs for enough punches
falls() {
	local duration
	for duration in 1 10 60; do
		run 1 "$1" hits.cfg --expect hit --set expect.min_exposures=0 --set storm.aim=0 \
			--baseline wide.json --duration $duration "${@:3}"
		! grep -qE "$2" "$1" || return 0
	done
	fail "it is not said: $(cat "$1")"
}
falls fallen.txt '^baseline .* it has fallen below'
falls fallen.tap '^# fail: .*; baseline: hits of punches 0 %.* it has fallen below' --format ktap
tap fallen.tap 1
# What the baseline does not have cannot be said to hold.
run 3 unknown.txt clean.cfg --set expect.min_exposures=0 --baseline baseline.json
grep -q "the baseline has no $here/clean" unknown.txt || fail "it is not said: $(cat unknown.txt)"
# A scenario that did not pass is no measure.
before=$(cat baseline.json)
run 1 bad.txt hits.cfg --expect clean --save-baseline baseline.json
[[ $(cat baseline.json) == "$before" ]] || fail "a failure was taken into the baseline"
echo '{ "tests": {} }' >foreign.json
code=0
"$foliostorm" run -q hits.cfg --baseline foreign.json >out 2>err || code=$?
[[ $code -eq 2 ]] || fail "a foreign baseline: exit code $code: $(cat err)"
grep -q 'foreign.json: not a baseline; name a file that --save-baseline wrote' err ||
	fail "it is not said: $(cat err)"
no_leftovers "tests of a suite"
