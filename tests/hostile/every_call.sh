#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every system call may fail, and every allocation: of `import`, `report`, `mount` with a client,
# and `run`. Whichever does, the command ends, says so and with an exit code of its own; it leaves
# nothing, and success means that all was done.
#
# usage: every_call.sh FOLIOSTORM FAIL_CALL FAIL_ALLOC [STRIDE [PATTERN]]
#
# One in so many calls is tried, so that it takes seconds; with a STRIDE of 1 each is, which takes
# hours. PATTERN: of the commands to try.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

fail_call=$(readlink -f "$2")
fail_alloc=$(readlink -f "$3")
every=${4-} pattern_of_names=${5-.}
mark=$scratch/mark
failures=0 tried=0
# The leak checker attaches to the process that ends, and its own calls may fail too.
export ASAN_OPTIONS=${ASAN_OPTIONS+$ASAN_OPTIONS:}exitcode=99:log_path=$scratch/sanitizer \
	LSAN_OPTIONS=exitcode=99

trap 'umount -ql "$scratch/mount" "$scratch/xfs" 2>/dev/null || true; rm -rf "$scratch"' EXIT
mkdir "$scratch"/{xfs,mount,out,wanted}
truncate -s 400M "$scratch/image"
mkfs.xfs -q "$scratch/image"
mount -o loop "$scratch/image" "$scratch/xfs"
mkdir "$scratch/xfs/a"

wrong() { # WHAT
	echo "FAILED: $what ($(head -n 1 "$mark")): $1: $(head -c 300 "$scratch/err")"
	failures=$((failures + 1))
}

# with_failure COMMAND...: runs it with its $number-th call or allocation ($means) failing; its exit
# code is in $code
with_failure() {
	local with=("$fail_call" "$number" "$mark")
	[[ $means == call ]] ||
		with=(env "LD_PRELOAD=$fail_alloc" "FAIL_ALLOC=$number" "FAIL_MARK=$mark")
	code=0
	timeout -k 5 40 "${with[@]}" "$@" >"$scratch/say" 2>"$scratch/err" </dev/null || code=$?
}

# Of the command and of what it leaves in the background, the one before too.
check_sanitizer() {
	local said
	for said in "$scratch"/sanitizer.*; do
		[[ -e $said ]] || continue
		grep -q 'LeakSanitizer has encountered' "$said" || wrong "$(head -n 12 "$said")"
		rm "$said"
	done
}

# What is in the way of a message is no fault of the command; 99 is what the sanitizers say.
check_code() { # CODE...: that may be
	local may
	check_sanitizer
	[[ $code -ne 77 || ! -s $scratch/err ]] || ! grep -q '^skipped: seccomp' "$scratch/err" ||
		skip "no seccomp notifier here"
	for may; do
		[[ $code -ne $may ]] || break
	done
	[[ $code -eq $may ]] || wrong "exit code $code"
	[[ $code -eq 0 || -s $scratch/err || -s $scratch/say ]] || grep -qE '^write' "$mark" ||
		wrong "exit code $code and no message"
}

left() {
	grep -E 'fuse\.foliostorm|/run/foliostorm' /proc/mounts || true
	losetup -a | grep -F "$scratch/#" || true
	ls -d /run/foliostorm/* 2>/dev/null || true
	processes '^([^ ]*/)?foliostorm '
}

nothing_left() {
	[[ -z $(left) ]]
}

# What could not be removed stays until somebody cleans, and a message says so, unless what failed
# kept it from being said; all else is gone at once, or as soon as the loop device is.
check_left() {
	local end=$((SECONDS + 10))
	until nothing_left; do
		((SECONDS < end)) || break
		sleep 0.05
	done
	calls='unlink|unlinkat|rmdir|umount2|openat|read|ioctl|newfstatat|getdents64|clone3?'
	calls+='|vfork|mkdir|write|dup|fcntl|allocation'
	nothing_left || grep -qE ': cannot be (removed|unmounted)' "$scratch/err" ||
		grep -qE "^($calls)" "$mark" ||
		wrong "left: $(left | tr '\n' ' ')"
	nothing_left && return
	"$foliostorm" doctor --clean >/dev/null 2>&1 || true
	nothing_left && return
	wrong "left after doctor --clean: $(left | tr '\n' ' ')"
	umount -ql "$scratch/mount" 2>/dev/null || true
	processes '^([^ ]*/)?foliostorm ' | cut -d ' ' -f 1 | xargs -r kill -KILL
	rm -rf /run/foliostorm
}

# What a message, or the page itself, says is missing may be. gnuplot does not tell that it could
# not write.
check_out() { # whole, or nothing of it
	if [[ $code -eq 0 ]]; then
		[[ ! -s $scratch/err || -z $(ls -A "$scratch/out") ]] || return 0
		! grep -q ' of gnuplot ' "$mark" || return 0
		! grep -qrF 'is not known' "$scratch/out" ||
			! grep -qrF ': out of memory<' "$scratch/out" || return 0
		diff -r "$scratch/wanted" "$scratch/out" >"$scratch/diff" 2>&1 ||
			wrong "success, but $(head -n 3 "$scratch/diff")"
	elif [[ -n $(ls -A "$scratch/out") ]]; then
		grep -qE '^(unlink|unlinkat|rmdir)' "$mark" ||
			diff -r "$scratch/wanted" "$scratch/out" >/dev/null 2>&1 ||
			wrong "exit code $code, and left $(ls "$scratch/out")"
	fi
}

try_import() { # KIND FILE
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	with_failure "$foliostorm" import -q "$1" "$2" -o "$scratch/out/it.cfg"
	check_code 0 2 4 77
	check_out
}

# A page says when it was made.
undate() {
	[[ ! -e $scratch/out/page.html ]] ||
		sed -i '/<p>Made by foliostorm/d' "$scratch/out/page.html"
}

try_report() {
	rm -rf "$scratch/out"
	mkdir "$scratch/out"
	with_failure "$foliostorm" report "$scratch/result" -o "$scratch/out/page.html"
	check_code 0 2 4 77
	undate
	check_out
}

# Writes, syncs, reads and moves files. What was synced is beneath.
use_mount() {
	local i
	for i in 1 2; do
		rm -f "$scratch/mount/$i" "$scratch/mount/moved$i"
		if seq "$i" 2000 | dd of="$scratch/mount/$i" conv=fsync; then
			seq "$i" 2000 | cmp - "$scratch/xfs/a/$i" ||
				echo "$i lost" >>"$scratch/lost"
		fi
		cat "$scratch/mount/$i" >"$scratch/read" &&
			{ cmp "$scratch/read" "$scratch/xfs/a/$i" ||
			echo "$i misread" >>"$scratch/lost"; }
		mv "$scratch/mount/$i" "$scratch/mount/moved$i"
		ls -l "$scratch/mount"
	done >/dev/null 2>&1 </dev/null
	return 0
}

try_mount() { # DATA-PATH
	rm -f "$scratch/lost" "$scratch"/xfs/a/*
	with_failure "$foliostorm" mount --data-path "$1" "$scratch/xfs/a" "$scratch/mount"
	check_code 0 2 4 77
	if [[ $code -eq 0 ]]; then
		export -f use_mount
		scratch=$scratch timeout -k 5 30 bash -c use_mount || wrong "the client hung"
		[[ ! -e $scratch/lost ]] || wrong "$(tr '\n' ' ' <"$scratch/lost")"
		umount "$scratch/mount" 2>/dev/null || umount -ql "$scratch/mount" 2>/dev/null ||
			true
	elif mountpoint -q "$scratch/mount"; then
		wrong "exit code $code, and mounted"
	fi
	check_left
}

# The kernel reads right, whatever fails: a hit is a lie, and so is a clean run that read nothing.
try_run() {
	rm -rf "$scratch/out"
	with_failure "$foliostorm" run -q "$scenarios/control-pread.cfg" --duration 300ms \
		--out "$scratch/out" --set backing.size=300M --set 'files[0].size=8M' \
		--set expect.min_exposures=1
	check_code 0 2 3 4 77
	if [[ $code -eq 0 ]]; then
		jq -e '(.verdict == "CLEAN" or .verdict == "VERIFIED") and .exposures >= 1
			and .hits == []' "$scratch/out/result.json" >/dev/null 2>&1 ||
			wrong "success, but $(jq -c '[.verdict, .exposures, .hits]' \
				"$scratch/out/result.json" 2>&1)"
	fi
	check_left
}

# sweep NAME STRIDE COMMAND...: for each way of failing, until all that can fail has succeeded
sweep() {
	local name=$1 stride=$2
	shift 2
	[[ $name =~ $pattern_of_names ]] || return 0
	stride=${every:-$stride}
	for means in "${ways[@]}"; do
		for ((number = 1; ; number += stride)); do
			what="$name: $means $number"
			rm -f "$mark"
			touch "$mark"
			"$@"
			[[ -s $mark ]] || break
			tried=$((tried + 1))
		done
		[[ $number -gt 1 ]] || fail "$what: nothing failed"
	done
	echo "$name: $tried by now, $SECONDS s"
}

ways=(call alloc)
# The allocator of a sanitizer cannot be replaced, and what counts coverage does not outlive a
# failure of its own allocations.
! grep -qaE "__asan_init|__gcov_init" "$foliostorm" || ways=(call)

for sample in strace/app.strace oops/journald.log iolog/v3.iolog fsx/seed7.fsxops \
	record/daemon.record journal/cut.journal; do
	rm -rf "$scratch/wanted"
	mkdir "$scratch/wanted"
	"$foliostorm" import -q "${sample%/*}" "$tests/data/$sample" \
		-o "$scratch/wanted/it.cfg" 2>/dev/null || fail "import of $sample"
	sweep "import ${sample%/*}" 40 try_import "${sample%/*}" "$tests/data/$sample"
done

"$foliostorm" run -q "$scenarios/control-pread.cfg" --duration 300ms --out "$scratch/result" \
	--set backing.size=300M --set 'files[0].size=8M' \
	--set expect.min_exposures=1 >/dev/null 2>&1 || fail "control-pread"
rm -rf "$scratch/wanted"
mkdir "$scratch/wanted"
"$foliostorm" report "$scratch/result" -o "$scratch/wanted/page.html" >/dev/null
sed -i '/<p>Made by foliostorm/d' "$scratch/wanted/page.html"
sweep report 120 try_report
for data_path in passthrough mixed daemon; do
	sweep "mount $data_path" 300 try_mount $data_path
done
sweep run 250 try_run

echo "$tried failures tried, $SECONDS s"
[[ $failures -eq 0 ]] || fail "$failures of $tried"
