#!/usr/bin/env bash
# A run that is interrupted or killed at any moment leaves nothing, or nothing that `doctor --clean`
# does not remove; and what is not ours stays.
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
	processes "^$foliostorm run"
	ls -d "$mountpoint"/foliostorm-[0-9]* 2>/dev/null || true
	ls -d /run/foliostorm/* 2>/dev/null || true
}

# Moments of $run, in their order. What it mounts is seen by its own processes.
begins() {
	kill -0 "$run"
}
has_workplace() {
	compgen -G "/run/foliostorm/$run.*" >/dev/null
}
has_backing() {
	losetup -a | grep -qF "$scratch/#" || compgen -G "$mountpoint/foliostorm-[0-9]*" >/dev/null
}
is_mounted() {
	grep -q ' /run/foliostorm/' "/proc/$run/mounts"
}
has_layer() {
	grep -q ' fuse.foliostorm ' "/proc/$run/mounts"
}
makes_files() {
	grep -qs '"type":"phase"' "$scratch/events"
}
storms() {
	grep -qs '"type":"punch"' "$scratch/events"
}

# begin SCENARIO OPTIONS...: a run in the background, $run; what it says is in $scratch/out
begin() {
	rm -f "$scratch/events"
	"$foliostorm" run -q "$@" --events "$scratch/events" \
		--set 'files[0].size=32M' >"$scratch/out" 2>&1 &
	run=$!
}

no_loop_device() {
	! losetup -a | grep -qF "$scratch/#"
}

kill_it() { # what only takes a moment may take it
	kill -KILL "$run"
	wait "$run" 2>/dev/null || true
	waits_for is_gone "^$foliostorm run"
	waits_for no_loop_device
}

for backing in "{ kind = \"image\"; size = \"400M\"; }" \
	"{ kind = \"directory\"; path = \"$mountpoint\"; }"; do
	for moment in begins has_workplace has_backing is_mounted has_layer makes_files storms; do
		begin "$scenarios/split-window.cfg" --set "backing=$backing"
		waits_for $moment
		kill_it
		"$foliostorm" doctor --clean >"$scratch/clean" ||
			fail "doctor --clean: $(cat "$scratch/clean")"
		[[ -z $(ours) ]] || fail "left after SIGKILL when it $moment ($backing): $(ours)"
	done
	for signal in INT TERM HUP; do
		begin "$scenarios/split-window.cfg" --set "backing=$backing"
		waits_for storms
		kill -$signal "$run"
		wait "$run" || true
		[[ -z $(ours) ]] || fail "left after SIG$signal ($backing): $(ours)"
		grep -q verdict "$scratch/out" ||
			fail "no verdict after SIG$signal: $(cat "$scratch/out")"
	done
done

# What a terminal or timeout(1) sends to the whole group ends the storm, not the run.
set -m
for signal in INT TERM HUP; do
	begin "$scenarios/control-pread.cfg" --set backing.size=400M --set expect.min_exposures=0
	waits_for storms
	kill -$signal -- "-$run"
	code=0
	wait "$run" || code=$?
	# On a busy machine the first read may not have been judged by then.
	[[ $code -eq 0 ]] || { [[ $code -eq 3 ]] &&
		grep -q 'no read was judged' "$scratch/out"; } ||
		fail "exit code $code after SIG$signal to the group: $(cat "$scratch/out")"
	[[ -z $(ours) ]] || fail "left after SIG$signal to the group: $(ours)"
done
set +m

# A child that dies is an error of the run, said so, and everything goes. The layer is the first
# child, the worker the second.
while read -r child says; do
	begin "$scenarios/control-pread.cfg" --set backing.size=400M
	waits_for storms
	kill -KILL "$(pgrep -P "$run" | sort -n | sed -n "${child}p")"
	code=0
	wait "$run" || code=$?
	[[ $code -eq 4 ]] ||
		fail "exit code $code after the death of child $child: $(cat "$scratch/out")"
	grep -qF "$says (Killed)" "$scratch/out" || fail "it is not said: $(cat "$scratch/out")"
	[[ -z $(ours) ]] || fail "left after the death of child $child: $(ours)"
done <<-'END'
	1 the layer ended during the run
	2 the worker ended early
END

# A mount in the background that is killed.
mkdir "$scratch/mnt"
"$foliostorm" mount "$mountpoint" "$scratch/mnt"
server=$(processes "^$foliostorm mount .* $scratch/mnt " | cut -d ' ' -f 1)
kill -KILL "$server"
# It has no command line any more before its files are closed.
sees_dead_mount() {
	grep -q "mount $scratch/mnt" <<<"$("$foliostorm" doctor)"
}
waits_for sees_dead_mount
"$foliostorm" doctor --clean >/dev/null
! grep -q "$scratch/mnt" /proc/mounts || fail "the dead mount stays"

# The next run removes what the last one left.
begin "$scenarios/split-window.cfg" --set "backing=$backing"
waits_for storms
kill_it
[[ -n $(ours) ]] || fail "a killed run has left nothing, so the next one has nothing to remove"
"$foliostorm" run -q "$scenarios/control-pread.cfg" --duration 1 --set backing.size=400M \
	--set expect.min_exposures=0 >/dev/null
[[ -z $(ours) ]] || fail "left after the next run: $(ours)"
[[ -d $mountpoint/foliostorm-of-somebody-else ]] || fail "something that is not ours was removed"
