#!/usr/bin/env bash
# Programs over the mount: what they print is compared, whatever they do; real journalctl over a real journal.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"

# A file of data with a page of zeros where it hurts most, in each of two folios.
head -c 4M /dev/urandom >data
for page in 257 769; do
	dd if=/dev/zero of=data bs=4096 count=1 seek=$page conv=notrunc status=none
done

# scenario COMMAND: writes clients.cfg
scenario() {
	cat >clients.cfg <<-END
		title = "A program over the mount";
		files = ( { name = "data"; content = "copy"; from = "$scratch/data"; make = "madvise"; } );
		storm = { gather = "300ms"; };
		readers = ( { kind = "exec"; count = 2; command = "$1"; timeout = "1s"; } );
		expect = { min_exposures = 0; verdict = "clean"; };
	END
}

# run NAME WANTED OPTIONS...
run() {
	local name=$1 wanted=$2 code=0
	shift 2
	timeout 100 "$foliostorm" run --quiet --out "$name" clients.cfg "$@" >"$name.txt" 2>&1 || code=$?
	[[ $code -eq $wanted ]] || fail "$name: exit code $code, wanted $wanted: $(cat "$name.txt")"
	no_leftovers "$name"
}

# The file is all there, however often it is punched.
scenario 'cksum {file}'
run same 0 --duration 3
expect same '.verdict == "CLEAN" and .reads > 2 and .wrong_reads == 0 and .punches > 0 and .punches_failed == 0'

# Beside it readers that compare each page.
run beside 0 --duration 2 --set 'readers=({ kind = "load"; pages = "exposed"; wait = "none"; }, { kind = "exec"; command = "cksum {file}"; })'
expect beside '.reads > 10 and .wrong_reads == 0'

# A program that gives something else from the third time on is seen, and what it gave is kept.
mkdir count
scenario "sh -c 'echo first; ls $scratch/count | wc -l | grep -qx [01] && echo same || echo more; mktemp -p $scratch/count >/dev/null'"
run differs 1 --duration 2 --set readers[0].count=1
expect differs '.verdict == "HIT" and .classes.output > 0 and .wrong_reads == .classes.output'
expect differs '.hits[0] | .kind == "output" and .class == "output" and .differs_in == "output" and .line == 2 and .wanted == "same" and .got == "more"'
[[ -s differs/$(jq -r '.hits[0].kept' differs/result.json).got ]] || fail "what was printed is not kept: $(ls differs)"
[[ $(jq -s 'map(select(.type == "hit" and .kind == "output")) | length' differs/events.jsonl) -gt 0 ]] || fail "no event of it"

# What is never the same cannot be compared.
scenario 'cat /proc/sys/kernel/random/uuid'
run chance 4 --duration 1
grep -q 'something else each time' chance.txt || fail "chance: $(cat chance.txt)"

# A program that hangs ends with its time, and with the run; so does what it started.
scenario "sh -c 'test -e $scratch/hang || exit 0; sleep 1000 & sleep 1000'"
has_punched() {
	grep -qs '"type":"punch"' hangs.events
}
hangs() {
	! is_gone '^sleep 1000 '
}
(waits_for has_punched && touch hang && waits_for hangs) &
run hangs 0 --duration 5 --events hangs.events
wait $! || fail "it did not hang"
expect hangs '.reads_not_judged > 0 and .verdict == "CLEAN"'
is_gone '^sleep 1000 ' || fail "what a program started is left over"

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
run full 4 --duration 1 --set "files[0].from=$scratch/fulldata"
grep -q 'page of zeros' full.txt || fail "full: $(cat full.txt)"

# The real thing.
[[ -x /lib/systemd/systemd-journal-remote && -n $(command -v journalctl) ]] || skip "no journalctl and systemd-journal-remote here; the rest passed"
cp "$scenarios/journalctl.cfg" clients.cfg
run journalctl 0 --duration 5 --expect clean
expect journalctl '.verdict == "CLEAN" and .reads >= 1 and .wrong_reads == 0 and .punches > 0'
