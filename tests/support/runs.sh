# shellcheck shell=bash
# Sourced, after program.sh, by tests that run scenarios on the kernel at hand. Gives: try_run, run,
# and judge.
# shellcheck disable=SC2154 # program.sh gives foliostorm and scratch

# try_run NAME SCENARIO OPTIONS...: the result is in $scratch/NAME, what was said in
# $scratch/NAME.txt, the exit code in $code. On a busy machine a second can go by without a reader
# that meets a punch: a run that is inconclusive, unless $open, or of whose result $enough (a jq
# condition) does not hold, is made again with more time.
# There, too, a log force of XFS can take longer than a watchdog of 20 s.
enough=true open=''
try_run() {
	local name=$1 more
	shift
	for more in '' 20 120; do
		code=0
		"$foliostorm" run --quiet --set watchdog=2m --out "$scratch/$name" "$@" \
			${more:+--duration "$more"} >"$scratch/$name.txt" 2>&1 || code=$?
		no_leftovers "$name"
		[[ $code -le 3 ]] || break
		[[ $code -eq 3 && -z $open ]] ||
			! jq -e "$enough" "$scratch/$name/result.json" >/dev/null || break
	done
	cat "$scratch/$name.txt"
}

# run NAME SCENARIO OPTIONS...: the same; it must be as expected
run() {
	try_run "$@"
	[[ $code -eq 0 ]] || fail "$1: exit code $code"
	expect "$1" "$enough"
}

# judge NAME SCENARIO OPTIONS...: the same of a scenario about a race. What it says follows from
# what it saw; where BPF is refused a kernel without the race may be beyond proof in the time at
# hand.
judge() {
	local result=$scratch/$1/result.json
	open=yes try_run "$@"
	expect "$1" "$enough"
	expect "$1" '.verdict == (
		if .wrong_reads + (.captures // 0) + .slots_misplaced > 0 then "HIT"
		elif .inspection.verdict == "right" or .power >= 0.999 then "CLEAN"
		else "INCONCLUSIVE" end)'
	[[ $code -eq $(jq 'if .verdict == "INCONCLUSIVE" then 3
		elif .as_expected then 0 else 1 end' "$result") ]] || fail "$1: exit code $code"
}
