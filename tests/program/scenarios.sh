#!/usr/bin/env bash
# The list of shipped scenarios: all that there are, with what their files say, and found by name.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"

names() {
	"$foliostorm" scenarios "$@" | cut -d ' ' -f 1
}

there=$(cd "$scenarios" && find . -name '*.cfg' -printf '%P\n' | sed 's/\.cfg$//' | sort)
[[ $(names | sort) == "$there" ]] ||
	fail "not all are listed: $(diff <(names | sort) - <<<"$there")"
"$foliostorm" scenarios | awk 'length > 132 { print; wrong = 1 } END { exit wrong }' ||
	fail "a line is too long"

# What it says of one is what the file says.
"$foliostorm" scenarios --json >list.json 2>said
[[ ! -s said ]] || fail "the list comes with $(cat said)"
[[ $(jq -r '.[] | select(.name == "split-window") |
	[.race, (.needs | join(",")), .affected[0]] | join(" ")' list.json) == \
	"folio-split gate 6.15-rc1 - 6.18.19" ]] ||
	fail "split-window: $(jq -c '.[] | select(.name == "split-window")' list.json)"
while IFS=$'\t' read -r path title; do
	{ [[ -n $title ]] && grep -qF -- "$title" "$path"; } ||
		fail "$path does not have the title $title"
done < <(jq -r '.[] | [.path, .title] | @tsv' list.json)

# Words and a kernel filter; none is exit code 3.
[[ $(names inspection guest) == inspect ]] || fail "words give $(names inspection guest)"
[[ $(names ZRAM XArray) == stale-folios-zram ]] || fail "ZRAM XArray gives $(names ZRAM XArray)"
[[ $(names --kernel 6.18.9 split) == *split-window* && $(names --kernel 7.2.12 split) == "" ]] ||
	fail "kernels are not told apart"
code=0
"$foliostorm" scenarios nothing-like-that >none || code=$?
[[ $code -eq 3 && ! -s none ]] || fail "no scenario: exit code $code, $(cat none)"
! "$foliostorm" scenarios --kernel x 2>said || fail "a kernel x is accepted"
grep -q 'not a version; allowed: ' said || fail "of a kernel x it says $(cat said)"

# By name wherever a file is taken; a file of that name comes first.
"$foliostorm" check split-window split-window.cfg slow-fsync rules/slow-fsync >checked ||
	fail "not found by name: $(cat checked)"
[[ $(grep -c 'nothing is wrong' checked) -eq 4 ]] || fail "checked: $(cat checked)"
echo 'title = 1;' >split-window
! "$foliostorm" check split-window 2>said || fail "the file here is not taken"
grep -q '^foliostorm: split-window:1: title' said || fail "another file: $(cat said)"
mkdir memfd
for name in split-windoww stale-folio; do
	! "$foliostorm" check $name 2>said || fail "$name is found"
	meant='split-window|stale-folios'
	grep -qE "^foliostorm: $name: cannot be read: .*; did you mean ($meant)\?" said ||
		fail "of $name: $(cat said)"
done
"$foliostorm" check memfd >checked || fail "a directory hides memfd: $(cat checked)"
