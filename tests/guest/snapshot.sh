#!/usr/bin/env bash
# Guests from snapshots: two that want the same one share it, each is a machine of its own, and one
# that is damaged is booted over. What needs no guest is in test_snapshot.c. With a number behind
# the command, restores that many times and looks for what is left behind.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

# A cache of its own, with what is slow to make.
usual=${XDG_CACHE_HOME:-$HOME/.cache}/foliostorm
"$tests/../tools/guest/fetch-kernel" 6.18.9 >/dev/null ||
	fail "the kernel of this test cannot be had"
mkdir -p "$scratch/cache/foliostorm" "$usual/initramfs"
ln -s "$usual/"{kernels,initramfs} "$scratch/cache/foliostorm/"
[[ ! -e $usual/kvm ]] || cp "$usual/kvm" "$scratch/cache/foliostorm/"
export XDG_CACHE_HOME=$scratch/cache
snapshots=$scratch/cache/foliostorm/snapshots

# guest NAME: tells of itself in $scratch/NAME: time, boot id, name, randomness
guest() {
	local code=0
	# shellcheck disable=SC2016 # the guest expands it
	"$foliostorm" guest --kernel 6.18.9 --memory 1024 --quiet --command 'date +%s
		cat /proc/sys/kernel/random/boot_id; hostname
		head -c 16 /dev/urandom | od -An -tx1' >"$scratch/$1" 2>"$scratch/$1.errors" ||
		code=$?
	[[ $code -ne 77 ]] || skip "a guest cannot be run here"
	[[ $code -eq 0 && $(wc -l <"$scratch/$1") -eq 4 ]] ||
		fail "$1: exit code $code: $(cat "$scratch/$1" "$scratch/$1.errors")"
}
says_nothing() {
	[[ $(grep -vc '^guest: ' "$scratch/$1.errors") -eq 0 ]] ||
		fail "$1: $(cat "$scratch/$1.errors")"
}
kept() {
	find "$snapshots" -name '*.snapshot' -printf '%i\n'
}

echo "== two at once"
guest one &
first=$!
guest two
wait $first || fail "one: exit code $?"
says_nothing one
says_nothing two
made=$(kept)
[[ $(wc -l <<<"$made") -eq 1 ]] ||
	fail "two guests made other than one snapshot: $(ls -l "$snapshots")"
[[ $(stat -c %a "$snapshots"/*.snapshot) == 600 ]] ||
	fail "others may read it: $(ls -l "$snapshots")"
# A minute later it would still be the time of the snapshot.
sleep 3
guest three
[[ $(kept) == "$made" ]] || fail "the third one made another snapshot"
late=$(($(date +%s) - $(head -n 1 "$scratch/three")))
[[ $late -ge -1 && $late -le 60 &&
	$(head -n 1 "$scratch/three") -gt $(stat -c %W "$snapshots"/*.snapshot) ]] ||
	fail "its clock is $late s late"
for line in 2 3 4; do
	different=$(for name in one two three; do
		sed -n ${line}p "$scratch/$name"
	done | sort -u | wc -l)
	[[ $different -eq 3 ]] ||
		fail "line $line is the same in two of them: $(cat "$scratch"/{one,two,three})"
done

echo "== damaged"
printf '?' | dd of="$(echo "$snapshots"/*.snapshot)" bs=1 seek=50000000 conv=notrunc status=none
guest damaged
grep -q 'the snapshot .* is damaged; making it anew$' "$scratch/damaged.errors" ||
	fail "damaged: it says $(cat "$scratch/damaged.errors")"
[[ $(grep -vc '^guest: ' "$scratch/damaged.errors") -eq 1 ]] ||
	fail "damaged: not one line: $(cat "$scratch/damaged.errors")"
[[ $(kept | wc -l) -eq 1 ]] ||
	fail "no new snapshot was made of the damaged one: $(ls -li "$snapshots")"
truncate -s 1000000 "$snapshots"/*.snapshot
guest cut
grep -q 'the snapshot .* is damaged or foreign; making it anew$' "$scratch/cut.errors" ||
	fail "cut short: it says $(cat "$scratch/cut.errors")"
guest whole
says_nothing whole

"$foliostorm" doctor --cache >"$scratch/listed" || true
grep -q '^snapshot  .*6\.18\.9' "$scratch/listed" || fail "doctor lists $(cat "$scratch/listed")"
[[ $(kept | wc -l) -eq 1 ]] || fail "doctor --cache has removed it: $(ls "$snapshots")"
"$foliostorm" doctor --clean --cache >"$scratch/listed" || true
grep -q '^snapshots  *removed, or none$' "$scratch/listed" ||
	fail "doctor says $(cat "$scratch/listed")"
[[ -z $(kept) ]] || fail "doctor --clean --cache leaves $(ls "$snapshots")"

echo "== a cache that is full, and one that cannot be written"
if unshare -m true 2>/dev/null; then
	# shellcheck disable=SC2016 # for the shell in there
	said=$(unshare -m sh -c 'mount -t tmpfs -o size=32m tmpfs "$1" &&
		"$2" guest --kernel 6.18.9 --memory 1024 --quiet --command "echo it ran"' \
		- "$snapshots" "$foliostorm" 2>&1) || fail "exit code $?: $said"
	[[ $said == *"no snapshot of 6.18.9 can be kept ("*"); booting it"*"it ran"* ]] ||
		fail "a cache that is full: $said"
	# shellcheck disable=SC2016 # for the shell in there
	said=$(unshare -m sh -c 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" &&
		"$2" guest --kernel 6.18.9 --memory 1024 --quiet --command "echo it ran"' \
		- "$snapshots" "$foliostorm" 2>&1) || fail "exit code $?: $said"
	wanted="no snapshot of 6.18.9 can be kept ($snapshots: Read-only file system); booting it"
	[[ $said == *"$wanted"*"it ran"* ]] || fail "a cache that cannot be written: $said"
else
	not_tried "no mount namespace here"
fi

# How many times is for the benchmarks.
if [[ ${2:-0} -gt 0 ]]; then
	echo "== $2 times"
	guest again
	before=$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)
	for ((i = 0; i < $2; i++)); do
		guest again
		says_nothing again
	done
	! pgrep -P $$ -x qemu-system-x86 >/dev/null || fail "a guest is still there"
	after=$(awk '/MemAvailable/ { print $2 }' /proc/meminfo)
	echo "restored $2 times; memory available before and after: $before, $after KiB"
fi
all_tried
