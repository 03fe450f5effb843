#!/usr/bin/env bash
# Evidence becomes a scenario that runs: samples of each importer, a replay that is traced and
# imported again, a record of the layer, and what is of no use.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"

data=$tests/data

# replay NAME OPTIONS...: runs $scratch/NAME.cfg into $scratch/NAME.out
replay() {
	local name=$1 code=0
	shift
	"$foliostorm" run --quiet --out "$scratch/$name.out" "$scratch/$name.cfg" --set race=none \
		"$@" >"$scratch/$name.txt" 2>&1 || code=$?
	no_leftovers "$name"
	[[ $code -eq 0 ]] || fail "$name: exit code $code: $(cat "$scratch/$name.txt")"
}

# Samples that are complete come out as they went in; those of a part may have lost calls on the
# way.
for sample in strace/app strace/journal strace/shapes iolog/v2 iolog/v3 iolog/blanks blkparse/sdb \
	fsx/seed7 record/daemon; do
	kind=${sample%/*} name=${sample#*/}
	"$foliostorm" import "$kind" "$(echo "$data/$sample".*)" \
		-o "$scratch/$name.cfg" >"$scratch/account"
	grep -q '^understood$' "$scratch/account" || fail "no account of $sample"
	replay "$name" --set workload.pace=0.1
	expect "$name.out" \
		'.verdict == "VERIFIED" and .workload.kind == "replay"
			and .workload.outcome == "done"'
	expect "$name.out" \
		'.workload.operations == .workload.operations_planned and .workload.reads > 0
			and .wrong_reads == 0'
done
expect app.out \
	'.workload.operations_unexpected == 0 and .workload.punches == 2
		and .workload.details.threads == 5'
expect v3.out '.workload.operations_unexpected == 0'
expect seed7.out '.workload.operations_unexpected == 0 and .workload.punches > 0'
grep -q '^pread\|calls of pread' "$scratch/account" ||
	fail "the account of the record has no reads: $(cat "$scratch/account")"

# A log that is rotated: the new one has nothing of the old one.
printf '%s\n' 'foliostorm-record 1' '1 1000000 10000 create 1 0 0 8042 0 log log' \
	'1 2000000 10000 write 5 0 8192 0 8192 log' '1 3000000 10000 rename 1 0 0 0 0 log log' \
	'1 4000000 10000 create 1 0 0 8042 0 log log' '1 5000000 10000 write 6 0 10 0 10 log' \
	'end 5' >"$scratch/rotated.record"
"$foliostorm" import -q record "$scratch/rotated.record" -o "$scratch/rotated.cfg"
replay rotated
expect rotated.out '.verdict == "VERIFIED" and .wrong_reads == 0'

# What a trace without a split has read says nothing of the race, and no exit code of a suite is to
# say it.
code=0
"$foliostorm" run -q --out "$scratch/plain.out" "$scratch/v3.cfg" \
	--set workload.pace=0.1 >/dev/null || code=$?
[[ $code -eq 3 ]] || fail "a replay without a punch: exit code $code"
expect plain.out \
	'.verdict == "INCONCLUSIVE" and .power == 0 and .passages == 0
		and (.reason | contains("and no passage"))'

# A replay has no storm that could gather readers.
code=0
"$foliostorm" run -q --out "$scratch/few.out" "$scratch/app.cfg" --set workload.pace=0.1 \
	--set expect.min_exposures=1000000 >/dev/null || code=$?
[[ $code -eq 3 ]] || fail "a replay with few exposures: exit code $code"
expect few.out '.reason | test("what the workload reads met its 2 punches no more often")'

# The calls of a replay, traced, are those of the trace, thread by thread.
# sequence TRACE: for each thread a line of its operations, with their offsets, lengths and results,
# whatever its number
sequence() {
	awk '$1 ~ /^[0-9]+$/ && NF == 11 { calls[$1] = calls[$1] " " $4 ":" $9 ":" $10 ":" $11 }
		END { for (thread in calls) print calls[thread] }' "$1" | sort
}
if command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; then
	# Nothing finds leaks of a program that is traced.
	ASAN_OPTIONS=detect_leaks=0 strace -f -ttt -T -yy -o "$scratch/again.strace" "$foliostorm" \
		run -q "$scratch/app.cfg" --set race=none --set workload.touch=0 >/dev/null 2>&1 ||
		fail "the traced replay failed"
	mount=$(grep -oE '</run/foliostorm/[^/]*/mnt/' "$scratch/again.strace" | sort | uniq -c |
		sort -rn | awk 'NR == 1 { print $2 }')
	mount=${mount#<}
	"$foliostorm" import strace "$scratch/again.strace" --under "${mount%/}" \
		-o "$scratch/again.cfg" >/dev/null
	sequence "$scratch/app.trace" >"$scratch/recorded"
	sequence "$scratch/again.trace" >"$scratch/replayed"
	[[ $(wc -l <"$scratch/recorded") -eq 5 ]] ||
		fail "not the calls of five threads: $(cat "$scratch/recorded")"
	# Besides, the run looks at all files in the end.
	while read -r line; do
		grep -qF -- "$line" "$scratch/replayed" ||
			fail "no thread of the replay made these calls: $line, but" \
				"$(cat "$scratch/replayed")"
	done <"$scratch/recorded"
else
	not_tried "no strace here: the replay is not traced"
fi

# The parts of strace -ff, one a thread, are the log again.
mkdir "$scratch/parts"
awk -v to="$scratch/parts/out" '{ thread = $1; $1 = ""; print substr($0, 2) >(to "." thread) }' \
	"$data/strace/app.strace"
"$foliostorm" import -q strace "$scratch/parts" -o "$scratch/merged.cfg"
"$foliostorm" import -q strace "$scratch"/parts/out.* -o "$scratch/several.cfg"
for name in merged several; do
	cmp "$scratch/app.trace" "$scratch/$name.trace" || fail "$name: parts become another trace"
done

# Over midnight, also of a process that began after it.
mkdir "$scratch/night"
printf '%s\n' '23:40:00.000000 fsync(3</d/a>) = 0' '00:10:00.000000 fsync(3</d/a>) = 0' \
	>"$scratch/night/out.100"
printf '%s\n' '23:50:00.000000 fsync(3</d/a>) = 0' '00:20:00.000000 fsync(3</d/a>) = 0' \
	>"$scratch/night/out.101"
echo '00:15:00.000000 fsync(3</d/a>) = 0' >"$scratch/night/out.99999"
"$foliostorm" import -q strace "$scratch/night" -o "$scratch/night.cfg"
starts=$(awk '$4 == "fsync" { print $2 / 60e9 }' "$scratch/night.trace" | paste -sd ' ')
[[ $starts == '0 10 30 35 40' ]] || fail "parts over midnight: the calls are at minutes $starts"

# One that cannot be read is not one that has ended.
ln -s /proc/self/mem "$scratch/parts/out.99999"
said=$("$foliostorm" import -q strace "$scratch/parts" -o "$scratch/unread.cfg" 2>&1) &&
	fail "a part that cannot be read is passed over"
grep -q 'merging parts: Input/output error' <<<"$said" || fail "a part that cannot be read: $said"

# A storm on a hole behind what stamps can tell: in the same place of a folio.
punch='FALLOC_FL_KEEP_SIZE|FALLOC_FL_PUNCH_HOLE'
printf '%s\n' '100 1.0 openat(AT_FDCWD, "/data/a", O_RDWR) = 3' \
	"100 1.2 fallocate(3, $punch, 1125899906842624, 4096) = 0" >"$scratch/far.strace"
"$foliostorm" import -q strace --storm "$scratch/far.strace" -o "$scratch/far.cfg"
grep -q 'first = "0B"; size = "4M"' "$scratch/far.cfg" ||
	fail "a file that is too long: $(grep first "$scratch/far.cfg")"
refuses 2 'no file in it ends in a number' "$foliostorm" import strace "$scratch/app.out" \
	-o "$scratch/none.cfg"

# A storm on files like those of the trace, beside the replay: its hole is one of the trace, and it
# can be tuned.
"$foliostorm" import strace --storm "$data/strace/app.strace" \
	-o "$scratch/stormy.cfg" >"$scratch/account"
grep -q 'storm: a hole of 2 pages at page 100 of a folio of 512, as in data, exposes 30' \
	"$scratch/account" ||
	fail "no account of the storm: $(cat "$scratch/account")"
"$foliostorm" run -q "$scratch/stormy.cfg" --out "$scratch/stormy.out" --duration 2 \
	--set race=none >"$scratch/stormy.txt" ||
	fail "stormy: $(cat "$scratch/stormy.txt")"
expect stormy.out '.punches > 3 and .workload.operations > 10'
code=0
cp "$scratch/stormy.trace" "$scratch/before.trace"
"$foliostorm" tune "$scratch/stormy.cfg" --set 'readers[0].pace=500ms' \
	--vary 'readers[0].pace=0,500ms' --goal exposures \
	--duration 200ms --budget 2 --quiet \
	--out "$scratch/." >"$scratch/tuned.txt" 2>&1 || code=$?
[[ $code -eq 0 || $code -eq 3 ]] ||
	fail "a trace with a storm is not tuned: exit code $code: $(cat "$scratch/tuned.txt")"
no_leftovers "a trace with a storm"
# The tuned scenario is beside it, by another path, and has the same trace.
cmp "$scratch/stormy.trace" "$scratch/before.trace" ||
	fail "a tuning has overwritten the trace of its scenario"

# What it did is in the text and in the page.
grep -q '^punches    2, of them hit 0 ' "$scratch/app.txt" ||
	fail "no punches of a workload: $(cat "$scratch/app.txt")"
"$foliostorm" report "$scratch/app.out" -o "$scratch/app.html" >/dev/null 2>&1 ||
	fail "a replay has no report"
operations=$(jq .workload.operations "$scratch/app.out/result.json")
for row in "kind</th><td>replay" "operations</th><td>$operations of $operations" \
	"punches</th><td>2, of them hit 0" "threads</th><td>5"; do
	grep -q "<th[^>]*>$row" "$scratch/app.html" || fail "the page of a replay has no $row"
done
! grep -q 'Pages of a folio' "$scratch/app.html" ||
	fail "the page of a replay has a map of pages, which have no aim"
grep -q 'The machine has: [^<]*root' "$scratch/app.html" ||
	fail "the page of a replay does not say what the machine has"
! grep -qE '(has|have): [^<]*affected' "$scratch/app.html" ||
	fail "a kernel that is not affected lacks nothing"

# A storm beside it, and an end before it is over.
"$foliostorm" run -q "$scratch/app.cfg" --out "$scratch/both.out" \
	--set 'files=({ name = "storm"; size = "8M"; })' \
	--set 'storm={ pause = "5ms"; }' --set 'readers=({ kind = "load"; })' \
	--set workload.pace=0 --set race=none --duration 2 >"$scratch/both.txt" ||
	fail "both: $(cat "$scratch/both.txt")"
expect both.out \
	'.punches > 3 and .refills > 0 and .workload.operations > 10 and (.readers | length) > 2'
code=0
"$foliostorm" run -q "$scratch/app.cfg" --out "$scratch/short.out" --set workload.pace=100 \
	--duration 0.3 >/dev/null || code=$?
[[ $code -eq 0 || $code -eq 3 ]] || fail "cut short: exit code $code"
expect short.out \
	'.workload.outcome == "done" and .workload.operations < .workload.operations_planned
		and .duration_seconds < 10'
no_leftovers "a replay that was cut short"
# One that has not read yet has shown nothing.
code=0
"$foliostorm" run -q "$scratch/app.cfg" --out "$scratch/nothing.out" --set workload.pace=1000 \
	--duration 0.02 >/dev/null || code=$?
[[ $code -eq 3 ]] || fail "cut off before it read: exit code $code"
expect nothing.out '.reason == "no read was judged; it ended before the trace did: " +
	"\(.workload.operations) of \(.workload.operations_planned) operations"'

# A workload that dies takes nothing along, and is named.
"$foliostorm" run -q "$scratch/app.cfg" --out "$scratch/killed.out" \
	--events "$scratch/killed.events" --set workload.pace=1000 >/dev/null 2>&1 &
run=$!
waits_for grep -qs '"text":"replay"' "$scratch/killed.events"
# The workload is the one child with more than one thread that is not the layer: the youngest.
kill -9 "$(pgrep -n -P $run)"
code=0
wait $run || code=$?
[[ $code -eq 4 ]] || fail "a killed workload: exit code $code"
expect killed.out \
	'.verdict == "ERROR" and (.error | test("the workload .replay. failed: Killed"))
		and .workload.outcome == "killed"'
no_leftovers "a killed workload"

# What the layer writes down is complete when it is told to end.
truncate -s 400M "$scratch/xfs.img"
mkfs.xfs -q "$scratch/xfs.img"
mkdir "$scratch/xfs" "$scratch/layer"
mount -o loop "$scratch/xfs.img" "$scratch/xfs"
trap 'umount -l "$scratch/layer" "$scratch/xfs" 2>/dev/null || true; rm -rf "$scratch"' EXIT
head -c 200000 /dev/zero >"$scratch/xfs/old"
# Rules act the same on a mount that is recorded: what they change of an answer, too.
echo 'rules = ( { when = "statfs"; do = { statfs = { free = 0; files = 0; }; }; } );' \
	>"$scratch/full.rules"
"$foliostorm" mount --data-path daemon --rules "$scratch/full.rules" \
	--record "$scratch/layer.record" -f "$scratch/xfs" "$scratch/layer" >/dev/null &
layer=$!
waits_for mountpoint -q "$scratch/layer"
[[ $(stat -f -c '%f %a %d' "$scratch/layer") == "0 0 0" ]] ||
	fail "a rule for statfs changes nothing where the mount is recorded"
head -c 100000 "$scratch/layer/old" >/dev/null
echo new >"$scratch/layer/new"
fallocate -p -o 8192 -l 8192 "$scratch/layer/old"
rm "$scratch/layer/new"
kill -TERM $layer
wait $layer || fail "the layer: exit code $?"
umount "$scratch/xfs"
tail -n 1 "$scratch/layer.record" | grep -qE '^end [0-9]+$' || fail "the record has no end"
[[ $(tail -n 1 "$scratch/layer.record") == "end $(($(wc -l <"$scratch/layer.record") - 2))" ]] ||
	fail "the record has lost lines"
"$foliostorm" import record "$scratch/layer.record" -o "$scratch/layer.cfg" >/dev/null
# A last line without its end may not be what it was.
head -c -20 "$scratch/layer.record" >"$scratch/torn.record"
sed -i '1s/daemon/passthrough/' "$scratch/torn.record"
[[ -n $(tail -c 1 "$scratch/torn.record") ]] || fail "the record is cut off between lines"
"$foliostorm" import record "$scratch/torn.record" -o "$scratch/torn.cfg" >"$scratch/account"
grep -q 'the last line, which is cut off' "$scratch/account" ||
	fail "no account of the torn line: $(cat "$scratch/account")"
grep -q 'data path passthrough: reads, writes and maps are missing' "$scratch/account" ||
	fail "no word of passthrough: $(cat "$scratch/account")"
replay layer
expect layer.out \
	'.workload.operations_unexpected == 0 and .workload.punches == 1 and .verdict == "VERIFIED"'

# Who opens a FIFO waits for ten seconds: this one does so beside the rest.
mkfifo "$scratch/fifo"
timeout 120 "$foliostorm" import oops "$scratch/fifo" -o "$scratch/none.cfg" 2>"$scratch/fifo.err" &
waiting=$!

# Bad input.
for bad in "$data"/{strace,iolog,blkparse,fsx,record,journal}/bad/*; do
	kind=${bad%/bad/*}
	refuses 2 "${bad##*/}(:[0-9]+)?: .*(expected|archiving it would punch no hole)" \
		"$foliostorm" import "${kind##*/}" "$bad" -o "$scratch/none.cfg"
	[[ ! -e $scratch/none.cfg && ! -e $scratch/none.trace ]] || fail "$bad left something"
done
refuses 2 'app.cfg: exists already; --force' "$foliostorm" import strace "$data/strace/app.strace" \
	-o "$scratch/app.cfg"
mv "$scratch/app.cfg" "$scratch/moved.cfg"
refuses 2 'app.trace: exists already; --force' "$foliostorm" import strace \
	"$data/strace/app.strace" -o "$scratch/app.cfg"
[[ ! -e $scratch/app.cfg ]] || fail "a scenario without its trace"
"$foliostorm" import -q --force strace "$data/strace/app.strace" -o "$scratch/app.cfg"
# What is there is kept, and nothing is added: also with --force, an output is neither the input,
# nor a directory, nor the other output.
mkdir -p "$scratch/kept/dir" "$scratch/kept/sub.trace"
cp "$data/strace/app.strace" "$scratch/kept/x.trace"
cp "$data/strace/app.strace" "$scratch/kept/y.cfg"
echo old >"$scratch/kept/old.cfg"
gzip -c "$data/strace/app.strace" >"$scratch/kept/z.trace"
before=$(cd "$scratch/kept" && find . -type f -exec cksum {} + | sort && ls -aR)
refused() { # PATTERN INPUT OPTIONS...
	(cd "$scratch/kept" && refuses 2 "$1" "$foliostorm" import -f strace "${@:2}") || exit 1
	[[ $before == "$(cd "$scratch/kept" && find . -type f -exec cksum {} + |
		sort && ls -aR)" ]] || fail "changed by import ${*:2}"
}
refused 'x.trace: is the input' x.trace
refused 'y.cfg: is the input' y.cfg
refused 'both have this name; expected -o a.cfg' x.trace -o a.trace
refused 'dir: is a directory' x.trace -o dir
refused 'dir/: a directory' x.trace -o dir/
refused 'sub.trace: is a directory' x.trace -o sub.cfg
refused 'x.trace: is the input' "$scratch/kept/x.trace" -o "$scratch/kept/x.cfg"
refused 'x.trace: is the input' y.cfg x.trace -o x.cfg
refused 'z.trace: is the input' z.trace -o z.cfg
rm "$scratch/kept/z.trace"
"$foliostorm" import -q -f strace "$scratch/kept/x.trace" -o "$scratch/kept/old.cfg"
[[ $(ls -A "$scratch/kept") == $'dir\nold.cfg\nold.trace\nsub.trace\nx.trace\ny.cfg' ]] ||
	fail "left behind: $(ls -A "$scratch/kept")"
grep -q old.trace "$scratch/kept/old.cfg" || fail "--force has not replaced the scenario"
refuses 2 'telegram: no such KIND; allowed: ' "$foliostorm" import telegram \
	"$data/strace/app.strace"
refuses 2 'No such file' "$foliostorm" import strace "$scratch/nowhere"
refuses 2 '--under tmp: expected an absolute path' "$foliostorm" import --under tmp strace \
	"$data/strace/app.strace" -o "$scratch/none.cfg"
refuses 2 'can be read only once' "$foliostorm" import strace /dev/stdin \
	-o "$scratch/none.cfg" < <(cat "$data/strace/app.strace")
"$foliostorm" import --force strace "$data/strace/app.strace" -o "$scratch/app.cfg" |
	grep -q 'calls on files below /tmp/app, where most went (another: --under DIR)' ||
	fail "the account does not name the directory"
refuses 2 'were in /tmp/app.*: --under takes one' "$foliostorm" import --under /nowhere strace \
	"$data/strace/app.strace" -o "$scratch/none.cfg"
"$foliostorm" import -q --under /tmp/app strace /dev/stdin \
	-o "$scratch/piped.cfg" < <(cat "$data/strace/app.strace")
cmp "$scratch/app.trace" "$scratch/piped.trace" || fail "from a pipe it becomes another trace"
head -n 20 "$scratch/app.trace" >"$scratch/cut.trace"
sed 's/app.trace/cut.trace/' "$scratch/app.cfg" >"$scratch/cut.cfg"
refuses 2 'cut.cfg:[0-9]+: workload.trace: .*cut off' "$foliostorm" run -q "$scratch/cut.cfg"
refuses 2 'workload.trace: .*No such file' "$foliostorm" run -q "$scratch/app.cfg" \
	--set workload.trace=nowhere
refuses 2 'workload.pace: .*allowed: 0 to 1000' "$foliostorm" run -q "$scratch/app.cfg" \
	--set workload.pace=-1
# A log whose copy does not fit is not a log without a crash.
{
	echo 'Panic#1 Part1' && head -c 1048562 < <(yes)
	echo 'Panic#1 Part2' && head -c 1048562 < <(yes)
} >"$scratch/dump.txt"
refuses 4 'dump.txt: ordering its parts' bash -c 'trap "" XFSZ && ulimit -f 1024 && exec "$@"' - \
	"$foliostorm" import oops "$scratch/dump.txt" -o "$scratch/none.cfg"
# What is none of it is named, and what has no end is not read.
refuses 2 'small.tar.gz: is a tar archive; unpack it' "$foliostorm" import oops \
	"$data/archive/small.tar.gz" -o "$scratch/none.cfg"
refuses 2 'cp: is an ELF file' "$foliostorm" import strace "$(readlink -f "$(command -v cp)")" \
	-o "$scratch/none.cfg"
refuses 2 '/dev/zero: a device, which has no end' "$foliostorm" import oops /dev/zero \
	-o "$scratch/none.cfg"
code=0
wait $waiting || code=$?
[[ $code -eq 2 ]] || fail "a FIFO that nobody writes to: exit code $code"
grep -q 'fifo: a FIFO that nobody writes to' "$scratch/fifo.err" ||
	fail "a FIFO that nobody writes to: $(cat "$scratch/fifo.err")"
# To standard output goes the scenario alone, where nothing belongs to it.
"$foliostorm" import oops "$data/oops/arm64.log" -o - >"$scratch/printed"
"$foliostorm" import -q oops "$data/oops/arm64.log" -o "$scratch/arm64.cfg"
cmp "$scratch/printed" "$scratch/arm64.cfg" || fail "-o - prints something else"
refuses 2 'a trace belongs to the scenario' "$foliostorm" import strace \
	"$data/strace/app.strace" -o -
refuses 2 '/dev/stdin: a pipe; expected a file' "$foliostorm" import journal /dev/stdin \
	-o - < <(cat "$data/journal/cut.journal")
refuses 2 '--report: only a crash has reports' "$foliostorm" import strace --report 2 \
	"$data/strace/app.strace" -o "$scratch/none.cfg"
refuses 2 '--under: journal has no directories' "$foliostorm" import journal --under /d \
	"$data/journal/cut.journal" -o "$scratch/none.cfg"
no_leftovers "bad input"
all_tried
