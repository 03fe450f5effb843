#!/usr/bin/env bash
# A matrix of real kernels: spread over two workers by GNU parallel and merged, as the documentation
# shows; resumed; with a cell that fails; with one that is not as expected.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
command -v parallel >/dev/null || skip "GNU parallel is not installed"

cp "$scenarios/split-window.cfg" "$scenarios/control-pread.cfg" "$scratch"
cd "$scratch"
ln -s "$foliostorm" foliostorm
# Loads hit most often: with the gate a split is held until one of them comes.
sed -i 's/kind = "procmem"/kind = "load"/' split-window.cfg
grep -q 'kind = "load"' split-window.cfg || fail "the scenario has other readers now"
small=(--set files[0].size=16M --set backing.size=300M)

# is TABLE JQ-CONDITION
is() {
	jq -e "$2" "$1" >/dev/null || fail "$1: not so: $2: $(jq -c . "$1")"
}

# refused CODE PATTERN ARGUMENTS...
refused() {
	local code=0 wanted=$1 pattern=$2 said
	shift 2
	said=$(./foliostorm matrix "$@" 2>&1) || code=$?
	[[ $code -eq $wanted ]] || fail "matrix $*: exit code $code, wanted $wanted: $said"
	grep -qE -- "$pattern" <<<"$said" || fail "matrix $*: does not say $pattern: $said"
}

refused 2 'which scenarios' --kernels 6.18.9
refused 2 'which kernels' --out table split-window.cfg
refused 2 'give --out DIR' --kernels 6.18.9 split-window.cfg
refused 2 'is named twice' --kernels 6.18.9,6.18.9 --out table split-window.cfg
refused 2 'no kernel 6.18.99; the nearest' --kernels 6.18.9,6.18.99 --out table split-window.cfg
refused 2 'I from 1 to N' --kernels 6.18.9 --shard 3/2 --out table split-window.cfg
refused 2 'storm.aim' --kernels 6.18.9 --set storm.aim=sideways --out table split-window.cfg
refused 2 'is not a directory; name one' --kernels 6.18.9 --out split-window.cfg split-window.cfg
refused 2 'its directory does not exist' --kernels 6.18.9 --out a/b split-window.cfg
refused 2 'no cells' merge --out table .

# A package is a kernel, too: this one has no modules, which its guest says.
kernel=$("$tests/../tools/guest/fetch-kernel" 7.2.12) ||
	fail "the kernel 7.2.12 of this test cannot be had"
mkdir -p package/DEBIAN package/boot
cp "$kernel"/boot/vmlinuz-* package/boot/
printf '%s\n' 'Package: linux-image-7.2.12' 'Version: 1' 'Architecture: amd64' \
	'Maintainer: a' 'Description: a' >package/DEBIAN/control
dpkg-deb --build -Znone package linux-image-7.2.12.deb >/dev/null
./foliostorm matrix --quiet --kernels "$PWD/linux-image-7.2.12.deb" --out packaged \
	split-window.cfg >/dev/null || true
is packaged/matrix.json '.cells[0].reason | test("the kernel has no XFS")'
refused 2 'merge: --shard is for the workers; merge takes what all of them have left' --shard auto \
	merge --out table .
refused 2 'merge: --kernels is for the workers' --kernels 6.18.9 merge --out table .
refused 2 '--shard auto: no scheduler has set' --kernels 6.18.9 --shard auto --out table \
	split-window.cfg
refused 2 '--shard and --claim go without each other' --kernels 6.18.9 --shard 1/2 --claim claims \
	--out table split-window.cfg
echo '{}' >empty.json
refused 2 'not a matrix.json' --kernels 6.18.9 --earlier empty.json --out table split-window.cfg
[[ ! -e table ]] || fail "a matrix that was refused has made its directory"

# Two workers, two scenarios, two kernels; the order of the shards does not matter. Again with more
# time where a machine is busy with something else: beside stress-ng and other guests 2 of 54
# punches were hit.
for duration in 3 30 180; do
	rm -rf shard1 shard2
	code=0
	options=("${small[@]}" --duration "$duration")
	parallel -q -j 2 ./foliostorm matrix --quiet --shard {}/2 --kernels 6.18.9,7.2.12 \
		--out shard{} "${options[@]}" split-window.cfg control-pread.cfg \
		::: 2 1 >shards.txt 2>&1 || code=$?
	[[ $code -ne 0 ]] || break
done
[[ $code -eq 0 ]] || fail "a shard failed: $(cat shards.txt)"
[[ ! -e shard1/matrix.json ]] || fail "a shard wrote a table"
./foliostorm matrix merge --out merged shard2 shard1 >merged.txt ||
	fail "merge: exit code $?: $(cat merged.txt)"
is merged/matrix.json \
	'.as_expected and .kernels == ["6.18.9", "7.2.12"]
		and .scenarios == ["split-window", "control-pread"] and (.cells | length) == 4'
is merged/matrix.json '[.cells[] | "\(.kernel) \(.scenario) \(.verdict)"] ==
	["6.18.9 split-window HIT", "6.18.9 control-pread VERIFIED",
	 "7.2.12 split-window CLEAN", "7.2.12 control-pread VERIFIED"]'
is merged/matrix.json '.cells[0] | .first_hit_seconds >= 0 and .punches > 0
	and (.exposures > 0 or .splits_inspected > 0) and .seconds > 1'
grep -qE '^6.18.9  +HIT [0-9.]+ % of [0-9]+, [0-9]+ exp., [0-9.]+ s +VERIFIED' merged.txt ||
	fail "the text of the table: $(cat merged.txt)"
grep -q '<b>HIT</b>' merged/matrix.html || fail "the page has no cells"
# Only places in the page itself, and what is written out in it.
! grep -oE '(src|href)="[^"]*"' merged/matrix.html | grep -vE '="(#|data:)' ||
	fail "the page wants other files"

# Going on: what is there stays, and only the new kernel runs; it is given too little time, fails,
# and does not harm the rest.
cp -r shard1 table
cp -r shard2/cells/. table/cells/
before=$(stat -c %Y table/cells/*/control-pread/result.json)
go_on=(./foliostorm matrix --kernels "6.18.9,7.2.12,6.12.107" --out table "${options[@]}"
	control-pread.cfg)
code=0
"${go_on[@]}" --timeout 2s >table.txt 2>&1 || code=$?
[[ $code -eq 4 ]] || fail "a cell that fails: exit code $code: $(cat table.txt)"
[[ $(stat -c %Y table/cells/{6.18.9,7.2.12}/control-pread/result.json) == "$before" ]] ||
	fail "cells that were there ran again"
is table/matrix.json '(.as_expected | not)
	and ([.cells[].verdict] == ["VERIFIED", "VERIFIED", "ERROR"])
	and ([.cells[] | select(.as_expected)] | length) == 2'
grep -q '^! control-pread on 6.12.107.*still running at the limit' table.txt ||
	fail "it is not said why: $(cat table.txt)"

# The same once more with time: only the cell that failed runs.
"${go_on[@]}" >table.txt 2>&1 || fail "it does not go on: $(cat table.txt)"
[[ $(grep -c '(was there)' table.txt) -eq 2 ]] || fail "not 2 cells were there: $(cat table.txt)"
is table/matrix.json '.as_expected and [.cells[].verdict] == ["VERIFIED", "VERIFIED", "VERIFIED"]'

# Other options are another table; a cell that is not as expected is marked.
for duration in 3 30 180; do
	code=0
	./foliostorm matrix --kernels 6.18.9 --out table --expect clean "${small[@]}" \
		--duration "$duration" split-window.cfg >table.txt 2>&1 || code=$?
	! grep -qE '^6.18.9  +HIT' table.txt || break
done
[[ $code -eq 1 ]] || fail "not as expected: exit code $code: $(cat table.txt)"
grep -qE '^6.18.9  +HIT .* !$' table.txt || fail "it is not marked: $(cat table.txt)"
grep -q 'unexpected' table/matrix.html || fail "the page does not mark it"

# The cell that took longest before goes first, however it ends.
echo '{"cells": [{"kernel": "6.18.9", "scenario": "control-pread", "seconds": 9},
	{"kernel": "7.2.12", "scenario": "control-pread", "seconds": 99}]}' >earlier.json
quick=("${small[@]}" --duration 3 --expect clean control-pread.cfg)
./foliostorm matrix --jobs 1 --timeout 2s --claim claims --earlier earlier.json \
	--kernels 6.18.9,7.2.12 --out ordered "${quick[@]}" >ordered.txt 2>&1 || true
grep -q '^1 of 2: control-pread on 7.2.12' ordered.txt ||
	fail "not the longest first: $(cat ordered.txt)"

# Two workers take over the cells that failed there: each is run once, and a worker that comes later
# has nothing to do.
[[ $(find claims -name '*.1.failed' | wc -l) -eq 2 ]] ||
	fail "not two cells have failed: $(ls claims)"
parallel -q -j 2 ./foliostorm matrix --jobs 1 --claim claims --kernels 6.18.9,7.2.12 \
	--out worker{} "${quick[@]}" ::: 1 2 >workers.txt 2>&1 ||
	fail "workers: $(cat workers.txt)"
[[ $(find worker* -name result.json | wc -l) -eq 2 ]] ||
	fail "not two cells: $(find worker* -type d)"
./foliostorm matrix --claim claims --kernels 6.18.9,7.2.12 --out worker3 "${quick[@]}" \
	>late.txt 2>&1 || fail "late: $(cat late.txt)"
[[ ! -e worker3/cells ]] || fail "a late worker runs cells again"
./foliostorm matrix merge --out claimed ordered worker* >claimed.txt ||
	fail "merge: $(cat claimed.txt)"
is claimed/matrix.json '.as_expected and (.cells | length) == 2'

# A matrix that is killed takes its guests along, and its cell is not taken for done.
setsid ./foliostorm matrix --quiet --kernels 7.2.12 --out killed split-window.cfg &
matrix=$!
has_guest() {
	! is_gone '^[^ ]*qemu-system-x86_64 '
}
waits_for has_guest
kill -KILL $matrix
wait $matrix 2>/dev/null || true
waits_for is_gone '^[^ ]*qemu-system-x86_64 '
[[ ! -e killed/cells/7.2.12/split-window/result.json ]] || fail "a killed cell has a result"
no_leftovers "a killed matrix"
