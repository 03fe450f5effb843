#!/usr/bin/env bash
# The points in a function of another kernel, decoded from what runs in the guest.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

code=0
"$foliostorm" points --kernel 6.18.9 __folio_split >"$scratch/points" 2>"$scratch/errors" || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/errors")"
cat "$scratch/points" "$scratch/errors"
[[ $code -eq 0 ]] || fail "exit code $code"

# has COUNT PATTERN: so many lines
has() {
	[[ $(grep -cE -- "$2" "$scratch/points") -eq $1 ]] || fail "not $1 lines that match $2"
}
has 1 '^__folio_split\+0x0 +entry of __folio_split$'
# What the witness is attached to in this kernel, each called at one place.
has 1 '^__folio_split\+0x[0-9a-f]+ +__folio_split calls xas_try_split$'
has 1 '^__folio_split\+0x[0-9a-f]+ +__folio_split calls __xa_store$'
# Its returns are jumps to a thunk, which the kernel has patched by the mitigations of the
# processor.
[[ $(grep -cE '^__folio_split\+0x[0-9a-f]+ +return of __folio_split$' "$scratch/points") -ge 1 ]] ||
	fail "no returns"
grep -qE '^__folio_split\.cold\+0x[0-9a-f]+ +__folio_split calls ' "$scratch/points" ||
	fail "no calls in the cold part"
place='^__folio_split(\.cold)?\+0x[0-9a-f]+'
grep -vE "$place +(entry of|return of|__folio_split calls) [a-zA-Z0-9_.]+\$" "$scratch/points" &&
	fail "other lines"
no_leftovers "listing points in a guest"
