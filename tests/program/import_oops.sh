#!/usr/bin/env bash
# A crash becomes a scenario that can be run; scenarios/crash-6.18.7.cfg is what is made of the
# report of the crash.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"

# import FILE WANTED: the scenario is in made.cfg, the account in account
import() {
	local code=0
	rm -f made.cfg
	"$foliostorm" import oops "$1" -o made.cfg >account 2>errors || code=$?
	[[ $code -eq $2 ]] || fail "$1: exit code $code: $(cat errors)"
}

mkdir -p kept
"$foliostorm" import oops "$tests/data/oops/crash-report-6.18.7.md" -o kept/crash-6.18.7.cfg \
	--force >account
diff "$scenarios/crash-6.18.7.cfg" kept/crash-6.18.7.cfg ||
	fail "scenarios/crash-6.18.7.cfg is not what is made of the report"
grep -q 'page that was wanted: 0x7653' account || fail "no account of the page: $(cat account)"
grep -q 'assumed: order 9' account || fail "no account of what was assumed: $(cat account)"

for sample in "$tests"/data/oops/*.* "$tests"/data/oops/cases/* "$tests"/data/oops/bad/*; do
	case $sample in
	*/bad/*)
		# 2: no crash; 3: one that no scenario is of.
		import "$sample" "$([[ $sample == */quiet.log ]] && echo 2 || echo 3)"
		[[ ! -e made.cfg ]] || fail "$sample: a scenario of nothing"
		grep -qF "$sample" errors ||
			fail "$sample: the error does not name it: $(cat errors)"
		;;
	*)
		import "$sample" 0
		# What is made is a scenario: all is checked before anything is touched.
		sed -i 's/size = "512M"/size = "299M"/' made.cfg
		"$foliostorm" run made.cfg >/dev/null 2>errors &&
			fail "$sample: a wrong key went through"
		grep -q 'made.cfg.*backing.size' errors ||
			fail "$sample: not a scenario: $(cat errors)"
		;;
	esac
done
import "$(readlink -f "$(command -v cp)")" 2
import /nonexistent 2
"$foliostorm" import oops "$tests/data/oops/bad/other.log" --force -o made.cfg >account ||
	fail "--force makes no scenario"
grep -q 'that this testbed knows (driver)' made.cfg ||
	fail "a forced scenario does not say so: $(cat made.cfg)"

# The crash's page, on the kernel at hand, which may follow no schedule.
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"
affected=$(doctor_says affected)
enough='.exposures >= 5' judge crash "$scenarios/crash-6.18.7.cfg" --duration 4 \
	--set 'schedule=()' --set 'readers[0].wait=none'
[[ $affected == true ]] || expect crash '.verdict != "HIT"'
[[ $(jq -s 'map(select(.type == "punch") | .folio + .first_byte / 4096) | unique == [30291]' \
	crash/events.jsonl) == true ]] ||
	fail "a hole elsewhere than at page 0x7653"
