#!/usr/bin/env bash
# The live view of a run on a terminal: it shows what it promises, and leaves nothing on the screen,
# however the run ends.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
screen=$2
split=$scenarios/split-window.cfg

# on_terminal COLUMNS NAME [interrupt]: runs $command on a terminal; what came out is in
# $scratch/NAME, what is on its screen in the end in $scratch/NAME.screen. interrupt: with Ctrl-C,
# when a reader has met the storm, without which the run is INCONCLUSIVE.
on_terminal() {
	local terminal code=0
	mkfifo "$scratch/keys"
	TERM=xterm script -qfec "stty cols $1 rows 24; exec $command" \
		"$scratch/$2" <"$scratch/keys" >/dev/null &
	terminal=$!
	exec 9>"$scratch/keys"
	if [[ ${3-} == interrupt ]]; then
		waits_for grep -qs 'exposures [1-9]' "$scratch/$2"
		printf '\003' >&9
	fi
	waits_for grep -qs verdict "$scratch/$2"
	exec 9>&-
	wait $terminal || code=$?
	[[ $code -eq 0 ]] || fail "$2: exit code $code: $(cat -v "$scratch/$2")"
	rm "$scratch/keys"
	sed '1d; $d' "$scratch/$2" | "$screen" "$1" >"$scratch/$2.screen" ||
		fail "$2: sequences that a terminal may not know"
	no_leftovers "$2"
}

# Files that take longer to make than the view rests between two looks.
command="$foliostorm run $split --duration 2 --expect clean --set race=none"
command+=" --set files[0].size=512M --set backing.size=1G"
on_terminal 80 whole
for word in 'making the files: [0-9]+ of 256 folios' 'storm: [0-9.]+ of 2.0 s' '[0-9] s left' \
	'punches [0-9]+ \([0-9.]+/s\)' 'hit 0' 'exposures [0-9]+' \
	'splits [0-9]+ of [0-9]+ \([0-9]+ %\)' 'slowest [a-z]+ [0-9.]+[mu]?s'; do
	grep -qE "$word" "$scratch/whole" ||
		fail "the live view does not show $word: $(cat -v "$scratch/whole")"
done
head -n 1 "$scratch/whole.screen" | grep -q '^scenario ' ||
	fail "something is left on the screen: $(cat "$scratch/whole.screen")"
! grep -q 'storm:' "$scratch/whole.screen" ||
	fail "something is left on the screen: $(cat "$scratch/whole.screen")"

# Narrow, and interrupted from the keyboard.
command="$foliostorm run $split --duration 600 --expect clean --set race=none"
command+=" --out $scratch/interrupted"
on_terminal 31 stopped interrupt
head -n 1 "$scratch/stopped.screen" | grep -q '^scenario ' ||
	fail "interrupted, something is left on the screen: $(cat "$scratch/stopped.screen")"
! grep -q 'storm:' "$scratch/stopped.screen" ||
	fail "interrupted, something is left on the screen: $(cat "$scratch/stopped.screen")"
expect interrupted '.interrupted and .punches > 0'

# Without a terminal: lines; and with --quiet none.
# run_clean NAME OPTIONS...: what it says besides its result is in $scratch/NAME. On a busy machine
# no read may be judged in seconds.
run_clean() {
	local code
	for duration in 3 20 60; do
		code=0
		"$foliostorm" run "$split" --duration $duration --expect clean --set race=none \
			"${@:2}" >"$scratch/$1.said" 2>"$scratch/$1" || code=$?
		[[ $code -eq 3 ]] || break
	done
	[[ $code -eq 0 ]] || fail "$1: exit code $code: $(cat "$scratch/$1.said" "$scratch/$1")"
}
run_clean lines
grep -qE "^storm: [0-9.]+ of $duration.0 s, .*punches [0-9]+ " "$scratch/lines" ||
	fail "no plain lines: $(cat "$scratch/lines")"
! grep -q $'[\033\r]' "$scratch/lines" ||
	fail "plain lines have sequences of terminals: $(cat -v "$scratch/lines")"
run_clean none --quiet
[[ ! -s $scratch/none ]] || fail "--quiet, and it says: $(cat "$scratch/none")"
