#!/usr/bin/env bash
# Programs over the mount: what they print is compared, whatever they do; real journalctl over a
# real journal.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/runs.sh
source "$tests/support/runs.sh"
cd "$scratch"

# A file of data with a page of zeros where it hurts most, in each of two folios.
head -c 4M /dev/urandom >data
for page in 257 769; do
	dd if=/dev/zero of=data bs=4096 count=1 seek=$page conv=notrunc status=none
done

# scenario COMMAND [TIMEOUT]: writes clients.cfg
scenario() {
	cat >clients.cfg <<-END
		title = "A program over the mount";
		race = "none";
		files = ( { name = "data"; content = "copy"; from = "$scratch/data";
			make = "madvise"; } );
		storm = { gather = "300ms"; };
		readers = ( { kind = "exec"; count = 2; command = "$1"; timeout = "${2-30s}"; } );
		expect = { verdict = "clean"; };
	END
}

# The file is all there, however often it is punched.
scenario 'cksum {file}'
enough='.reads > 2 and .punches > 0' run same clients.cfg --duration 3
expect same '.verdict == "VERIFIED" and .wrong_reads == 0 and .punches_failed == 0'

# Somebody else, who cannot walk to the mount, begins in it.
scenario "sh -c 'id -u; id -g; id -G; umask; pwd -P >/dev/null && cksum {file} {mount}/data'"
enough='.reads > 2' run nobody clients.cfg --duration 2 --set 'readers[0].run_as=65534:65533' \
	--set 'readers[0].count=1'
expect nobody '.verdict == "VERIFIED" and .wrong_reads == 0'

# Beside it readers that compare each page.
enough='.reads > 10' run beside clients.cfg --duration 2 \
	--set 'readers=({ kind = "load"; pages = "exposed"; wait = "none"; },
		{ kind = "exec"; command = "cksum {file}"; })'
expect beside '.wrong_reads == 0'

# A program that gives something else from the third time on is seen, and what it gave is kept.
mkdir count
second="ls $scratch/count | wc -l | grep -qx [01] && echo same || echo more"
scenario "sh -c 'echo first; $second; mktemp -p $scratch/count >/dev/null'"
"$foliostorm" run --quiet --out differs --events differs.events clients.cfg --duration 300 \
	--set readers[0].count=1 >differs.txt 2>&1 &
run=$!
interrupt_at 1 differs.events $run
code=0
wait $run || code=$?
[[ $code -eq 1 ]] || fail "differs: exit code $code: $(cat differs.txt)"
no_leftovers differs
expect differs '.verdict == "HIT" and .classes.output > 0 and .wrong_reads == .classes.output'
expect differs \
	'.hits[0] | .kind == "output" and .class == "output" and .differs_in == "output"
		and .line == 2 and .wanted == "same" and .got == "more"'
[[ -s differs/$(jq -r '.hits[0].kept' differs/result.json).got ]] ||
	fail "what was printed is not kept: $(ls differs)"
[[ $(jq -s 'map(select(.type == "hit" and .kind == "output")) | length' \
	differs/events.jsonl) -gt 0 ]] || fail "no event of it"

# One that others kill is no hit, but an error of the run: by hand, like the kernel does out of
# memory, and in what a shell runs.
killed() { # NAME
	local code=0
	wait $run || code=$?
	[[ $code -eq 4 ]] || fail "$1: exit code $code: $(cat "$1.txt")"
	grep -q 'killed by SIGKILL' "$1.txt" || fail "$1: $(cat "$1.txt")"
	expect "$1" '.verdict == "ERROR" and .wrong_reads == 0 and .hits == []'
	no_leftovers "$1"
}
find_sleeper() {
	sleeper=$(pgrep -x -f 'sleep 1234567')
}
# dying COMMAND: writes a scenario whose program ends at once twice, and then by that
dying() {
	rm -f "$scratch/lines"
	cat >dying <<-END
		echo >>"$scratch/lines"
		test \$(wc -l <"$scratch/lines") -lt 3 || $1
	END
	scenario "sh $scratch/dying" 300s
}
dying 'exec sleep 1234567'
"$foliostorm" run --quiet --out killed clients.cfg --duration 300 \
	--set readers[0].count=1 >killed.txt 2>&1 &
run=$!
waits_for find_sleeper
kill -KILL "$sleeper"
killed killed
dying "{ sh -c 'kill -KILL \$\$'; exit \$?; }"
"$foliostorm" run --quiet --out inner clients.cfg --duration 300 \
	--set readers[0].count=1 >inner.txt 2>&1 &
run=$!
killed inner

# What is never the same cannot be compared.
scenario 'cat /proc/sys/kernel/random/uuid'
try_run chance clients.cfg --duration 1
[[ $code -eq 4 ]] || fail "chance: exit code $code"
grep -q 'something else each time' chance.txt || fail "chance: $(cat chance.txt)"

# A program that hangs ends with its time, and with the run; so does what it started. The first two
# starts are undisturbed; with the fifth, one of both readers has judged its first; with the
# seventh, one that hung has been ended.
mkdir starts
has_starts() { # COUNT
	[[ $(find starts -type f | wc -l) -ge $1 ]]
}
early="test \$(ls $scratch/starts | wc -l) -lt 5 && exit 0"
scenario "sh -c 'mktemp -p $scratch/starts >/dev/null; $early; sleep 1000 & sleep 1000'" 3s
"$foliostorm" run --quiet --out hangs clients.cfg --duration 300 >hangs.txt 2>&1 &
run=$!
waits_for has_starts 7
waits_for is_there '^sleep 1000 '
kill -TERM $run
wait $run || fail "hangs: exit code $?: $(cat hangs.txt)"
expect hangs \
	'.reads > 0 and .reads_not_judged > 1 and .verdict == "VERIFIED"
		and .duration_seconds < 200'
is_gone '^sleep 1000 ' || fail "what a program started is left over"
no_leftovers hangs

# Wrong scenarios, before anything is touched.
wrong() { # TEXT OPTIONS...
	local text=$1 code=0
	shift
	"$foliostorm" run --quiet clients.cfg "$@" >wrong.txt 2>&1 || code=$?
	[[ $code -eq 2 ]] || fail "wrong $*: exit code $code: $(cat wrong.txt)"
	grep -qF "$text" wrong.txt || fail "wrong $*: $(cat wrong.txt)"
	no_leftovers "$*"
}
scenario 'no-such-program {file}'
wrong 'no program "no-such-program"'
scenario 'cksum {file}'
wrong 'allowed: a program' --set 'readers=({ kind = "exec"; })'
wrong 'load runs no program' --set 'readers[0].kind=load'
wrong 'stamped files change' --set 'files=({ name = "a"; size = "8M"; })'
wrong 'either from or command' --set 'files[0].command=false {out}'
wrong 'where it has zeros' --set 'storm.aim=7'
wrong 'would change a copy' --set 'storm.length=8B'
wrong 'No such file' --set "files[0].from=$scratch/nowhere"
wrong 'its command failed' --set 'files=({ name = "a"; content = "copy"; command = "false"; })'
tr "\\0" x <data >fulldata
scenario 'cksum {file}'
try_run full clients.cfg --duration 1 --set "files[0].from=$scratch/fulldata"
[[ $code -eq 4 ]] || fail "full: exit code $code"
grep -q 'page of zeros' full.txt || fail "full: $(cat full.txt)"

# The real thing.
[[ -x /lib/systemd/systemd-journal-remote && -n $(command -v journalctl) ]] ||
	skip "no journalctl and systemd-journal-remote here; the rest passed"
cp "$scenarios/journalctl.cfg" clients.cfg
enough='.punches > 0' judge journalctl clients.cfg --duration 5 --expect clean --set 'schedule=()'
expect journalctl '.verdict != "HIT" and .reads >= 1 and .wrong_reads == 0'
