#!/usr/bin/env bash
# Guests of another architecture than this machine's: built for, booted, restored; the race hit by
# timing and by a schedule on a kernel that has it, with pages of 4K and of 16K; withstood on one
# that has not; in a matrix beside this machine's kernels.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
[[ $(dpkg --print-architecture) == amd64 ]] ||
	skip "this machine is no amd64: its guests of arm64 are none of another architecture"
build=$(dirname "$(dirname "$foliostorm")")
code=0
said=$("$tests/../tools/build" --arch arm64 "$build" 2>&1) || code=$?
[[ $code -ne 77 ]] || skip "nothing can be built for arm64 here: $said"
[[ $code -eq 0 ]] || fail "tools/build --arch arm64: exit code $code: $said"

# on NAME CODE KERNEL SCENARIO OPTIONS...: the result is in $scratch/NAME.
on() {
	local name=$1 wanted=$2 code=0
	"$foliostorm" guest --quiet --arch arm64 --kernel "$3" "$scenarios/$4" \
		--out "$scratch/$name" "${@:5}" >"$scratch/$name.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/$name.txt")"
	cat "$scratch/$name.txt"
	[[ $code -eq $wanted ]] || fail "$name: exit code $code, wanted $wanted"
}

on forced 0 6.18.9 split-forced.cfg --set expect.made=10 --expect hit
expect forced \
	'.verdict == "HIT" and .schedule.engine == "qemu" and .schedule.made >= 10
		and .schedule.withstood == 0'
expect forced \
	'.punches_hit >= .schedule.made and (.machine | test("^aarch64"))
		and (.kernel | test("cloud-arm64$"))'
on fixed 0 7.2.12 split-forced.cfg --set expect.made=10 --expect clean
expect fixed \
	'.verdict == "CLEAN" and .schedule.withstood >= 10 and .schedule.made == 0
		and .wrong_reads == 0'
# The page cache, looked at from outside.
on inspected 0 6.18.9 inspect.cfg --expect hit
expect inspected '.verdict == "HIT" and (.misplaced_slots | length) > 0'
# By timing, which a busy machine takes away: what the witness and the inspection see decides there.
on window 0 6.18.9 split-window.cfg --expect hit --duration 60 --until-proof
expect window \
	'.verdict == "HIT" and .punches_hit + .captures > 0
		and any(.witness.hooks[]; .method == "fentry")'
on window_16k 0 6.18.9:16k split-window.cfg --expect hit --duration 60 --until-proof
expect window_16k '.verdict == "HIT" and (.kernel | test("arm64-16k$"))'

# Programs of this machine's are none for that guest.
code=0
said=$("$foliostorm" guest --quiet --arch arm64 --kernel 6.18.9 --file /bin/true \
	--command true 2>&1) || code=$?
[[ $code -eq 2 && $said == *'/bin/true: not a program of AArch64'* ]] ||
	fail "a program of another architecture: exit code $code: $said"

"$foliostorm" matrix --quiet --kernels 6.18.9,6.18.9:cloud-arm64 --out "$scratch/table" \
	--set files[0].size=16M --duration 3 "$scenarios/control-pread.cfg" >/dev/null ||
	fail "a matrix of two architectures: exit code $?"
jq -e '[.cells[] | "\(.kernel) \(.verdict)"] ==
	["6.18.9 VERIFIED", "6.18.9:cloud-arm64 VERIFIED"]' \
	"$scratch/table/matrix.json" >/dev/null ||
	fail "a matrix of two architectures:" \
		"$(jq -c '[.cells[] | [.kernel, .verdict]]' "$scratch/table/matrix.json")"
no_leftovers "guests of arm64"
