#!/usr/bin/env bash
# How tools/guest/mutant is asked for a kernel, and the edits that it makes: one that does not fit
# the source changes nothing, and says where. No kernel is built; tests/guest/mutants.sh does.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
mutant=$(readlink -f "$tests/../tools/guest/mutant")

# refused CODE PATTERN ARGUMENTS...: in the environment
environment=()
refused() {
	local code=0 wanted=$1 pattern=$2 said
	shift 2
	said=$(env "${environment[@]}" "$mutant" "$@" 2>&1) || code=$?
	[[ $code -eq $wanted ]] || fail "mutant $*: exit code $code, wanted $wanted: $said"
	grep -qE -- "$pattern" <<<"$said" || fail "mutant $*: does not say $pattern: $said"
}

refused 2 'which mutant'
refused 2 'no mutant seed0, but seed1 seed2 ' seed0
refused 2 'on or off' seed1 --debug-vm maybe
refused 2 'unknown option --fix' seed1 --fix

# With an empty cache it gets as far as asking for what it builds with, pahole for BTF among it.
mkdir "$scratch/bin"
for program in bash dirname readlink sed awk cut uniq paste find sort tail sha256sum cat; do
	ln -s "$(command -v "$program")" "$scratch/bin/$program"
done
environment=(PATH="$scratch/bin" XDG_CACHE_HOME="$scratch/cache")
refused 77 'missing: gcc .* pahole; tools/bootstrap --with-mutants' seed1
refused 3 '^$' seed1 --cached

# An edit that does not fit, or fits in two places, changes nothing and says where.
edit=$tests/../tools/guest/mutants/edit.pl
mkdir "$scratch/tree"
printf 'int one(int a)\n{\n\treturn a;\n}\n\nint two(int a)\n{\n\treturn a + a;\n}\n' \
	>"$scratch/tree/file.c"
cp -r "$scratch/tree" "$scratch/before"
unfit() { # EDIT PATTERN
	local said
	echo "$1" >"$scratch/edit.pl"
	! said=$(perl "$edit" "$scratch/tree" "$scratch/edit.pl" 2>&1) ||
		fail "an edit that does not fit is taken: $1"
	grep -qE -- "$2" <<<"$said" || fail "$1: does not say $2: $said"
	diff -r "$scratch/tree" "$scratch/before" ||
		fail "an edit that does not fit changed something: $1"
}
unfit "edit('file.c', 'one', qr/b/ => 'c');" 'in one\(\) .* matches 0 times, not once'
unfit "edit('file.c', 'two', qr/a/ => 'c');" 'in two\(\) .* matches 2 times, not once'
unfit "edit('file.c', 'one', qr/a/ => 'c'); edit('file.c', 'three', qr/a/ => 'c');" \
	'three\(\) is defined there 0 times'
unfit "edit('file.c', 'one', qr/a/ => 'a');" 'leaves file.c as it is'
unfit "edit('other.c', 'one', qr/a/ => 'c');" 'other.c: No such file'
unfit '1;' 'edits nothing'
echo "edit('file.c', 'one', qr/return a/ => 'return b');" >"$scratch/edit.pl"
perl "$edit" "$scratch/tree" "$scratch/edit.pl" || fail "an edit that fits is not taken"
[[ $(diff "$scratch/before/file.c" "$scratch/tree/file.c") == \
	$'3c3\n< \treturn a;\n---\n> \treturn b;' ]] || fail "an edit changed something else"
cmp -s "$scratch/tree/file.c.pristine" "$scratch/before/file.c" ||
	fail "what was there before an edit is not kept"

# The table is whole: each mutant has its edit and its scenario, and all are of use.
"$mutant" --list >"$scratch/list"
[[ $(cut -d ' ' -f 1 "$scratch/list" | sort -u | wc -l) -ge 5 ]] ||
	fail "mutants are missing: $(cat "$scratch/list")"
while read -r name _ debug scenario _; do
	[[ $debug == on || $debug == off ]] || fail "$name: CONFIG_DEBUG_VM is $debug"
	[[ -e $tests/../tools/guest/mutants/$name.pl ]] || fail "$name has no edit"
	[[ -e $scenarios/$scenario ]] || fail "$name: there is no $scenario"
done <"$scratch/list"
while read -r edit; do
	grep -q "^$(basename "$edit" .pl) " "$scratch/list" || fail "$edit is not in the table"
done < <(find "$tests/../tools/guest/mutants" -name '*.pl' ! -name edit.pl)
