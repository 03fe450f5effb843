#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Whether memory and descriptors stay flat: a layer on each data path, with rules that fire and
# stress-ng at work in it, beside one long run of split-window. A line for each process and minute;
# in the end what each took in the first and in the second half of the time, and what is left over.
#
# Usage: soak.sh FOLIOSTORM [MINUTES]       as root; two hours by default
# Exit codes: 0 flat; 1 something grew by more than a tenth, failed, or is left over; 2 usage; 4
# something else failed; 77 it cannot be tried here.
# shellcheck source=tests/bench/frame.sh
source "$(dirname "$(realpath "$0")")/frame.sh"
needs stress-ng
minutes=${2:-120}
paths=(passthrough mixed daemon)
declare -A process
# Counts for each file, held and lost writes: what a layer keeps that may grow. The programs get no
# errors, and go on. On a path that reads or writes pass by, the rules for them are left out.
declare -A rule=(
	[volatile]='when = { op = "write"; }; do = { lose = true; };'
	[first]='when = { op = ( "read", "write" ); nth = "1"; per = "file"; };
		do = { delay = { fixed = "1ms"; }; };'
	[tail]='when = { op = "fsync"; probability = "10%"; };
		do = { delay = { fixed = "20ms"; }; };'
)
declare -A rules_of=([passthrough]=tail [mixed]='first tail' [daemon]='volatile first tail')
workers=() failed=0
end_work() {
	[[ ${#workers[@]} -eq 0 ]] || kill "${workers[@]}" 2>/dev/null || true
	wait "${workers[@]}" 2>/dev/null || true
	workers=()
	unmount_layers
}
xfs_in_memory 2048 "${paths[@]}"
trap 'end_work; leave' EXIT

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
	{
		separator='rules = ('
		for name in ${rules_of[$path]}; do
			echo "$separator { name = \"$name\"; ${rule[$name]} }"
			separator=,
		done
		echo ');'
	} >"$top/memory/$path.cfg"
	"$foliostorm" mount -f --data-path "$path" --rules "$top/memory/$path.cfg" \
		"$top/xfs/$path" "$top/$path" >/dev/null &
	process[$path]=$!
done
for path in "${paths[@]}"; do
	waits_for_mount "$path"
	work_in "$top/$path" &
	workers+=($!)
done
"$foliostorm" run split-window --quiet --duration "$((minutes * 60))" \
	--out "$top/memory/out" >"$top/memory/run.log" 2>&1 &
process[run]=$!

printf 'minute\tprocess\tresident KiB\tdescriptors\tthreads\n'
for ((minute = 1; minute < minutes; minute++)); do
	sleep 60
	for name in "${paths[@]}" run; do
		directory=/proc/${process[$name]}
		[[ -d $directory/fd ]] ||
			{ echo "soak.sh: $name ended in minute $minute" >&2; exit 1; }
		printf '%d\t%s\t%d\t%d\t%d\n' "$minute" "$name" \
			"$(awk '/^VmRSS/{print $2}' "$directory/status")" \
			"$(find "$directory/fd" -mindepth 1 2>/dev/null | wc -l)" \
			"$(find "$directory/task" -mindepth 1 -maxdepth 1 | wc -l)"
	done
done | tee "$top/memory/table" || failed=1
code=0
wait "${process[run]}" || code=$?
tail -n 3 "$top/memory/run.log"
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
			grew = memory[name, 2] > 1.1 * memory[name, 1] ||
				files[name, 2] > 1.1 * files[name, 1] + 2
			printf "%s: at most %d KiB and %d descriptors, then %d KiB and %d%s\n",
				name, memory[name, 1], files[name, 1], memory[name, 2],
				files[name, 2], grew ? ": grew" : ""
			bad = bad || grew
		}
		exit bad
	}' "$top/memory/table" || failed=1
end_work
"$foliostorm" doctor --clean >"$top/memory/doctor" || failed=1
grep -i 'left' "$top/memory/doctor" || true
exit $failed
