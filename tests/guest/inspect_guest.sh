#!/usr/bin/env bash
# The page cache of a guest, looked at from outside: the first split decides a kernel that has the
# race, twenty one that has not, without BPF. What was seen is also what is read.
# FOLIOSTORM_TEST_KERNELS may name a directory with images 6.1*-seed2 and 6.1*-fixed: the slots of a
# stale node are listed, and no reader hangs.
# $2: a library that tells another release, TOLD_RELEASE.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/in_guest.sh
source "$(dirname "$(readlink -f "$0")")/../support/in_guest.sh"
told=$2

# inspected NAME CODE SCENARIO OPTIONS...: the result is in $scratch/NAME.
inspected() {
	local name=$1 wanted=$2 code=0
	"$foliostorm" guest --quiet "$scenarios/$3" --out "$scratch/$name" \
		"${@:4}" >"$scratch/$name.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/$name.txt")"
	cat "$scratch/$name.txt"
	[[ $code -eq $wanted ]] || fail "$name: exit code $code, wanted $wanted"
}

inspected affected 0 inspect.cfg --kernel 6.18.9 --append lockdown=confidentiality --expect hit
expect affected \
	'.verdict == "HIT" and .inspection.engine == "qemu" and .inspection.verdict == "misplaced"
		and .inspection.shape == "batched" and .punches <= 3'
expect affected \
	'.misplaced_slots[0] | .page > .wrong_folio and .refcount > 0 and .punch == 1
		and .file == "system.journal"'

# All slots of the file as well.
inspected fixed 0 inspect.cfg --kernel 7.2.12 --set 'inspect.slots="both"' --expect clean
expect fixed \
	'.verdict == "CLEAN" and .splits_inspected >= 20 and .slots_misplaced == 0
		and .inspection.errors == 0'
expect fixed \
	'.inspection | .looks >= 20 and .slots >= 64 * .looks and .folios >= .looks
		and .violations == 0'

# Steps of scripted threads look, without a schedule. Nothing is claimed of the race.
inspected steps 0 split-marks.cfg --kernel 7.2.12 --set race=none --set expect.made=1 --duration 10
expect steps \
	'.verdict == "VERIFIED" and .inspection.looks >= 2 and .inspection.slots > 10
		and .inspection.errors == 0'

# A split that this kernel does not have; and a file of the kernel that runs, read from within.
inspected without 4 inspect.cfg --kernel 6.12.107 \
	--command \
	'foliostorm inspect --json /bin/foliostorm >/out/here.json; echo $? >>/out/here.json'
jq -se '.[0] | .folios > 100 and .pages >= .folios and .violations == []' \
	"$scratch/without/here.json" >/dev/null ||
	fail "inspect: $(cat "$scratch/without/here.json")"
[[ $(tail -n 1 "$scratch/without/here.json") == 0 ]] || fail "inspect does not end with 0"
grep -q '__folio_split is not a function of this kernel' "$scratch/without.txt" ||
	fail "it is not said what is not there"

# A kernel that exposes other pages than the model expects: one that splits level by level, taken
# for one that does not. At page 321 the model would have pages 384 to 511 read, which are right,
# and its best place is page 257, where nothing besides is exposed. Once twenty splits were seen,
# what was seen is read, and punched. Within the guest, by the witness.
other=$(
	in_guest_functions
	in_guest_scenario other "$scenarios/split-window.cfg"
	cat <<-END
		told() {
			export TOLD_RELEASE=6.18.9 LD_PRELOAD=/bin/$(basename "$told")
			run_until "\$@" --duration 240
		}
		(told 1 place other --set storm.aim=321)
		(told 15 auto other)
	END
)
inspected refuted 0 split-window.cfg --kernel 6.16.12 --file "$told" --command "$other" \
	--duration 30 --until-proof
hits='[.hits[] | select(.kind == "bytes")]'
for run in place auto; do
	expect refuted/$run '.kernel == "6.18.9" and .inspection.shape == "interleaved" and
		.inspection.model_agrees == false and .inspection.aimed'
	expect refuted/$run "$hits | length >= 1 and all(.punch > 20)"
done
expect refuted/place '.inspection.exposed == [[320, 383]]'
expect refuted/place "$hits | all(.page - .folio >= 320 and .page - .folio < 384)"

stale=$(test_kernel '6.1*-seed2')
fixed=$(test_kernel '6.1*-fixed')
if [[ -z $stale || -z $fixed ]]; then
	no_leftovers "inspected guests"
	skip "no kernel with the older race here (FOLIOSTORM_TEST_KERNELS): its stale slots are" \
		"not listed; the rest passed"
fi
inspected stale 0 stale-folios.cfg --image "$stale" --inspect --expect hit
expect stale \
	'.verdict == "HIT" and .inspection.violations == 63 and .workload.stuck
		and (.reason | contains("spinning") | not)'
expect stale \
	'[.violations[] | select(.family == "stale folio" and .pages == 1)] | length == 63
		and (map(.page) | unique | length == 63)'
# Nothing is claimed of the race: few steps may fit into the time.
inspected sound 0 stale-folios.cfg --image "$fixed" --inspect --set race=none --duration 3
expect sound \
	'.verdict == "VERIFIED" and .inspection.violations == 0 and .inspection.looks >= 1
		and .inspection.folios > 0'
no_leftovers "inspected guests"
