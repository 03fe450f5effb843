#!/usr/bin/env bash
# The examples of tools/doc/harnesses.md for ctest, xfstests and kselftest, and the matrix of
# tools/doc/ci.md, as they stand there.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/doc_example.sh
source "$tests/support/doc_example.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
command -v prove >/dev/null || skip "prove is not installed"
cd "$scratch"
mkdir bin
ln -s "$foliostorm" bin/foliostorm
export PATH=$scratch/bin:$PATH

# patiently COMMAND...: a few times, because on a busy machine seconds can go by without a reader
# that meets a punch
patiently() {
	local tries
	for tries in 1 2 3 4; do
		"$@" && return
		echo "try $tries failed: $*"
	done
	return 1
}

expected=$(doctor_says affected)
[[ $expected != true ]] || skip "this kernel has the race, and the examples expect none"

# Where BPF is refused, what a kernel is cannot be proved in seconds, and each of them must say so.
proof=$(doctor_says hook.store)

doc_example CMakeLists.txt
cmake -S . -B ctest -DFOLIOSTORM="$foliostorm" >cmake.txt 2>&1 ||
	fail "cmake: $(cat cmake.txt)"
if [[ $proof == true ]]; then
	patiently ctest --test-dir ctest >ctest.txt 2>&1 || fail "ctest: $(cat ctest.txt)"
	[[ $(grep -cE ' Passed ' ctest.txt) -eq 2 ]] ||
		fail "not two tests passed: $(cat ctest.txt)"
else
	! ctest --test-dir ctest --output-on-failure >ctest.txt 2>&1 ||
		fail "ctest passes without a proof: $(cat ctest.txt)"
	grep -q 'verdict    INCONCLUSIVE' ctest.txt ||
		fail "ctest: it is not said why: $(cat ctest.txt)"
	patiently ctest --test-dir ctest -R control-pread >ctest.txt 2>&1 ||
		fail "ctest: $(cat ctest.txt)"
fi

# What xfstests has that the example uses, on an image.
doc_example 900
mkdir common scratch_mnt
truncate -s 600M image
mkfs.xfs -q image
cat >common/preamble <<'END'
_begin_fstest() {
	seqres=$PWD/900; status=1
	echo "QA output created by 900"
	trap 'umount "$SCRATCH_MNT" 2>/dev/null; exit $status' EXIT
}
_require_scratch() { :; }
_notrun() { echo "$*" >$seqres.notrun; status=0; exit; }
_scratch_mkfs() { mkfs.xfs -f image; }
_scratch_mount() { mount -o loop image "$SCRATCH_MNT"; }
END
golden=$'QA output created by 900\nSilence is golden'
silence() {
	SCRATCH_MNT=$scratch/scratch_mnt bash ./900 >900.out &&
		[[ $(cat 900.out) == "$golden" && ! -e 900.notrun ]]
}
if [[ $proof == true ]]; then
	patiently silence || fail "xfstests: $(cat 900.out 900.full)"
else
	! silence || fail "xfstests passes without a proof: $(cat 900.full)"
	{ grep -q "or it could not be told" 900.out &&
		grep -q "verdict    INCONCLUSIVE" 900.full; } ||
		fail "xfstests: $(cat 900.out 900.full)"
fi

doc_example foliostorm.sh
kselftest() {
	sh ./foliostorm.sh >kselftest.tap
}
code=0
if [[ $proof == true ]]; then
	patiently kselftest || fail "kselftest: $(cat kselftest.tap)"
	prove --exec cat kselftest.tap >prove.txt 2>&1 ||
		fail "prove: $(cat prove.txt kselftest.tap)"
else
	kselftest || code=$?
	{ [[ $code -eq 3 ]] && grep -q "^not ok 1 " kselftest.tap; } ||
		fail "kselftest without a proof: exit code $code: $(cat kselftest.tap)"
	code=0
fi
chmod 755 "$scratch" bin
setpriv --reuid=65534 --clear-groups sh ./foliostorm.sh >skip.tap 2>/dev/null || code=$?
[[ $code -eq 4 ]] || fail "kselftest without root: exit code $code, wanted 4: $(cat skip.tap)"

# The jobs of the CI file: the lines of their scripts. First without a shard, then with all.
doc_example ci.yml
job() { # NAME: its script
	awk -v job="$1:" '/^[a-z]/ { inside = $0 == job } inside && sub(/^    - /, "")' ci.yml
}
[[ $(job race | wc -l) -eq 1 && $(job table | wc -l) -eq 3 ]] ||
	fail "not the scripts of two jobs: $(job race; job table)"
export KERNELS=6.18.9,7.2.12 CI_NODE_TOTAL=2 CI_NODE_INDEX
# With more time where a machine is busy with something else.
for CI_NODE_INDEX in 1 2; do
	for duration in 5 60 180; do
		rm -rf "shard-$CI_NODE_INDEX"
		bash -c "$(job race |
			sed "s/--duration 5 /--duration $duration /")" >shard.txt 2>&1 ||
				fail "a shard: $(cat shard.txt)"
		! jq -es 'all(.as_expected)' \
			"shard-$CI_NODE_INDEX"/cells/*/*/result.json >/dev/null || break
	done
done
foliostorm matrix merge --out all --save-baseline baseline.json shard-* >merge.txt 2>&1 ||
	fail "the first table: $(cat merge.txt)"
mv shard-2 elsewhere
code=0
bash -ec "$(job table)" >table.txt 2>&1 || code=$?
[[ $code -eq 4 ]] || fail "without a shard: exit code $code: $(cat table.txt)"
grep -q 'it was not run: shard 2 of 2 is not there' junit.xml ||
	fail "the missing shard is not told: $(cat junit.xml)"
mv elsewhere shard-2
bash -ec "$(job table)" >table.txt 2>&1 || fail "the table: $(cat table.txt junit.xml)"
grep -q 'tests="2" failures="0" errors="0" skipped="0"' junit.xml ||
	fail "not two passed: $(cat junit.xml)"
[[ $(jq -r '.tests | keys | join(" ")' baseline.json) == "6.18/split-window 7.2/split-window" ]] ||
	fail "ids: $(cat baseline.json)"
jq -e 'all(.cells[]; .baseline.fallen == false)' table/matrix.json >/dev/null ||
	fail "no baseline in the table: $(jq -c . table/matrix.json)"
[[ -s table/report.html ]] || fail "no page"
foliostorm matrix merge --format ktap --out all shard-1 shard-2 >matrix.tap
prove --exec cat matrix.tap >prove.txt 2>&1 || fail "prove: $(cat prove.txt matrix.tap)"
grep -qxF 'ok 1 6.18/split-window' matrix.tap || fail "no id with the series: $(cat matrix.tap)"
foliostorm kernels --json >kernels.json
jq -e 'any(.[]; .kernel == "6.18.9" and .cached and any(.races[]; . == "folio-split"))' \
	kernels.json >/dev/null || fail "6.18.9 without its race: $(cat kernels.json)"
jq -e 'any(.[]; .kernel == "7.2.12" and all(.races[]; . != "folio-split"))' \
	kernels.json >/dev/null || fail "7.2.12 with the race: $(cat kernels.json)"
no_leftovers "examples"
