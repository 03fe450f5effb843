#!/usr/bin/env bash
# Interleavings that are forced, by the engine outside of the guest and by the one in its kernel:
# hit in each passage that is made on a kernel that has the race, withstood on one that has not,
# however busy the host is. What cannot be followed is an error of the run that names the point.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# forced NAME CODE KERNEL OPTIONS...: the result is in $scratch/NAME.
forced() {
	local name=$1 wanted=$2 code=0
	"$foliostorm" guest --quiet --kernel "$3" "$scenarios/split-forced.cfg" \
		--out "$scratch/$name" "${@:4}" >"$scratch/$name.txt" 2>&1 || code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here: $(cat "$scratch/$name.txt")"
	cat "$scratch/$name.txt"
	[[ $code -eq $wanted ]] || fail "$name: exit code $code, wanted $wanted"
}

# Not even a machine of its own: no BPF, no probes, and memory that nobody may look at.
forced affected 0 6.18.9 --append lockdown=confidentiality --set expect.made=10 --expect hit
expect affected \
	'.verdict == "HIT" and .schedule.engine == "qemu" and .schedule.made >= 10
		and .schedule.withstood == 0'
expect affected '.punches_hit >= .schedule.made and .first_hit_seconds < 10'
expect affected '([.schedule.missed[].count] | add // 0) + .schedule.made <= .schedule.passages'

# The passage of the first hit can be seen: all holds, in time, and before the hit. The engine
# outside has the guest's clock of the reader, as it looked last: a second ago at most.
steps_seen() { # NAME
	jq -es 'def at(f): map(select(f)) | first;
		at(.type == "hit") as $hit |
		at(.type == "punch" and .punch == $hit.punch) as $punch |
		map(select(.type == "step" and .punch == $hit.punch)) as $steps |
		([$steps[].step] | index("made")) and ([$steps[].ns] | . == sort) and
		([$steps[] | select(.step == "released").hold] | sort) == [0, 1, 2, 3] and
		([$steps[] | select(.code // "" | test("^__folio_split[+]0x"))] | length) >= 2 and
		([$steps[].code // "?"] | any(test("^__pfx")) | not) and
		$steps[0].ns >= $punch.ns - 1e9 and $steps[-1].ns <= $hit.ns + 1e9 and
		([.[].number] | . == [range(length)])' "$scratch/$1/events.jsonl" >/dev/null ||
		fail "the steps of the first hit of $1: $(grep '"step"' "$scratch/$1/events.jsonl")"
}
steps_seen affected

# The first hold is where everybody comes to: it is watched only while the reader is at a punch, or
# the run would not get as far as its storm.
forced everybody 0 6.18.9 --set expect.made=15 --expect hit --set 'schedule=(
	{ hold = "read"; at = "entry of filemap_get_entry";
	  until = "split calls folio_lruvec_lock in __folio_split"; },
	{ hold = "split"; at = "__folio_split calls __xa_store";
	  until = "read returns from __filemap_get_folio in filemap_fault"; },
	{ hold = "read"; at = "return from __filemap_get_folio in filemap_fault";
	  until = "split returns from __folio_split"; } )'
expect everybody '.verdict == "HIT" and .schedule.made >= 3'

forced interleaved 0 6.16.12 --set expect.made=5 --set witness=true --expect hit
expect interleaved '.verdict == "HIT" and .schedule.made >= 5 and .captures >= 5'

forced fixed 0 7.2.12 --set expect.made=10 --expect clean
expect fixed '.verdict == "CLEAN" and .schedule.withstood >= 10 and .schedule.made == 0
	and .wrong_reads == 0'
expect fixed '.reason | test("[0-9]+ passages: 0 made, [0-9]+ withstood")'

# Other ways to the page cache: pread on ext4 from outside, and in the same guest loads from a tmpfs
# by the engine in its kernel.
# shellcheck source=tests/support/in_guest.sh
source "$tests/support/in_guest.sh"
code=0
memfd=$(
	in_guest_scenario memfd "$scenarios/memfd-forced.cfg"
	echo 'foliostorm run --quiet --out /out/memfd /tmp/memfd.cfg --set expect.made=3'
)
"$foliostorm" guest --quiet --kernel 6.18.9 "$scenarios/pread-forced.cfg" \
	--out "$scratch/pread" --set expect.made=3 --expect hit --command "$memfd" || code=$?
[[ $code -eq 0 ]] || fail "pread and memfd: exit code $code"
for name in pread pread/memfd; do
	expect $name '.verdict == "HIT" and .schedule.made >= 3 and .schedule.withstood == 0
		and .punches_hit >= .schedule.made - 1'
done

# A real program: held where it takes a page that the punch will expose. What it prints is not what
# it printed undisturbed.
if [[ -x /lib/systemd/systemd-journal-remote && -n $(command -v journalctl) ]]; then
	code=0
	"$foliostorm" guest --quiet --kernel 6.18.9 "$scenarios/journalctl.cfg" --duration 300 \
		--out "$scratch/journalctl" --set expect.made=1 --expect hit || code=$?
	[[ $code -eq 0 ]] || fail "journalctl: exit code $code"
	expect journalctl '.verdict == "HIT" and .schedule.made >= 1
		and any(.hits[]; .kind == "output" and .wanted != .got)'
else
	not_tried "no journalctl and systemd-journal-remote here"
fi

forced unknown 4 6.18.9 --set 'schedule[1].at="entry of folio_splat"'
expect unknown '.verdict == "ERROR" and .punches == 0'
grep -q 'folio_splat is not a function of this kernel' "$scratch/unknown.txt" ||
	fail "it is not said what is not there"

# The engine in the kernel comes to the same, in the same words. Its probes go with the run, also
# when that is killed.
# shellcheck disable=SC2016 # the guest's variables
killed='probes=/sys/kernel/debug/kprobes/list
until_probes() {
	for i in $(seq 600); do
		[ "$(grep -q . $probes && echo there || echo gone)" != $1 ] || break
		sleep 0.1
	done
	echo "probes $1: $(wc -l <$probes)"
}
foliostorm run --quiet scenarios/split-forced.cfg --set expect.made=1000000 & run=$!
until_probes there; kill -9 $run; until_probes gone'
forced affected_bpf 0 6.18.9 --schedule-engine bpf --set expect.made=10 --expect hit \
	--command "$killed"
for probes in 'there: [1-9]' 'gone: 0'; do
	grep -q "probes $probes" "$scratch/affected_bpf.txt" ||
		fail "probes of a killed run: $(grep probes "$scratch/affected_bpf.txt")"
done
expect affected_bpf '.verdict == "HIT" and .schedule.engine == "bpf" and .schedule.made >= 10
	and .schedule.withstood == 0'
steps_seen affected_bpf
# Of some 500 passages that were made one was no hit.
expect affected_bpf '.punches_hit >= .schedule.made - 1 and .first_hit_seconds < 10'
forced fixed_bpf 0 7.2.12 --schedule-engine bpf --set expect.made=10 --set witness=true \
	--expect clean
expect fixed_bpf '.verdict == "CLEAN" and .schedule.withstood >= 10 and .schedule.made == 0
	and .wrong_reads == 0'
# The witness finds its places in the code as it was before there were probes.
expect fixed_bpf '.captures == 0 and .splits_inspected >= 10 and (.misplaced_slots | length) == 0'
for name in affected fixed; do
	for what in '.schedule | keys' 'keys' '[.verdict, .expected]'; do
		diff <(jq "$what" "$scratch/$name/result.json") \
			<(jq "$what" "$scratch/${name}_bpf/result.json") ||
			fail "$name: $what is not the same by both engines"
	done
done

# As a script of threads, with a step of one to wait for; the steps of files that are made anew by
# the same code are none.
code=0
"$foliostorm" guest --quiet --kernel 6.18.9 "$scenarios/split-threads.cfg" \
	--set 'schedule[3].until="puncher ends step 0"' --out "$scratch/threads" \
	--set expect.made=3 --expect hit >"$scratch/threads.txt" 2>&1 || code=$?
[[ $code -eq 0 ]] || fail "threads: exit code $code: $(cat "$scratch/threads.txt")"
expect threads '.verdict == "HIT" and .schedule.made >= 3 and .threads.hit >= 3
	and .hits[0].reader_kind == "loader"'

# It is refused where it cannot be.
code=0
"$foliostorm" guest --quiet --kernel 6.18.9 "$scenarios/split-forced.cfg" \
	--schedule-engine bpf --append lockdown=confidentiality >"$scratch/locked.txt" 2>&1 ||
	code=$?
[[ $code -eq 77 ]] || fail "locked down: exit code $code"
grep -q 'no engine for schedules here: /proc/kcore: .* that is not locked down' \
	"$scratch/locked.txt" || fail "locked down: $(cat "$scratch/locked.txt")"

# Nothing can be probed where ftrace does not reach, but what is called there.
allocates='kmem_cache_alloc_lru|kmem_cache_alloc_lru_noprof'
called="foliostorm run --quiet scenarios/split-forced.cfg --set expect.made=3 \
	--set 'schedule[0].until=\"split calls $allocates in xas_try_split\"' \
	--set 'schedule[1].at=\"xas_try_split calls $allocates\"' | grep '^schedule'"
# Nor can a function be found where the kernel does not say where it is, or has no list.
# shellcheck disable=SC2089 # the guest's shell takes it apart
called+='; echo 2 >/proc/sys/kernel/kptr_restrict
foliostorm run --quiet scenarios/split-forced.cfg; echo "hidden: $?"
mount --bind /dev/null /proc/kallsyms
foliostorm run --quiet scenarios/split-forced.cfg; echo "no list: $?"
umount /proc/kallsyms; echo 1 >/proc/sys/kernel/kptr_restrict'
forced unprobed 4 6.18.9 --schedule-engine bpf --set 'schedule[1].at="entry of xas_load"' \
	--set 'schedule[0].until="split enters xas_load"' --command "$called"
grep -q '^schedule .*passages: [3-9] made' "$scratch/unprobed.txt" ||
	fail "a call out of lib/ is not held"
for what in 'hides where functions are; CAP_SYSLOG' \
	'lists no function; a kernel with CONFIG_KALLSYMS' '^hidden: 77$' '^no list: 77$'; do
	grep -q "$what" "$scratch/unprobed.txt" || fail "without symbols, not said: $what"
done
expect unprobed '.verdict == "ERROR" and .punches == 0'
grep -q 'entry of xas_load: this kernel takes no probe there' "$scratch/unprobed.txt" ||
	fail "it is not said where no probe can be"
no_leftovers "forced interleavings"
all_tried
