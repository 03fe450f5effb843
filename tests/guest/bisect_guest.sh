#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Bisections over real kernels: the first bad one, interrupted and resumed; the first fixed one; and
# what is refused before anything runs.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
command -v qemu-system-x86_64 >/dev/null || skip "qemu-system-x86_64 is not installed"
cd "$scratch"
cp "$scenarios/split-window.cfg" race.cfg
kernels=6.12.107,6.16.12,6.17.13,6.18.9,7.2.12
bisect=("$foliostorm" bisect --quiet --set files[0].size=16M --set backing.size=300M race.cfg)

# refused CODE PATTERN OPTIONS...
refused() {
	local code=0 wanted=$1 pattern=$2 said
	shift 2
	said=$("${bisect[@]}" "$@" 2>&1) || code=$?
	[[ $code -eq $wanted ]] || fail "$*: exit code $code, wanted $wanted: $said"
	grep -qE -- "$pattern" <<<"$said" || fail "$*: does not say $pattern: $said"
}

refused 2 'between which kernels' --good 6.12.107
refused 2 'newer than --bad 6.16.12; --fixed looks' --kernels "$kernels" --good 7.2.12 --bad 6.16.12
refused 2 'older than --bad 7.2.12, so there is no fix' --kernels "$kernels" --fixed \
	--good 6.12.107 --bad 7.2.12
refused 2 'both 6.18.9' --kernels "$kernels" --good 6.18.9 --bad 6.18.9
refused 2 '--bad 9.9.9: not one of the kernels; allowed: 6.12.107, 6.16.12' --kernels "$kernels" \
	--good 6.12.107 --bad 9.9.9
refused 2 'is named twice' --kernels 6.18.9,6.18.9 --good 6.12.107 --bad 6.18.9
refused 2 'an empty name' --kernels 6.18.9,,6.12.107 --good 6.12.107 --bad 6.18.9
refused 2 '--expect is not for a bisection' --good 6.12.107 --bad 6.18.9 --expect hit
refused 2 'storm.aim' --kernels "$kernels" --good 6.12.107 --bad 6.18.9 --set storm.aim=sideways
mkdir none
refused 2 'no kernel image and no linux-image' --kernels none --good 6.12.107 --bad 6.18.9

# A directory: images by their names or versions, packages, and what is neither.
mkdir -p images package/DEBIAN package/boot
fetch=$tests/../tools/guest/fetch-kernel
mine=$("$fetch" 6.18.9) || fail "the kernel 6.18.9 of this test cannot be had"
packed=$("$fetch" 7.2.12) || fail "the kernel 7.2.12 of this test cannot be had"
cp "$mine"/boot/vmlinuz-* images/mine
cp "$packed"/boot/vmlinuz-* package/boot/
printf '%s\n' 'Package: linux-image-7.2.12' 'Version: 1' 'Architecture: amd64' \
	'Maintainer: a' 'Description: a' >package/DEBIAN/control
dpkg-deb --build -Znone package images/linux-image-7.2.12_1_amd64.deb >/dev/null
touch images/notes images/linux-image-7.2.12-dbg_1_amd64.deb
refused 2 '--good 6.12.107: not one of the kernels; allowed: mine, 7.2.12' \
	--kernels images --good 6.12.107 --bad mine
refused 2 '--good 7.2.12[^ ]* is newer than --bad mine' --kernels images --good 7.2.12 \
	--bad 6.18.9
[[ ! -e race.bisect/bisect.json ]] || fail "what was refused has begun"

# Interrupted in its first run, it says how to go on, and goes on.
bisect+=(--out bisection --kernels "$kernels")
"${bisect[@]}" --good 6.12.107 --bad 6.18.9 >first.txt 2>&1 &
process=$!
has_guest() {
	! is_gone '^[^ ]*qemu-system-x86_64 '
}
waits_for has_guest
kill -TERM $process
code=0
wait $process || code=$?
[[ $code -eq 4 ]] || fail "interrupted: exit code $code: $(cat first.txt)"
grep -q 'the same command goes on from bisection' first.txt || fail "interrupted: $(cat first.txt)"
is_gone '^[^ ]*qemu-system-x86_64 ' || fail "its guest is still there"

"${bisect[@]}" --good 6.12.107 --bad 6.18.9 >first.txt 2>said ||
	fail "first bad: exit code $?: $(cat first.txt said)"
grep -qx 'The first bad version is 6.16.12; the one before it is 6.12.107.' first.txt ||
	fail "not 6.16.12: $(cat first.txt)"
grep -qE '^verdict +CLEAN +HIT$' first.txt || fail "not side by side: $(cat first.txt)"
[[ $(grep -cE '^6\.[0-9.]+ +(HIT|CLEAN) +(bad|good)' first.txt) -eq 3 ]] ||
	fail "not three rows: $(cat first.txt)"
jq -e '.found == "6.16.12" and .before == "6.12.107" and (.steps | length) == 3
	and .steps[0].measured.needed >= 20' bisection/bisect.json >/dev/null ||
	fail "$(jq -c 'del(.steps[].conditions)' bisection/bisect.json)"

# What was measured is not measured again.
before=$(stat -c %Y bisection/runs/6.18.9/result.json)
"${bisect[@]}" --fixed --bad 6.18.9 --good 7.2.12 --format json >fixed.json 2>said ||
	fail "first fixed: exit code $?: $(cat fixed.json said)"
jq -e '.found == "7.2.12" and .before == "6.18.9" and [.steps[].answer] == ["bad", "good"]' \
	fixed.json >/dev/null || fail "$(cat fixed.json)"
[[ $(stat -c %Y bisection/runs/6.18.9/result.json) == "$before" ]] || fail "6.18.9 ran again"

# A bundle of one of the runs hits again, elsewhere.
"$foliostorm" bundle bisection/runs/6.16.12 -o race.tar.zst >/dev/null ||
	fail "bundle: exit code $?"
"$foliostorm" rerun --out again race.tar.zst >again.txt 2>said ||
	fail "rerun: exit code $?: $(cat again.txt said)"
grep -qE '^verdict +HIT +HIT$' again.txt || fail "rerun: $(cat again.txt)"
no_leftovers "bisections"
