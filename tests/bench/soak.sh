#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether memory and descriptors stay flat: a layer on each data path, with rules that fire and
# stress-ng at work in it, beside one long run of split-window. A line for each process and minute;
# in the end what each took in the first and in the second half of the time, and what is left over.
#
# Usage: soak.sh FOLIOSTORM [MINUTES]       as root; two hours by default
# Exit codes: 0 flat; 1 something grew by more than a tenth, failed, or is left over; 2 usage; 77 it
# cannot be tried here.
set -euo pipefail

skip() {
	echo "soak.sh: skipped: $*" >&2
	exit 77
}

[[ $# -ge 1 ]] || { sed -n '/^# Usage/,/^# Exit/s/^# //p' "$0" >&2; exit 2; }
foliostorm=$(realpath "$1")
minutes=${2:-120}
[[ $EUID -eq 0 ]] || skip "takes root"
for program in stress-ng mkfs.xfs; do
	command -v "$program" >/dev/null || skip "$program is not installed"
done

# In a mount namespace of its own, where all mounts and the loop device end with it.
if [[ -z ${SOAK_INSIDE-} ]]; then
	SOAK_INSIDE=1 exec unshare --mount --propagation private "$0" "$@"
fi

top=$(mktemp -d)
paths=(passthrough mixed daemon)
declare -A process
# Rules for what goes past the layer there.
declare -A past=([passthrough]='volatile|first' [mixed]=volatile)
workers=() failed=0
end_work() {
	local path
	[[ ${#workers[@]} -eq 0 ]] || kill "${workers[@]}" 2>/dev/null || true
	wait "${workers[@]}" 2>/dev/null || true
	workers=()
	for path in "${paths[@]}"; do
		# What the workers had open may be closing.
		umount -q "$top/$path" 2>/dev/null || umount -ql "$top/$path" 2>/dev/null || true
	done
}
# shellcheck disable=SC2317 # at exit
cleanup() {
	end_work
	wait || true
	umount -q "$top/xfs" "$top" 2>/dev/null || true
	rmdir "$top"
}
trap cleanup EXIT
trap 'exit 1' INT TERM

mount -t tmpfs -o size=4G memory "$top"
truncate -s 2G "$top/image"
mkfs.xfs -q "$top/image"
mkdir "$top/xfs" "${paths[@]/#/$top/}"
mount -o loop "$top/image" "$top/xfs"
# Counts for each file, held and lost writes: what a layer keeps that may grow. The programs get no
# errors, and go on.
cat >"$top/rules.cfg" <<'END'
rules = (
	{ name = "volatile"; when = { op = "write"; }; do = { lose = true; }; },
	{ name = "first"; when = { op = ( "read", "write" ); nth = "1"; per = "file"; }; do = { delay = { fixed = "1ms"; }; }; },
	{ name = "tail"; when = { op = "fsync"; probability = "10%"; }; do = { delay = { fixed = "20ms"; }; }; }
);
END

# A spell of work each half minute: what grows grows by the operation, and the machine is left to
# others.
work_in() { # DIRECTORY
	trap 'kill "$spell" 2>/dev/null; exit' TERM
	while :; do
		setpriv --pdeathsig TERM stress-ng --quiet --temp-path "$1" --hdd 1 --hdd-bytes 4M \
			--hdd-opts fsync --dentry 1 --dentries 256 \
			--rename 1 --link 1 --chmod 1 --timeout 3 &
		spell=$!
		wait "$spell" || true
		sleep 27 &
		spell=$!
		wait "$spell" || true
	done
}

for path in "${paths[@]}"; do
	mkdir "$top/xfs/$path"
	grep -vE "${past[$path]-^$}" "$top/rules.cfg" >"$top/$path.cfg"
	"$foliostorm" mount -f --data-path "$path" --rules "$top/$path.cfg" "$top/xfs/$path" \
		"$top/$path" >/dev/null &
	process[$path]=$!
done
for path in "${paths[@]}"; do
	for _ in {1..100}; do
		! mountpoint -q "$top/$path" || break
		sleep 0.1
	done
	mountpoint -q "$top/$path" ||
		{ echo "soak.sh: the layer on $path was not mounted" >&2; exit 1; }
	work_in "$top/$path" &
	workers+=($!)
done
"$foliostorm" run split-window --quiet --duration "$((minutes * 60))" \
	--out "$top/out" >"$top/run.log" 2>&1 &
process[run]=$!

printf 'minute\tprocess\tresident KiB\tdescriptors\tthreads\n'
for ((minute = 1; minute < minutes; minute++)); do
	sleep 60
	for name in "${paths[@]}" run; do
		directory=/proc/${process[$name]}
		[[ -d $directory/fd ]] ||
			{ echo "soak.sh: $name ended in minute $minute" >&2; failed=1; break 2; }
		printf '%d\t%s\t%d\t%d\t%d\n' "$minute" "$name" \
			"$(awk '/^VmRSS/{print $2}' "$directory/status")" \
			"$(find "$directory/fd" -mindepth 1 2>/dev/null | wc -l)" \
			"$(find "$directory/task" -mindepth 1 -maxdepth 1 | wc -l)"
	done
done | tee "$top/table"
code=0
wait "${process[run]}" || code=$?
tail -n 3 "$top/run.log"
echo "split-window ended with exit code $code"

# The first tenth is for growing up.
awk -v minutes="$minutes" -F '\t' '
	NR > 1 && $1 > minutes / 10 {
		half = $1 <= minutes / 2 ? 1 : 2
		names[$2]
		if ($3 > memory[$2, half]) memory[$2, half] = $3
		if ($4 > files[$2, half]) files[$2, half] = $4
	}
	END {
		for (name in names) {
			grew = memory[name, 2] > 1.1 * memory[name, 1] || files[name, 2] > 1.1 * files[name, 1] + 2
			printf "%s: at most %d KiB and %d descriptors, then %d KiB and %d%s\n", name, memory[name, 1], files[name, 1],
				memory[name, 2], files[name, 2], grew ? ": grew" : ""
			bad = bad || grew
		}
		exit bad
	}' "$top/table" || failed=1
end_work
"$foliostorm" doctor --clean >"$top/doctor" || failed=1
grep -i 'left' "$top/doctor" || true
exit $failed
