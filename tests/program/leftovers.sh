#!/usr/bin/env bash
# A run that is interrupted or killed at any moment leaves nothing, or nothing that `doctor --clean` does not remove; and what
# is not ours stays.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

image=$scratch/xfs.img
mountpoint=$scratch/xfs
truncate -s 400M "$image"
mkfs.xfs -q "$image"
mkdir "$mountpoint"
mount -o loop "$image" "$mountpoint"
trap 'umount "$mountpoint" || umount -l "$mountpoint"; rm -rf "$scratch"' EXIT
mkdir "$mountpoint/foliostorm-of-somebody-else"

# Ours only: the test's own mount and loop device stay.
ours() {
	grep -E 'fuse\.foliostorm|/run/foliostorm' /proc/mounts || true
	losetup -a | grep -F "$scratch/#" || true
	pgrep -af "^$foliostorm run" || true
	ls -d "$mountpoint"/foliostorm-[0-9]* 2>/dev/null || true
	ls -d /run/foliostorm/* 2>/dev/null || true
}

wait_until_gone() { # what only takes a moment may take it
	local tries=100
	while pgrep -f "^$foliostorm run" >/dev/null; do
		((tries-- > 0)) || fail "still running: $(pgrep -af "^$foliostorm run")"
		sleep 0.1
	done
	tries=50
	while losetup -a | grep -qF "$scratch/#"; do
		((tries-- > 0)) || fail "a loop device stays: $(losetup -l)"
		sleep 0.1
	done
}

for backing in "{ kind = \"image\"; size = \"400M\"; }" "{ kind = \"directory\"; path = \"$mountpoint\"; }"; do
	for moment in 0.01 0.05 0.1 0.3 0.7 1.5; do
		"$foliostorm" run -q "$scenarios/split-window.cfg" --set "backing=$backing" --set 'files[0].size=32M' >/dev/null 2>&1 &
		sleep "$moment"
		kill -KILL $!
		wait $! 2>/dev/null || true
		wait_until_gone
		"$foliostorm" doctor --clean >"$scratch/clean" || fail "doctor --clean: $(cat "$scratch/clean")"
		[[ -z $(ours) ]] || fail "left after SIGKILL at $moment s ($backing): $(ours)"
	done
	for signal in INT TERM HUP; do
		"$foliostorm" run -q "$scenarios/split-window.cfg" --set "backing=$backing" --set 'files[0].size=32M' >"$scratch/out" 2>&1 &
		sleep 0.8
		kill -$signal $!
		wait $! || true
		[[ -z $(ours) ]] || fail "left after SIG$signal ($backing): $(ours)"
		grep -q verdict "$scratch/out" || fail "no verdict after SIG$signal: $(cat "$scratch/out")"
	done
done

# What a terminal or timeout(1) sends to the whole group ends the storm, not the run.
for signal in INT TERM HUP; do
	setsid "$foliostorm" run -q "$scenarios/control-pread.cfg" --set backing.size=400M --set 'files[0].size=32M' \
		--set expect.min_exposures=0 >"$scratch/out" 2>&1 &
	group=$!
	sleep 1.5
	kill -$signal -- -$group
	code=0
	wait $group || code=$?
	[[ $code -eq 0 ]] || fail "exit code $code after SIG$signal to the group: $(cat "$scratch/out")"
	[[ -z $(ours) ]] || fail "left after SIG$signal to the group: $(ours)"
done

# A child that dies is an error of the run, said so, and everything goes.
for child in 1 2; do
	code=0
	"$foliostorm" run -q "$scenarios/control-pread.cfg" --set backing.size=400M --set 'files[0].size=32M' >"$scratch/out" 2>&1 &
	run=$!
	sleep 1
	kill -KILL "$(pgrep -P $run | sed -n "${child}p")"
	wait $run || code=$?
	[[ $code -eq 4 ]] || fail "exit code $code after the death of child $child: $(cat "$scratch/out")"
	grep -qE 'the (layer|worker) ended (early|during the run) \(Killed\)' "$scratch/out" || fail "it is not said: $(cat "$scratch/out")"
	[[ -z $(ours) ]] || fail "left after the death of child $child: $(ours)"
done

# A mount in the background that is killed.
mkdir "$scratch/mnt"
"$foliostorm" mount "$mountpoint" "$scratch/mnt"
pkill -KILL -f "^$foliostorm mount"
sleep 0.5
"$foliostorm" doctor | grep -q "mount $scratch/mnt" || fail "doctor does not see the dead mount"
"$foliostorm" doctor --clean >/dev/null
grep -q "$scratch/mnt" /proc/mounts && fail "the dead mount stays"

# The next run removes what the last one left.
"$foliostorm" run -q "$scenarios/split-window.cfg" --set "backing=$backing" --set 'files[0].size=32M' >/dev/null 2>&1 &
sleep 0.7
kill -KILL $!
wait $! 2>/dev/null || true
wait_until_gone
"$foliostorm" run -q "$scenarios/control-pread.cfg" --duration 1 --set backing.size=400M --set expect.min_exposures=0 >/dev/null
[[ -z $(ours) ]] || fail "left after the next run: $(ours)"
[[ -d $mountpoint/foliostorm-of-somebody-else ]] || fail "something that is not ours was removed"
