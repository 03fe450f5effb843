#!/usr/bin/env bash
# What the documentation has of the tables is what foliostorm prints; a page that is not is named,
# and renewed. usage: reference.sh FOLIOSTORM
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
top=$(readlink -f "$tests/..")

"$top/tools/reference" --check "$foliostorm" || fail "the documentation is out of date"

mkdir -p "$scratch/docs/man"
cp "$top/tools/doc/keys.md" "$scratch/docs/"
cp "$top/tools/man/foliostorm-scenario.5" "$scratch/docs/man/"
"$top/tools/reference" --check "$foliostorm" "$scratch/docs" ||
	fail "a copy of the pages is not accepted"
for page in keys.md man/foliostorm-scenario.5; do
	sed -i 's/Which page of the folio is punched/Which page is punched/' "$scratch/docs/$page"
	! "$top/tools/reference" --check "$foliostorm" "$scratch/docs" 2>"$scratch/said" ||
		fail "$page: a change is not found"
	grep -q "^./$page is not what foliostorm prints; renew it: .*reference$" "$scratch/said" ||
		fail "$page: said: $(cat "$scratch/said")"
	[[ $("$top/tools/reference" "$foliostorm" "$scratch/docs") == "./$page" ]] ||
		fail "$page is not renewed"
done
cmp "$top/tools/doc/keys.md" "$scratch/docs/keys.md" || fail "keys.md is not as it was"
cmp "$top/tools/man/foliostorm-scenario.5" "$scratch/docs/man/foliostorm-scenario.5" ||
	fail "the manual page is not as it was"

# An end that is missing would swallow what is written by hand behind it.
for page in keys.md man/foliostorm-scenario.5; do
	tac "$top/tools/$([[ $page != keys.md ]] || echo doc/)$page" |
		sed '0,/end of what is printed/{//d}' | tac >"$scratch/docs/$page"
	! "$top/tools/reference" "$foliostorm" "$scratch/docs" 2>"$scratch/said" ||
		fail "$page: what has no end is accepted"
	grep -q "$page: what is printed has no end" "$scratch/said" ||
		fail "$page: said: $(cat "$scratch/said")"
	cp "$top/tools/$([[ $page != keys.md ]] || echo doc/)$page" "$scratch/docs/$page"
done
