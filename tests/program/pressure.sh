#!/usr/bin/env bash
# Storms that take folios out of the page cache and leave every byte alone; a cgroup of the run's
# own, which goes with it, after SIGKILL as well. Where there is no cgroup v2 with memory it is
# refused before anything is made. The same of swap in zram.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"

all=(--expect clean --duration 1 --set files[0].size=32M --set backing.size=400M --set storm.aim=0 \
	--set storm.length=2M --set "readers[0].pages=all")
for op in pageout drop; do
	enough='.punches > 0 and .reads > 0' run "$op" "$scenarios/control-pread.cfg" "${all[@]}" \
		--set storm.op=$op --set expect.min_exposures=0
	expect "$op" '.punches_failed == 0 and .wrong_reads == 0'
done

# Readers that are let go at the same instant bring pages back: their own ones each of them, the
# same one only the first.
for where in own same; do
	run "$where" "$scenarios/refault.cfg" --duration 2 --set storm.linger=20ms \
		--set expect.min_exposures=50 \
		--set "readers=({ kind=\"pread\"; count=6; pages=\"0-511\"; where=\"$where\";
			order=\"small\"; wait=\"over\"; })"
	expect "$where" '.wrong_reads == 0 and .folios_whole > .folios_other and .exposures > 0'
done
expect own '([.readers[].exposures] | min) > 0'
share() {
	jq '.exposures / .reads' "$scratch/$1/result.json"
}
jq -n -e "$(share own) > $(share same)" >/dev/null ||
	fail "of their own pages $(share own) had to be brought back, of the same $(share same)"

# What cannot be taken out does not count, nor what is not of the wanted order.
expect own '.punches_evicted > 0 and .punches_evicted <= .punches'
run wrong "$scenarios/refault.cfg" --duration 1 --set files[0].folio=512K --set storm.length=512K \
	--set readers[0].pages=0-127 --set readers[1].pages=0-127 \
	--set expect.min_exposures=0
expect wrong '.folios_other > .folios_whole'
code=0
"$foliostorm" run -q "$scenarios/refault.cfg" --duration 1 --set files[0].folio=512K \
	--set storm.length=512K --set readers[0].pages=0-127 --set readers[1].pages=0-127 \
	--set expect.min_exposures=1 >"$scratch/wrong.txt" || code=$?
[[ $code -eq 3 && $(cat "$scratch/wrong.txt") == *'not of the wanted order'* ]] ||
	fail "small folios count: exit code $code: $(cat "$scratch/wrong.txt")"

# refused PATTERN KEY=VALUE SCENARIO OPTIONS...: wrong usage, and what is said of it matches
refused() {
	refuses 2 "$1" "$foliostorm" run -q "${@:3}" --set "$2"
}

while read -r bad pattern; do
	refused "$pattern.*allowed: " "$bad" "$scenarios/refault.cfg" --duration 1 \
		--set storm.op=drop
done <<'END'
storm.skip=8B storm\.skip: drop takes out whole pages
storm.length=6K storm\.length: drop takes out whole pages
readers[0].pages=0-2 readers\[0\]\.where: own: 3 pages for
backing.kind=tmpfs storm\.op: drop does nothing on a tmpfs
readers[0].where=here readers\[0\]\.where: "here"
readers[0].order=tiny readers\[0\]\.order: "tiny"
readers[0].kind=load readers\[0\]\.order: load does not open the file
readers[1].wait=later readers\[1\]\.wait: "later"
readers[0].pages=all readers\[0\]\.where: this reader follows no storm
END
for bad in cgroup.memory_max=1M cgroup.memory_max=lots cgroup.memory_min=64M storm.op=squeeze; do
	refused "${bad%%=*}.*allowed" "$bad" "$scenarios/control-pread.cfg" "${all[@]}"
done
for bad in workload.by=luck workload.memory=3M zram.size=1K; do
	refused "${bad%%=*}.*allowed" "$bad" "$scenarios/stale-folios-zram.cfg"
done

there=$(doctor_says cgroup)
# begin OPTIONS...: a run in the background, $run
begin() {
	"$foliostorm" run -q "$scenarios/control-pread.cfg" "${all[@]}" --duration 60 \
		"$@" >"$scratch/out" 2>&1 &
	run=$!
}
has_cgroup() { # of $run, which names it
	[[ -n $(find /sys/fs/cgroup -maxdepth 2 -type d -name "foliostorm-$run.*" 2>/dev/null) ]]
}
begin --set storm.op=reclaim --set cgroup.memory_max=128M --set expect.min_exposures=0 \
	--duration 1 --out "$scratch/reclaim"
code=0
wait "$run" || code=$?
! has_cgroup || fail "its cgroup stays"
if [[ $there == true && $code -ne 77 ]]; then
	[[ $code -eq 0 ]] || fail "reclaim: exit code $code: $(cat "$scratch/out")"
	expect reclaim '.punches > 0 and .punches_failed == 0 and .wrong_reads == 0'
	begin --set storm.op=reclaim
	waits_for has_cgroup
	kill -KILL "$run"
	wait "$run" 2>/dev/null || true
	"$foliostorm" doctor --clean | grep -q "cgroup .*/foliostorm-$run" ||
		fail "doctor --clean does not name the cgroup"
	! has_cgroup || fail "its cgroup stays after doctor --clean"
else
	[[ $code -eq 77 ]] || fail "no cgroup, and exit code $code: $(cat "$scratch/out")"
	[[ $there == false ]] || not_tried "no run with the cgroup that doctor finds"
	[[ $there == true ]] ||
		grep -q 'cgroup is missing (.*): memory cannot be made short' "$scratch/out" ||
		fail "it is not said: $(cat "$scratch/out")"
fi
no_leftovers "storms of reclaim"

# Swap in zram: there while the run is, and gone with it.
there=$(doctor_says zram)
devices() {
	find /sys/block -maxdepth 1 -name 'zram*' | sort
	grep zram /proc/swaps || true
}
before=$(devices)
has_device() {
	[[ $(devices) != "$before" ]]
}
begin --set storm.op=drop --set zram.size=16M --set expect.min_exposures=0 --duration 1 \
	--out "$scratch/zram"
code=0
wait "$run" || code=$?
[[ $(devices) == "$before" ]] || fail "a zram device stays: $(devices)"
if [[ $there == true && $code -ne 77 ]]; then
	[[ $code -eq 0 ]] || fail "zram: exit code $code: $(cat "$scratch/out")"
	expect zram '.preconditions.zram and .wrong_reads == 0'
	begin --set storm.op=drop --set zram.size=16M
	waits_for has_device
	kill -KILL "$run"
	wait "$run" 2>/dev/null || true
	"$foliostorm" doctor --clean | grep -q 'zram /dev/zram' ||
		fail "doctor --clean does not name the zram device"
	[[ $(devices) == "$before" ]] || fail "a zram device stays after doctor --clean: $(devices)"
else
	[[ $code -eq 77 ]] || fail "no zram, and exit code $code: $(cat "$scratch/out")"
	[[ $there == false ]] || not_tried "no run with the zram that doctor finds"
	[[ $there == true ]] || grep -q 'zram is missing (.*): no swap in' "$scratch/out" ||
		fail "it is not said: $(cat "$scratch/out")"
fi
no_leftovers "swap in zram"
all_tried
