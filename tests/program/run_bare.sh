#!/usr/bin/env bash
# Runs the scenarios on the kernel at hand, on XFS through the mount, with every kind of reader,
# storm and data path.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"

affected=$(doctor_says affected)

enough='.punches > 10 and .exposures >= 20' judge split "$scenarios/split-window.cfg" --duration 3
[[ $affected == true ]] || expect split '.verdict != "HIT"'
expect split '.folios_whole > .folios_other and .calibration.setting != null and .host.stalled >= 0'
expect split \
	'.passages > 0 and .passages <= .punches and .passages <= .exposures
		and .passages <= .splits'
expect split \
	'.data_path == "passthrough" and .splits > 0 and .error == null and .preconditions.root'
[[ $(jq -s 'map(select(.type == "punch")) | length' "$scratch/split/events.jsonl") -eq \
	$(jq .punches "$scratch/split/result.json") ]] ||
	fail "events.jsonl does not hold each punch"
# What a run leaves runs again, and aims at the same pages.
run again "$scratch/split/scenario.cfg" --duration 1 --set race=none
expect again '.aim_page == 257 or .aim_page == 511'
expect again '.host_load.begin >= 0 and .host_load.end > 0'

enough='.reads > 100' run control "$scenarios/control-pread.cfg" --duration 2
expect control '.verdict == "VERIFIED" and .wrong_reads == 0'
# It holds off the split with its lock.
expect control '.exposures > 0 and .passages == 0'

# What a storm has dropped such a reader does not bring back, and what it gets is right.
run nowait "$scenarios/control-pread.cfg" --duration 2 --set expect.min_exposures=0 \
	--set storm.op=drop --set 'readers=({ kind = "preadv2"; pages = "all"; })'
expect nowait \
	'.verdict == "VERIFIED" and .readers[0].kind == "preadv2" and .reads > 100
		and .reads_not_judged > 0'

enough='.punches > 10 and .reads > 100' judge naive "$scenarios/naive-storm.cfg" --duration 1
expect naive '.power != null and .power < 0.5 and (.calibration.setting | contains("random"))'

# Each kind of reader, storm, aim and folio at least once.
while read -r kind op aim folio; do
	name=$kind-$op-$aim-$folio
	enough='.punches > 0 and .reads > 10' run "$name" "$scenarios/split-window.cfg" \
		--duration 1 --expect auto --set "readers[0].kind=$kind" \
		--set "storm.op=$op" --set "storm.aim=$aim" --set "files[0].folio=$folio" \
		--set race=none </dev/null
	expect "$name" ".readers[0].kind == \"$kind\" and .punches_failed == 0
		and (\"$op\" != \"punch\" or .folios_whole > .folios_other)"
done <<-'END'
	load punch batched 64K
	pipe punch interleaved 256K
	pread punch random 1M
	procmem zero-range both 2M
	load truncate every:50 2M
	load collapse-range 300 2M
	pread collapse-range both 64K
	load dedupe 300 2M
	procmem punch 300 2M
END
# Folios of two sizes, with the same hole in each.
for kind in load procmem pread; do
	enough='.punches > 20 and .reads > 100' run "sizes-$kind" "$scenarios/split-window.cfg" \
		--duration 1 --expect auto --set storm.aim=0 \
		--set 'files=({ name = "large"; size = "32M"; folio = "2M"; },
			{ name = "small"; size = "2M"; folio = "64K"; })' \
		--set "readers[0].kind=$kind" --set race=none
	expect "sizes-$kind" '.error == null and (.expected == "hit" or .wrong_reads == 0)'
done
# A copy ends where it ends.
{ head -c $((257 << 12)) /dev/urandom && head -c 4096 /dev/zero &&
	head -c $(((2 << 20) + 100)) /dev/urandom; } >"$scratch/odd.bytes"
enough='.reads > 10000' run odd "$scenarios/split-window.cfg" --duration 1 --expect auto \
	--set 'readers=({ kind = "load"; pages = "all"; })' \
	--set "files=({ name = \"odd\"; content = \"copy\"; from = \"$scratch/odd.bytes\"; })" \
	--set race=none
expect odd '.error == null and (.expected == "hit" or .wrong_reads == 0)'
for path in mixed daemon; do
	enough='.reads > 10' run "path-$path" "$scenarios/control-pread.cfg" --duration 1 \
		--set mount.data_path=$path --set expect.min_exposures=0
	expect "path-$path" ".data_path == \"$path\" and .wrong_reads == 0 and .passages == 0"
done
# Where no folio is split, exposures prove nothing. On a busy machine there may be none in a second.
for duration in 2 20 60; do
	code=0
	"$foliostorm" run -q "$scenarios/split-window.cfg" --duration $duration --expect clean \
		--set mount.data_path=daemon \
		--set expect.min_exposures=1 --set 'readers[0].kind=pread' \
		--set 'readers[0].pages=all' >"$scratch/unsplit.txt" || code=$?
	[[ $code -eq 3 ]] || fail "no split and exit code $code: $(cat "$scratch/unsplit.txt")"
	grep -q 'are wanted for a clean verdict' "$scratch/unsplit.txt" || break
done
{ ! grep -q 'are wanted for a clean verdict' "$scratch/unsplit.txt" &&
	grep -q 'folios were not of the wanted order' "$scratch/unsplit.txt"; } ||
	fail "inconclusive for another reason: $(cat "$scratch/unsplit.txt")"
run counted "$scenarios/split-window.cfg" --duration 5m --set storm.punches=7 --set race=none
expect counted '.punches == 7 and .error == null and .duration_seconds < 300'
run backing "$scenarios/split-window.cfg" --duration 1 --set storm.through=backing --set race=none
# A rule that delays the punch by 20 ms leaves room for at most 50 a second.
run rule "$scenarios/split-window.cfg" --duration 1 --set race=none \
	--set 'rules=({ when = { op = "fallocate"; }; do = { delay = "20ms"; }; })'
expect rule \
	'.punches > 0 and .punches <= 50 * .duration_seconds + 5 and .rules[0].fired == .punches'
# phase_rules OP: a rule for each phase, named after it
phase_rules() {
	local phase rules=
	for phase in preparing storm gather settle punch linger refill; do
		rules+="${rules:+, }{ name = \"$phase\";"
		rules+=" when = { op = \"$1\"; phase = \"$phase\"; }; do = { log = true; }; }"
	done
	echo "rules=($rules)"
}
# The storm's punches come in their phase and in no other of a punch; some other folio may be
# refilled meanwhile.
run phase-punch "$scenarios/split-window.cfg" --duration 1 --set race=none \
	--set "$(phase_rules fallocate)"
expect phase-punch \
	'.rules | map(select(.name != "refill" and .fired > 0) | .name) == ["storm", "punch"]'
expect phase-punch '.punches > 0 and .rules[1].fired == .punches and .rules[4].fired == .punches'
# Where the refill goes through the layer, all that is written is written in its phase.
enough='any(.rules[]; .name == "refill" and .fired > 0)' run phase-refill \
	"$scenarios/control-pread.cfg" --duration 1 --set expect.min_exposures=0 \
	--set mount.data_path=daemon --set "$(phase_rules write)"
expect phase-refill \
	'.rules | map({(.name): .fired}) | add | .preparing > 0 and .refill > 0
		and .refill == .storm'
# The same seed decides the same: where random punches go.
for n in 1 2; do
	enough='.punches >= 40' run "seed-$n" "$scenarios/naive-storm.cfg" --set race=none \
		--duration 1 --seed 7
	jq -nc 'limit(40; inputs | select(.type == "punch") | [.folio, .generation, .first_byte])' \
		"$scratch/seed-$n/events.jsonl" >"$scratch/seed-$n.punches"
done
[[ -s $scratch/seed-1.punches ]] || fail "no punches"
cmp "$scratch/seed-1.punches" "$scratch/seed-2.punches" || fail "the same seed punched elsewhere"
# A file system that the kernel does not have is named, with the option that brings it.
for fs in btrfs f2fs; do
	code=0
	command -v "mkfs.$fs" >/dev/null || { not_tried "no mkfs.$fs here"; continue; }
	"$foliostorm" run --quiet "$scenarios/control-pread.cfg" --duration 1 --set race=none \
		--set "backing.fs=$fs" >"$scratch/fs.txt" 2>&1 || code=$?
	if grep -qw "$fs" /proc/filesystems; then
		! grep -q "does not have $fs" "$scratch/fs.txt" || fail "$(cat "$scratch/fs.txt")"
	else
		[[ $code -eq 77 ]] || fail "$fs: exit code $code: $(cat "$scratch/fs.txt")"
		grep -q "this kernel does not have $fs: use one with CONFIG_" "$scratch/fs.txt" ||
			fail "$fs: $(cat "$scratch/fs.txt")"
	fi
done
all_tried
