# shellcheck shell=bash
# shellcheck disable=SC2034,SC2154 # given to and by who sources this
# Sourced, after program.sh, by tests that mount the layer themselves and steer it. $2 is the
# application. Gives: XFS in $scratch/xfs, a directory $place to mount on, ctl, says,
# sees_misplaced, reads_right, and no_sanitizer_reports.
application=$(readlink -f "$2")

# What serves in the background has no standard error.
for sanitizer in ASAN UBSAN TSAN; do
	export ${sanitizer}_OPTIONS="log_path=$scratch/sanitizer"
done
place=$scratch/mount
mkdir "$scratch/xfs" "$place"
trap 'umount -q "$place" || umount -ql "$place" || true; umount -ql "$scratch/xfs" || true
	rm -rf "$scratch"' EXIT
truncate -s 512M "$scratch/image"
mkfs.xfs -q "$scratch/image" || skip "mkfs.xfs is not installed"
mount -o loop "$scratch/image" "$scratch/xfs"

ctl() {
	"$foliostorm" ctl "$place" "$@"
}

# says PATTERN COMMAND...: its output matches
says() {
	local pattern=$1 got
	shift
	got=$("$@" 2>&1) || true
	grep -qE -- "$pattern" <<<"$got" ||
		fail "${story:+$story: }no \"$pattern\" in what $* says: $got"
}

# sees_misplaced FILE: page 1000 is another right after a hole in its folio, with the rules of
# misplaced-page.cfg. On a busy machine the window can be over before it is read: to be waited for.
sees_misplaced() {
	fallocate --punch-hole --offset $(((512 + 257) * 4096)) --length 4096 "$1"
	"$application" look "$1" 1000 8 >"$scratch/seen"
	grep -q 'page 1000 is page [0-9]' "$scratch/seen"
}

reads_right() { # FILE: its pages from 1000 on
	[[ $("$application" look "$1" 1000 8) == "0 wrong" ]]
}

no_sanitizer_reports() {
	local report
	for report in "$scratch"/sanitizer*; do
		[[ ! -e $report ]] || fail "$(cat "$report")"
	done
}
