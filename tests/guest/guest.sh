#!/usr/bin/env bash
# Real kernels: the default scenario finds the race on one that has it, through the mount, and finds
# nothing on one where it is fixed; a guest that dies is a result. Guests under QEMU, kernels from
# Debian's archive; an archive that cannot be reached is a failure. A boot takes longer than most
# runs: what needs no guest of its own shares one.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/in_guest.sh
source "$tests/support/in_guest.sh"

# guest NAME KERNEL SCENARIO OPTIONS...: the result is in $scratch/NAME; its exit code is to be
# $wanted
wanted=0
guest() {
	local name=$1 kernel=$2 code=0
	shift 2
	echo "== $name on $kernel"
	"$foliostorm" guest --kernel "$kernel" --timeout 900 --out "$scratch/$name" "$@" --quiet ||
		code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq $wanted ]] ||
		fail "$name: exit code $code, wanted $wanted; the guest's log ends with:" \
			"$(tail -n 20 "$scratch/$name/dmesg" 2>/dev/null || true)"
}

# Runs it, and interrupts it after a few hits: it is judged by what has been seen so far. How often
# it hits is for the benchmarks: here others may be at work.
echo "== affected"
# What an earlier --repeat left there goes, and nothing else.
mkdir -p "$scratch/affected/2"
echo '{ "runs": 2 }' >"$scratch/affected/repeat.json"
touch "$scratch/affected/2/"{result.json,console.log,dmesg,notes}
"$foliostorm" guest --kernel 6.18.9 --timeout 900 --out "$scratch/affected" --keep \
	--command 'echo network: /sys/class/net/*; echo it booted' "$scenarios/split-window.cfg" \
	--duration 400 --quiet \
	>"$scratch/affected.txt" &
affected=$!
# QEMU is in its sandbox, and limited, while it runs.
confined() {
	local qemu limits
	qemu=$(pgrep -P $affected -x qemu-system-x86) || return
	grep -qx 'Seccomp:	2' "/proc/$qemu/status" || return
	limits=$(tr -s ' ' <"/proc/$qemu/limits")
	grep -q '^Max core file size 0 0 ' <<<"$limits" &&
		grep -q '^Max file size 17179869184 17179869184 ' <<<"$limits" &&
		grep -qE '^Max address space [0-9]+ [0-9]+ ' <<<"$limits"
}
patience=300 waits_for confined
interrupt_at 5 "$scratch/affected/events.jsonl" $affected
code=0
wait $affected || code=$?
[[ $code -ne 77 ]] || skip "a guest cannot be run here"
[[ $code -eq 0 ]] || fail "affected: exit code $code: $(cat "$scratch/affected.txt")"
expect affected \
	'.verdict == "HIT" and .interrupted and .expected == "hit" and .punches_hit >= 2
		and .first_hit_seconds != null and (.hits | length) >= 2'
# The bytes are those of the neighbour that the aim model names: page 256 of the folio, the head of
# the part next to the hole.
expect affected \
	'[.hits[] | select(.class == "other-page" and .wrong_page == .folio + 256)] | length >= 2'
expect affected '.guest.kernel == "6.18.9" and .guest.boot_seconds > 0'
[[ $(cd "$scratch/affected" && echo repeat.json* 2/*) == "repeat.json* 2/notes" ]] ||
	fail "earlier runs are still there: $(ls "$scratch/affected" "$scratch/affected/2")"
[[ -s $scratch/affected/scenario.cfg ]] || fail "interrupted: the scenario is not there"

# What --keep leaves boots again.
echo "== kept"
sh "$scratch/affected/boot.sh" </dev/null >"$scratch/boot.txt" 2>&1 &
kept=$!
has_booted() { # or ended
	! kill -0 $kept 2>/dev/null || grep -q 'it booted' "$scratch/boot.txt"
}
patience=300 waits_for has_booted
kill $kept 2>/dev/null || true
wait $kept || true
grep -q 'network: /sys/class/net/lo[^/]*$' "$scratch/boot.txt" ||
	fail "the guest has a network: $(cat "$scratch/boot.txt")"
grep -q 'it booted' "$scratch/boot.txt" ||
	fail "boot.sh does not boot the same: $(cat "$scratch/boot.txt")"

# In one guest, each with its result. Loads: readers that heal or never meet the window by
# themselves, held there. Bounds: holds are bounded, whatever is asked for. Crash: the seed crash's
# page, on a kernel without CONFIG_DEBUG_VM. Of readers that are held while others want their
# processor the kernel leaves out ends and begins of look-ups, which are no captures.
together=$(
	in_guest_functions
	in_guest_scenario split-window "$scenarios/split-window.cfg"
	in_guest_scenario control "$scenarios/control-pread.cfg"
	in_guest_scenario crash "$scenarios/crash-6.18.7.cfg"
	cat <<-'END'
		run_until 3 loads split-window --duration 240 --set 'readers[0].kind=load'
		run bounds control --duration 4 --set gate.lookup=1ms --set 'readers[0].count=6' \
			--set expect.min_exposures=0
		run_until 2 crash crash --duration 240
	END
)
# A rule's histogram is a file of the host that goes along; so does a program that a reader runs.
echo '100us 200us 1' >"$scratch/late.txt"
late="rules=({ when = { op = \"fallocate\"; };
	do = { delay = { histogram = \"$scratch/late.txt\"; }; }; })"
guest control 6.18.9 --command "$together" "$scenarios/control-pread.cfg" --set "$late"
expect control '.verdict == "VERIFIED" and .wrong_reads == 0 and .reads >= 1000 and .splits > 10 and
	.rules[0].fired > 10 and .guest.died == null'
# What came out of the guest as it happened is all there.
punches=$(jq .punches "$scratch/control/result.json")
[[ $(jq -r 'select(.type == "punch") | .punch' "$scratch/control/events.jsonl" | wc -l) -eq \
	$punches ]] ||
	fail "control: $(jq -r .type "$scratch/control/events.jsonl" | sort | uniq -c)," \
		"and $punches punches"

loads=control/loads
expect $loads '.verdict == "HIT" and .witness.ran and .punches_hit > 0
	and .punches_captured >= .punches_hit and .captures >= .punches_captured'
expect $loads 'any(.hits[]; .kind == "capture" and .wrong_folio % 512 == 256)
	and .witness.events_lost == 0'
expect $loads '[.witness.hooks[] | select(.function != null) | .role] ==
	["split", "level", "store", "stored", "lookup", "read"]'
# The slots themselves: those of the exposed pages lead to the head of a part, and nobody has to
# read them.
expect $loads '.inspection.verdict == "misplaced" and .inspection.errors == 0
	and .splits_inspected > 0 and any(.hits[]; .kind == "misplaced")'
expect $loads '.inspection.model_agrees and .inspection.shape == "batched"
	and .inspection.exposed == [[257, 511]]
	and .inspection.splits_misplaced >= .splits_inspected'
expect $loads '.witness.passages > 0 and .witness.passages <= .punches and .slots_misplaced > 0 and
	any(.misplaced_slots[]; .punch > 0 and .wrong_folio % 512 == 256 and .refcount > 0)'
# A place without a function of its own: a call within one, found in the kernel's code.
expect $loads 'any(.witness.hooks[]; .role == "store" and .call == "__xa_store"
	and .method == "kprobe at a call")'
# A fifth of a processor. One more of the clock's seconds may be touched at either end.
expect control/bounds '.verdict == "VERIFIED" and .captures == 0 and .gate.refused > 0 and
	.gate.holds > 0 and .gate.holds <= 200 * (.duration_seconds + 2)'
# The neighbour's bytes.
expect control/crash '.verdict == "HIT"
	and any(.hits[]; .kind == "bytes" and .page == 30291 and .wrong_page == 30290)'

# Real journalctl in the guest, left to luck: the witness knows it, the storm meets it. Whether it
# is hit within so short a time nobody knows; what it prints is compared either way. Once more with
# more time where a machine is busy with something else.
if [[ -x /lib/systemd/systemd-journal-remote && -n $(command -v journalctl) ]]; then
	for duration in 8 60; do
		code=0
		"$foliostorm" guest --kernel 6.18.9 --timeout 900 --out "$scratch/journalctl" \
			"$scenarios/journalctl.cfg" --duration $duration --quiet \
			--set 'schedule=()' --set witness=true \
			--set 'gate={ split = "20us"; meet = "1ms"; reader = "50us"; }' || code=$?
		[[ $code -le 1 ]] || fail "journalctl: exit code $code"
		jq -e '.reads > 0 and .punches > 0 and .witness.lookups > 0' \
			"$scratch/journalctl/result.json" >/dev/null && break
	done
	expect journalctl '.reads > 0 and .punches > 0 and .witness.lookups > 0 and .error == null'
	# Whether journalctl met it or not, the page cache was seen to be wrong. What it printed
	# wrong is in the events.
	expect journalctl \
		'.verdict == "HIT" and .inspection.verdict == "misplaced" and (.hits | length > 0)'
	[[ $code -eq 0 ]] || fail "journalctl: exit code $code"
	counted=$(jq -c '[.wrong_reads, .captures]' "$scratch/journalctl/result.json")
	[[ $(jq -cs '[(map(select(.type == "hit")) | length),
		(map(select(.type == "capture")) | length)]' \
		"$scratch/journalctl/events.jsonl") == "$counted" ]] ||
		fail "journalctl: events.jsonl does not hold each hit and capture, of which there" \
			"are $counted"
else
	not_tried "no journalctl and systemd-journal-remote here"
fi

# A program that quotes a report of the kernel makes none. With more time where a machine is busy
# with something else.
quote='(while sleep 0.2; do
	echo "<6>BUG: Bad page state in process foliostorm  pfn:1" >/dev/kmsg
done) &'
for duration in 8 60; do
	guest fixed 7.2.12 --command "$quote" "$scenarios/split-window.cfg" --duration $duration
	jq -e '.splits_inspected >= 20 and .exposures >= 20 and .witness.frozen_lookups >= 5
		and .gate.holds > 100' \
		"$scratch/fixed/result.json" >/dev/null && break
done
expect fixed '.verdict == "CLEAN" and .expected == "clean" and .inspection.verdict == "right"
	and .slots_misplaced == 0'
# Readers were inside the window, and got the right folio each time.
expect fixed '.witness.ran and .captures == 0 and .witness.frozen_lookups >= 5
	and (.reason | contains("none got a folio"))'
expect fixed '.inspection.verdict == "right" and .inspection.errors == 0
	and .splits_inspected >= 20 and .slots_misplaced == 0 and .inspection.exposed == []'
expect fixed '.witness.splits == .witness.splits_succeeded + ([.witness.splits_failed[]] | add)
	and .gate.holds > 100'

grep -q 'Bad page state' "$scratch/fixed/dmesg" || fail "fixed: nobody quoted a report"
expect fixed '.kernel_log.reports == 0 and .kernel_log.lost == 0 and
	all(.kernel_log.lines[]; contains("Bad page") | not)'

# Kernels that keep the order of a folio elsewhere: look-ups of the tail pages of what readahead
# made.
guest old 6.1.192 "$scenarios/split-window.cfg" --duration 4 --set mount.data_path=daemon \
	--set 'files[0].make="readahead"' \
	--set 'readers=({ kind = "preadv2"; count = 1; pages = "all"; })' \
	--set 'gate={}' --set race=none
expect old '.witness.ran and .witness.lookups >= 1000 and .captures == 0 and .hits == []'
expect old '.witness.missing == null
	and any(.witness.hooks[]; .role == "level" and .method == "fentry")'

# A guest that dies of something else is booted once more, and is an error then; what happened
# before is kept. It dies when punches have split folios, however long the machine takes to get
# there.
# shellcheck disable=SC2016 # the guest expands it
crash='(until [ "$(cat /sys/kernel/mm/transparent_hugepage/hugepages-2048kB/stats/split)" -ge 8 ]
	do sleep 0.1; done; echo c >/proc/sysrq-trigger) &'
wanted=4
guest dead 7.2.12 "$scenarios/split-window.cfg" --duration 120 --command "$crash"
expect dead '.verdict == "ERROR" and .guest.boots >= 2
	and (.guest.died | contains("sysrq triggered crash")) and .punches > 0
	and .exposures == null'
# On a busy machine the kernel may say something as well. A hit or a capture would be wrong.
jq -s -e '["begin", "phase", "punch", "split"] as $wanted |
	$wanted - map(.type) == [] and map(.type) - $wanted - ["kernel"] == []' \
	"$scratch/dead/events.jsonl" >/dev/null ||
	fail "dead: other events came than should:" \
		"$(jq -r .type "$scratch/dead/events.jsonl" | sort -u | paste -sd ' ')"
wanted=0

# A shell on a terminal, that is left again.
echo "== a shell"
mkfifo "$scratch/keys"
script -qfec "$foliostorm guest --kernel 6.18.9 --shell" "$scratch/shell.log" \
	<"$scratch/keys" >/dev/null &
shell=$!
exec 9>"$scratch/keys"
patience=300 waits_for grep -qs 'built-in shell' "$scratch/shell.log"
printf 'foliostorm run --keys | wc -l\nuname -r\nexit\n' >&9
wait $shell || fail "the shell: exit code $?: $(cat "$scratch/shell.log")"
exec 9>&-
grep -q '^6\.18\.9' "$scratch/shell.log" ||
	fail "the shell did not answer: $(cat "$scratch/shell.log")"

# The seed crash: the kernel's own assertion, with the page that was wanted and the folio that was
# found.
image=$(test_kernel '7.2*-seed1-debugvm')
if [[ -n $image ]]; then
	echo "== the seed crash on $(basename "$image")"
	code=0
	"$foliostorm" guest --image "$image" --expect hit --out "$scratch/seed" \
		"$scenarios/split-forced.cfg" --duration 120 --quiet || code=$?
	[[ $code -eq 0 ]] || fail "seed: exit code $code: $(tail -n 20 "$scratch/seed/console.log")"
	expect seed '.verdict == "HIT" and (.guest.died | length > 0)
		and (.punches == 0 or .first_hit_seconds >= 0)'
	expect seed '.hits[-1] | .kind == "kernel-report" and .function == "filemap_fault"
		and (.text | contains("folio_contains")) and .file == "system.journal"'
	expect seed '.hits[-1] | .folio_index % 512 == 256 and .fault_index > .folio_index
		and .fault_index < .folio_index + 256'
else
	not_tried "no kernel with CONFIG_DEBUG_VM here (FOLIOSTORM_TEST_KERNELS): the seed crash" \
		"itself is not tried"
fi
all_tried
