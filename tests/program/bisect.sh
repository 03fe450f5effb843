#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# `git bisect run` with the exit codes made for it: a history whose scenario hits from one commit
# on, cannot tell at two, and is broken at none or at one.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v git >/dev/null || skip "git is not installed"
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 GIT_{AUTHOR,COMMITTER}_NAME=a \
	GIT_{AUTHOR,COMMITTER}_EMAIL=a@b

# Many exposures are wanted of a good run, so that a slow machine cannot tell rather than errs.
judge=("$foliostorm" run --quiet --duration 1 --set expect.min_exposures=1 --exit-codes bisect)
good=$scenarios/control-pread.cfg bad=$scenarios/misplaced.cfg

# code WANTED OPTIONS...
code() {
	local wanted=$1 code=0
	shift
	"${judge[@]}" "$@" >"$scratch/out" 2>&1 || code=$?
	[[ $code -eq $wanted ]] || fail "$*: exit code $code, wanted $wanted: $(cat "$scratch/out")"
}

# history FILE...: a commit of each as scenario.cfg
history() {
	rm -rf "$scratch/tree"
	git init -q "$scratch/tree"
	cd "$scratch/tree"
	for file; do
		{ cat "$file" && echo "# $((++number))"; } >scenario.cfg
		git add scenario.cfg
		git commit -qm "${file##*/} $number"
	done
	cd - >/dev/null
}

bisect() {
	git -C "$scratch/tree" bisect start HEAD \
		"$(git -C "$scratch/tree" rev-list --max-parents=0 HEAD)" >/dev/null
	git -C "$scratch/tree" bisect run "${judge[@]}" scenario.cfg >"$scratch/bisection" 2>&1
}

code 0 "$good"
code 1 "$bad"
code 1 "$bad" --set 'expect.xfail=( "1.0 - 99.0" )' # whatever is known of this kernel
code 0 "$bad" --expect hit                         # where the first good one is looked for
code 125 "$good" --set expect.min_exposures=1000000000
code 130 "$good" --set nothing=1
code 130 "$good" --no-such-option
code 130 "$good" --expect auto
code 130 "$good" --baseline "$scratch/none"

sed 's/^expect .*//' "$good" >"$scratch/dull.cfg"
echo 'expect = { min_exposures = 1000000000; };' >>"$scratch/dull.cfg"
number=0
# The option would win over the scenario.
judge=("$foliostorm" run --quiet --duration 1 --exit-codes bisect)
history "$good" "$good" "$scratch/dull.cfg" "$good" "$good" "$bad" "$bad" "$scratch/dull.cfg" "$bad"
bisect || fail "git bisect run: $(cat "$scratch/bisection")"
grep -qx "    ${bad##*/} 6" "$scratch/bisection" ||
	fail "not the sixth: $(cat "$scratch/bisection")"

echo 'expect = {' >"$scratch/broken.cfg"
history "$good" "$scratch/broken.cfg" "$scratch/broken.cfg" "$scratch/broken.cfg" "$bad"
! bisect || fail "a broken scenario did not stop the bisection: $(cat "$scratch/bisection")"
grep -q 'exit code 130' "$scratch/bisection" ||
	fail "something else stopped the bisection: $(cat "$scratch/bisection")"
! grep -q 'is the first bad commit' "$scratch/bisection" ||
	fail "a culprit in spite of errors: $(cat "$scratch/bisection")"
no_leftovers "bisections"
