#!/usr/bin/env bash
# Gate and witness on the kernel at hand: what they count and hold where they can be had, and that a
# run does without where not.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"

affected=$(doctor_says affected)
there=$(doctor_says hook.lookup)

# without_btf COMMAND...: as on a kernel without BTF
mkdir "$scratch/hidden"
without_btf() {
	# shellcheck disable=SC2016 # for the inner shell
	unshare --mount sh -c 'mount --bind "$1" /sys/kernel/btf && shift && exec "$@"' sh \
		"$scratch/hidden" "$@"
}

loads=("$scenarios/split-window.cfg" --set 'readers[0].kind=load')

# Without them a run goes on, and says so if they were asked for.
open=yes try_run plain "${loads[@]}" --duration 2 --set witness=false --set 'gate={}'
expect plain \
	'.captures == null and .healed == null and .punches_captured == null
		and (.witness.ran | not) and .witness.missing == null'
expect plain '.witness.lookups == 0 and .gate.holds == 0'
code=0
without_btf "$foliostorm" run --quiet --out "$scratch/without" "${loads[@]}" \
	--duration 2 >"$scratch/without.txt" || code=$?
cat "$scratch/without.txt"
expect without \
	'(.witness.ran | not) and (.witness.missing | length > 10) and .captures == null
		and .punches > 0 and .gate.holds == 0'
grep -q '^witness    none' "$scratch/without.txt" || fail "it is not said that there was no witness"
[[ $code -eq 0 || $code -eq 3 || $affected == true && $code -eq 1 ]] ||
	fail "without BPF: exit code $code"
without_btf "$foliostorm" doctor --json |
	jq -e '[.checks[] | select(.name | startswith("hook.")) | .ok] |
		length == 7 and all(not)' >/dev/null ||
	fail "doctor sees hooks on a kernel without BTF"

# A reason that several rows have is said once.
without_btf "$foliostorm" doctor >"$scratch/doctor.txt" || true
reason=$(sed -nE 's/^hook.split +no +(.*): no gate in splits.*/\1/p' "$scratch/doctor.txt")
# That of hook.store names two reasons.
[[ ${#reason} -gt 10 && $(grep -cF -- "$reason" "$scratch/doctor.txt") -le 2 &&
	$(grep -cE '^hook\.[a-z]+ +no +as hook.split: ' "$scratch/doctor.txt") -ge 5 ]] ||
	fail "doctor repeats a reason: $(cat "$scratch/doctor.txt")"

# Bad holds are refused before anything is touched.
for bad in gate.split=2ms gate.meet=1s gate.nonsense=1us witness=maybe; do
	code=0
	"$foliostorm" run -q "$scenarios/split-window.cfg" --set "$bad" >"$scratch/bad.txt" 2>&1 ||
		code=$?
	[[ $code -eq 2 ]] || fail "$bad: exit code $code: $(cat "$scratch/bad.txt")"
done

# Where splits are ordered, doctor says whether the kernel takes them; what it refuses to root is no
# matter of its configuration.
splits=$(doctor_says split-control)
taken=false
unshare --mount sh -c '[ -e /sys/kernel/debug/split_huge_pages ] ||
	mount -t debugfs none /sys/kernel/debug
	: >/sys/kernel/debug/split_huge_pages' 2>/dev/null && taken=true
[[ $splits == "$taken" ]] || fail "doctor: split-control is $splits, and opening it $taken"
"$foliostorm" doctor >"$scratch/doctor.txt" || true
grep -q '^split-control ' "$scratch/doctor.txt" || fail "doctor: $(cat "$scratch/doctor.txt")"
! grep 'Operation not permitted' "$scratch/doctor.txt" | grep -E 'as root|with (CONFIG|BTF)' ||
	fail "doctor advises what does not help"

# The other doors run on any kernel.
for door in memfd debugfs-split pread-ext4 selftest; do
	[[ $door != pread-ext4 || -n $(command -v mkfs.ext4) ]] ||
		{ not_tried "no mkfs.ext4 here"; continue; }
	# A kernel that is locked down takes no orders to split; that is known before anything is
	# made.
	if [[ $door == debugfs-split && $splits != true ]]; then
		code=0
		"$foliostorm" run -q "$scenarios/$door.cfg" --duration 1 \
			--out "$scratch/refused" >"$scratch/refused.txt" 2>&1 || code=$?
		[[ $code -eq 77 && ! -e $scratch/refused ]] ||
			fail "$door is refused: exit code $code: $(cat "$scratch/refused.txt")"
		grep -q 'split-control is missing (.*split_huge_pages: ' "$scratch/refused.txt" ||
			fail "no cause: $(cat "$scratch/refused.txt")"
		continue
	fi
	enough='.punches > 0 and .reads > 0' judge "$door" "$scenarios/$door.cfg" --duration 1
	# Where the kernel has the race a door may meet it or not; elsewhere nothing is wrong.
	expect "$door" \
		".punches > 0 and .punches_failed == 0 and .reads > 0 and .error == null
			and ($affected or .verdict != \"HIT\")"
done

if [[ $there != true ]]; then
	echo "no hooks here: $("$foliostorm" doctor | grep hook.lookup)"
	open=yes try_run split "${loads[@]}" --duration 1
	expect split '(.witness.ran | not) and (.witness.missing | length > 10)'
	all_tried
	exit 0
fi

enough='.witness.frozen_lookups > 0 and .gate.holds > 0' try_run gate "${loads[@]}" --duration 5
expect gate \
	'.witness.ran and .witness.lookups > 0 and .witness.frozen_lookups > 0
		and .witness.splits > 0 and .gate.holds > 0'
expect gate \
	'.witness.splits == .witness.splits_succeeded + ([.witness.splits_failed[]] | add)
		and .gate.longest_ns >= 20000'
expect gate \
	'([.witness.window_log2_ns[]] | add) >= .witness.splits_succeeded
		and .witness.events_lost == 0'
[[ $(jq -s 'map(select(.type == "split")) | length' "$scratch/gate/events.jsonl") -eq \
	$(jq .witness.splits "$scratch/gate/result.json") ]] ||
	fail "events.jsonl does not hold each split"
if [[ $affected == true ]]; then
	expect gate \
		'.verdict == "HIT" and .captures > 0 and .punches_captured > 0
			and any(.hits[]; .kind == "capture")'
else
	expect gate \
		'.verdict == "CLEAN" and .captures == 0
			and (.reason | test("lookups waited on a frozen folio, none got"))'
fi

# Holds are bounded: a fifth of a processor, whatever is asked for. Seconds begin where the kernel's
# clock has them, so one more may be touched.
enough='.gate.refused > 0' try_run bounds "$scenarios/control-pread.cfg" --duration 3 \
	--set gate.lookup=1ms --set expect.min_exposures=0
expect bounds '.gate.refused > 0 and .gate.holds <= 200 * (.duration_seconds + 3)'
# Who is not named is not held or counted: the storm and the refill look pages up as well.
expect bounds '.witness.lookups <= .reads + .reads_not_judged + 1000'
all_tried
