#!/usr/bin/env bash
# tools/guest/races without a guest: which runs it makes of which kernels, the table and the exit
# code that come of their results, and that it goes on where it was interrupted.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
races=$(readlink -f "$tests/../tools/guest/races")
export XDG_CACHE_HOME=$scratch/cache
not_by_a_run "$scratch/out"

# Takes the place of foliostorm: notes how it was asked, and answers with $scratch/answer.
cat >"$scratch/foliostorm" <<END
#!/bin/bash
echo "\$*" >>"$scratch/asked"
while [[ \$1 != --out ]]; do shift; done
mkdir -p "\$2"
cp "$scratch/answer" "\$2/result.json"
END
chmod +x "$scratch/foliostorm"

# answer VERDICT MADE: what each run comes to
answer() {
	jq -n --arg verdict "$1" --argjson made "$2" '{ $verdict, reason: "so it was",
		duration_seconds: 1.5, punches_hit: 1,
		schedule: { $made, withstood: 0 } }' >"$scratch/answer"
}

# said CODE PATTERN ARGUMENTS...
said() {
	local code=0 wanted=$1 pattern=$2
	shift 2
	"$races" --foliostorm "$scratch/foliostorm" "$@" >"$scratch/said" 2>&1 || code=$?
	[[ $code -eq $wanted ]] ||
		fail "races $*: exit code $code, wanted $wanted: $(cat "$scratch/said")"
	grep -qE -- "$pattern" "$scratch/said" ||
		fail "races $*: does not say $pattern: $(cat "$scratch/said")"
}

said 2 'unknown option --all' --all
said 2 '\-\-runs takes a number' --runs 0
said 2 '\-\-only takes a value' --only
said 2 'no race moon, but split .*read-sibling' --only moon

# What is not there is named, and is no success.
answer HIT 1
said 4 '^not there \(--fetch gets it\): past-eof: 6\.16\.12$' --only past-eof \
	--out "$scratch/out"
[[ ! -e $scratch/asked ]] || fail "a run was made without a kernel: $(cat "$scratch/asked")"
said 4 'not there.*read-sibling: twin:read-sibling' --only read-sibling

# Each run of a race, once; the row has what came of all.
mkdir -p "$scratch"/cache/foliostorm/kernels/{6.16.12,6.18.9,7.2.12}
touch "$scratch"/cache/foliostorm/kernels/{6.16.12,6.18.9,7.2.12}/.complete
said 0 '^dedupe +7\.2\.12 +HIT 3 +3 +3 +0 +1\.5 ' --only dedupe --runs 3 --out "$scratch/out"
[[ $(grep -c -- '--kernel 7.2.12 .*hit --until-proof --seed [123] ' "$scratch/asked") -eq 3 ]] ||
	fail "not three runs with seeds 1 to 3: $(cat "$scratch/asked")"
said 0 '^dedupe +7\.2\.12 +HIT 4 ' --only dedupe --runs 4 --out "$scratch/out"
[[ $(wc -l <"$scratch/asked") -eq 4 ]] || fail "a run was made again: $(cat "$scratch/asked")"

# A twin that is HIT, or CLEAN with nothing made, is wrong, and so is a kernel with the race that is
# CLEAN.
said 1 'not as it must be: past-eof on 6\.18\.9, seed 1: HIT: so it was' --only past-eof \
	--out "$scratch/out"
rm -r "$scratch/out"
answer CLEAN 0
said 1 'not as it must be: past-eof on 6\.18\.9, seed 1: CLEAN' --only past-eof --out "$scratch/out"
grep -q 'on 6\.16\.12, seed 1: CLEAN' "$scratch/said" || fail "a race that is CLEAN is taken"
[[ $(grep -c '^past-eof .*!$' "$scratch/said") -ge 2 ]] || fail "wrong rows have no mark"

# What makes a twin of the same kernel goes to its run alone.
: >"$scratch/asked"
said 1 'partial-page' --only partial-page
[[ $(grep -c -- '--set backing.fs=ext4' "$scratch/asked") -eq 1 ]] ||
	fail "not one run on ext4: $(cat "$scratch/asked")"

answer VERIFIED 1
# Images that others have built come first, where the mutant is one with CONFIG_DEBUG_VM; its twin
# has no race, since it is known of no run how much it proves.
mkdir "$scratch/images"
touch "$scratch"/images/6.1.192-{seed2,fixed}
: >"$scratch/asked"
said 1 '^seed2 +6\.1\.192-fixed +VERIFIED 1 .*race=none$' --only seed2 --images "$scratch/images"
runs=$(grep -c -- "--image $scratch/images/6.1.192-seed2 " "$scratch/asked") ||
	fail "no run of the mutant: $(cat "$scratch/asked")"
[[ $(grep -c -- "--image $scratch/images/6.1.192-fixed " "$scratch/asked") -eq $runs ]] ||
	fail "not as many runs of the twin: $(cat "$scratch/asked")"

# The tables are whole.
"$races" --list >"$scratch/list"
[[ $(wc -l <"$scratch/list") -ge 20 ]] || fail "races are missing: $(cat "$scratch/list")"
while read -r name kernel twin scenario _; do
	[[ -n $twin && -f $scenarios/$scenario ]] ||
		fail "$name on $kernel: there is no $scenario"
done <"$scratch/list"
