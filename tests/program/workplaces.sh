#!/usr/bin/env bash
# What a mount or a run has written down is removed when it was killed, and nothing else is: not
# what a path seems to name, not what came to its place later, not what is in use. workplaces.sh
# PROGRAM [MOMENTS [SEED]]: kills so many (10).
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
moments=${2:-10} seed=${3:-$RANDOM}
RANDOM=$seed

image=$scratch/xfs.img
xfs=$scratch/xfs
truncate -s 400M "$image"
mkfs.xfs -q "$image"
mkdir "$xfs" "$scratch/source"
mount -o loop "$image" "$xfs"
trap 'umount "$scratch/live"; umount "$xfs" || umount -l "$xfs"; rm -rf "$scratch"' EXIT
scenario=$scenarios/control-pread.cfg

# What is not to be touched: a layer in use, and what looks like a run's.
mkdir "$scratch/live" "$xfs/foliostorm-1.0" "$xfs/data"
echo kept | tee "$scratch/source/kept" "$xfs/foliostorm-1.0/kept" >"$xfs/data/kept"
"$foliostorm" mount "$scratch/source" "$scratch/live" >/dev/null
untouched() { # AFTER
	[[ $(cat "$scratch/live/kept" "$xfs/foliostorm-1.0/kept" "$xfs/data/kept") == \
		kept$'\n'kept$'\n'kept ]] || fail "not left alone: $1"
	"$foliostorm" ctl "$scratch/live" status >/dev/null ||
		fail "the layer in use has no socket: $1"
}
# How many workplaces there are, and mounts of this test but for the layer in use.
left() {
	echo "$(find /run/foliostorm -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" \
		"$(grep -E "^foliostorm ($scratch|/run)/.* fuse\.foliostorm" /proc/mounts |
			grep -cvF "$scratch/live ")"
}
clean() { # AFTER
	"$foliostorm" doctor --clean >"$scratch/clean" || [[ $? -eq 77 ]] ||
		fail "doctor --clean: $1: $(cat "$scratch/clean")"
	[[ $(left) == "1 0" ]] ||
		fail "left $1: $(ls /run/foliostorm; grep -F fuse.foliostorm /proc/mounts
			cat "$scratch/clean")"
	untouched "$1"
}
no_loop_device() {
	! losetup -a | grep -qF "$scratch/#"
}
# begin_mount MOUNTPOINT: $server. What the run before it printed is not taken for its own.
begin_mount() {
	: >"$scratch/out"
	"$foliostorm" mount --foreground "$scratch/source" "$1" >"$scratch/out" 2>&1 &
	server=$!
	waits_for mounted
}
mounted() {
	grep -q 'data path' "$scratch/out"
}
end() { # SIGNAL PROCESS
	kill "-$1" "$2" 2>/dev/null || true
	wait "$2" 2>/dev/null || true
}

# A newline in a path ends nothing.
mkdir "$xfs/data"$'\n'x
"$foliostorm" run -q "$scenario" --duration 1 --set expect.min_exposures=0 \
	--set "backing={ kind = \"directory\"; path = \"$xfs/data\\nx\"; }" >"$scratch/out" 2>&1 ||
	fail "the run: $(cat "$scratch/out")"
[[ -z $(ls "$xfs/data"$'\n'x) ]] || fail "left in the directory with a newline"
clean "after a run whose path has a newline"
odd=$scratch/a$'\n'"directory $xfs/data"
mkdir -p "$odd"
begin_mount "$odd"
end KILL $server
grep -qF "mount $scratch/a\\012directory $xfs/data" <<<"$("$foliostorm" doctor)" ||
	fail "doctor does not name the mount in one line"
clean "after a mount whose path has a newline"

# What was mounted there since is another's.
mkdir "$scratch/mnt"
begin_mount "$scratch/mnt"
end KILL $server
umount -l "$scratch/mnt"
begin_mount "$scratch/mnt"
"$foliostorm" doctor --clean >/dev/null || [[ $? -eq 77 ]] ||
	fail "doctor --clean beside a second mount"
[[ $(cat "$scratch/mnt/kept") == kept && $(left) == "2 1" ]] ||
	fail "the second mount was unmounted"
end TERM $server
clean "after a second mount"

# A connection that is aborted leaves no mount that is dead, whether its server lives or not.
connections=/sys/fs/fuse/connections
mountpoint -q $connections || mount -t fusectl fusectl $connections
abort() {
	local device
	device=$(awk -v place="$scratch/mnt" \
		'$5 == place { sub(".*:", "", $3); print $3 }' /proc/self/mountinfo)
	echo 1 >"$connections/$device/abort"
}
begin_mount "$scratch/mnt"
abort
wait $server || true
[[ $(left) == "1 0" ]] ||
	fail "left after an abort: $(cat "$scratch/out"; grep fuse.foliostorm /proc/mounts)"
begin_mount "$scratch/mnt"
kill -STOP $server
abort
kill -KILL $server
wait $server 2>/dev/null || true
grep -qF "mount $scratch/mnt" <<<"$("$foliostorm" doctor)" ||
	fail "doctor does not find the mount that was aborted"
clean "after an abort and SIGKILL"

# Mounts that come and go beside those who clean lose nothing.
while :; do
	"$foliostorm" doctor --clean --json >/dev/null || [[ $? -eq 77 ]] || exit 1
done &
cleaner=$!
for round in 1 2 3; do
	mounts=()
	for number in 1 2 3 4 5; do
		mkdir -p "$scratch/many.$number"
		"$foliostorm" mount "$scratch/source" "$scratch/many.$number" >/dev/null &
		mounts+=($!)
	done
	wait "${mounts[@]}"
	for number in 1 2 3 4 5; do
		"$foliostorm" ctl "$scratch/many.$number" status >/dev/null ||
			fail "mount $number of round $round has lost its workplace"
		umount "$scratch/many.$number"
	done
	waits_for is_gone "^$foliostorm mount .*/many"
done
kill -TERM $cleaner 2>/dev/null || true
code=0
wait $cleaner || code=$?
[[ $code -eq 143 ]] || fail "doctor --clean beside mounts that come and go: exit code $code"
clean "after mounts beside cleaners"

# Killed at any moment.
fraction() { # MILLISECONDS: up to so many, as seconds
	printf '%d.%03d' $((RANDOM % $1 / 1000)) $((RANDOM % $1 % 1000))
}
echo "seed $seed"
for ((moment = 1; moment <= moments; moment++)); do
	if ((moment % 2)); then
		"$foliostorm" mount --foreground "$scratch/source" \
			"$scratch/mnt" >"$scratch/out" 2>&1 &
		killed=$! at=$(fraction 100)
	elif ((moment % 4)); then
		"$foliostorm" run -q "$scenario" \
			--set "backing={ kind = \"directory\"; path = \"$xfs\"; }" \
			>"$scratch/out" 2>&1 &
		killed=$! at=$(fraction 2000)
	else
		"$foliostorm" run -q "$scenario" --set backing.size=400M >"$scratch/out" 2>&1 &
		killed=$! at=$(fraction 2000)
	fi
	sleep "$at"
	end KILL $killed
	waits_for is_gone "^$foliostorm (run|mount --fore)"
	clean "after SIGKILL at $at s (moment $moment of seed $seed)"
	[[ $(find "$xfs" -maxdepth 1 -name 'foliostorm-*') == "$xfs/foliostorm-1.0" ]] ||
		fail "left on XFS after SIGKILL at $at s: $(ls "$xfs")"
	waits_for no_loop_device
done
