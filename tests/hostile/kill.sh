#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Any process is killed at any moment: of a mount that is written to, of a run, a tuning, a guest
# and a matrix. What a client had acknowledged and synced is beneath; the others end, and do not say
# that all is well; after `doctor --clean` nothing is left, and the next of its kind works.
#
# usage: kill.sh FOLIOSTORM RECORDS [COUNT [PATTERN [SEED]]]
#
# COUNT: times that each is killed (2). PATTERN: of what is to be killed.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

records=$(readlink -f "$2")
count=${3:-2} pattern=${4:-.}
RANDOM=${5:-$$}
echo "seed ${5:-$$}"
kills=0 acknowledged=0

trap 'umount -ql "$scratch/mount" "$scratch/xfs" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir "$scratch"/{xfs,mount}
truncate -s 400M "$scratch/image"
mkfs.xfs -q "$scratch/image"
mount -o loop "$scratch/image" "$scratch/xfs"
mkdir "$scratch/xfs/a"
small=(--set backing.size=300M --set 'files[0].size=8M' --set expect.min_exposures=1)

# A moment up to so many milliseconds from now.
wait_up_to() { # MILLISECONDS
	local moment=$((RANDOM * $1 / 32768))
	sleep "$((moment / 1000)).$(printf %03d $((moment % 1000)))"
}

descendants() { # PROCESS
	local child
	echo "$1"
	for child in $(pgrep -P "$1" || true); do
		descendants "$child"
	done
}

kill_one_of() { # PROCESS: it, or whatever it has started
	local of chosen
	mapfile -t of < <(descendants "$1")
	chosen=${of[RANDOM % ${#of[@]}]}
	killed="$({ tr '\0' ' ' <"/proc/$chosen/cmdline"; } 2>/dev/null | cut -c 1-60 ||
		true), $([[ $chosen == "$1" ]] && echo "the first" || echo "one of ${#of[@]}")"
	kill -KILL "$chosen" 2>/dev/null || true
	kills=$((kills + 1))
}

no_loop_device() {
	! losetup -a | grep -qF "$scratch/#"
}

cleaned() { # WHAT
	waits_for is_gone '^([^ ]*/)?(foliostorm|qemu-system)[^ ]* '
	waits_for no_loop_device
	"$foliostorm" doctor --clean >"$scratch/clean" 2>&1 ||
		fail "doctor --clean after $1 was killed ($killed): $(cat "$scratch/clean")"
	no_leftovers "$1 ($killed)"
	! compgen -G "$scratch/foliostorm*" >/dev/null ||
		fail "$1 ($killed) leaves $(echo "$scratch"/foliostorm*)"
}

# The supervisor itself was killed, or says that something went wrong; or it was done before.
sane() { # NAME CODE CODES...
	local name=$1 code=$2 may
	shift 2
	for may; do
		[[ $code -ne $may ]] || return 0
	done
	fail "$name ($killed): exit code $code: $(tail -n 3 "$scratch/out")"
}

kill_mount() { # DATA-PATH
	local server client count
	"$foliostorm" mount --data-path "$1" "$scratch/xfs/a" "$scratch/mount" >/dev/null
	server=$(processes "^$foliostorm mount " | cut -d ' ' -f 1)
	: >"$scratch/acknowledged"
	"$records" write "$scratch/mount/records" >"$scratch/acknowledged" &
	client=$!
	waits_for test -s "$scratch/acknowledged"
	wait_up_to 400
	kill_one_of "$server"
	wait $client 2>/dev/null || true
	umount -l "$scratch/mount"
	count=$(tail -n 1 "$scratch/acknowledged")
	acknowledged=$((acknowledged + count))
	"$records" check "$scratch/xfs/a/records" "$count" || fail "synced through $1 and lost"
	cleaned "a mount by $1"
}

kill_passthrough() { kill_mount passthrough; }
kill_mixed() { kill_mount mixed; }
kill_daemon() { kill_mount daemon; }

kill_run() {
	local code=0 process
	rm -rf "$scratch/result"
	"$foliostorm" run -q "$scenarios/control-pread.cfg" --duration 1 --out "$scratch/result" \
		"${small[@]}" >"$scratch/out" 2>&1 &
	process=$!
	wait_up_to 2500
	kill_one_of $process
	wait $process 2>/dev/null || code=$?
	sane "a run" $code 137 4 3 0
	[[ $code -ne 0 ]] || expect result '.verdict == "VERIFIED" and .exposures > 0'
	cleaned "a run"
}

kill_tune() {
	local code=0 process
	rm -rf "$scratch/tuned"
	"$foliostorm" tune -q "$scenarios/split-window.cfg" --duration 300ms --budget 4s \
		--goal exposures --vary storm.settle=0us..1ms --out "$scratch/tuned" \
		--set backing.size=300M --set 'files[0].size=8M' >"$scratch/out" 2>&1 &
	process=$!
	wait_up_to 4000
	kill_one_of $process
	wait $process 2>/dev/null || code=$?
	sane "a tuning" $code 137 0 1 3 4
	cleaned "a tuning"
}

# boots_and_is_killed NAME COMMAND OPTIONS...: it boots or is restored when it is killed, QEMU or
# what prepares it. A guest that is gone before its job began is booted once more, and may be
# through by then.
boots_and_is_killed() {
	local name=$1 code=0 process
	rm -rf "${scratch:?}/$name"
	"$foliostorm" "${@:2}" "$scenarios/control-pread.cfg" --duration 1 \
		--out "$scratch/$name" >"$scratch/out" 2>&1 &
	process=$!
	wait_up_to 6000
	kill_one_of $process
	wait $process 2>/dev/null || code=$?
	[[ $code -ne 77 ]] || { not_tried "a guest cannot be run here" && return; }
	sane "a $name" $code 137 4 0
	[[ $code -ne 0 ]] || find "$scratch/$name" -name result.json -exec cat {} + |
		jq -es 'length == 1 and .[0].verdict == "VERIFIED" and .[0].exposures > 0' \
			>/dev/null || fail "a $name ($killed) says that all is well without a run"
	cleaned "a $name"
}

kill_guest() {
	boots_and_is_killed guest guest -q --kernel 6.18.9
}

kill_matrix() {
	boots_and_is_killed matrix matrix -q --jobs 1 --kernels 6.18.9
}

for subject in passthrough mixed daemon run tune guest matrix; do
	[[ $subject =~ $pattern ]] || continue
	for ((time = 0; time < count; time++)); do
		kill_$subject
	done
	echo "$subject: $kills kills by now, $acknowledged records acknowledged, $SECONDS s"
done
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"
run next "$scenarios/control-pread.cfg" --duration 300ms "${small[@]}"
all_tried
