#!/usr/bin/env bash
# A hit is not lost: not to a full disk, not to an older result, not to another run that writes to
# the same directory, and not to a replay of its recording.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
cd "$scratch"

# A page is served wrongly by a rule: a hit on any kernel. In the small ones of these directories is
# room for names, not for results.
hits=$scenarios/misplaced.cfg
small=$scratch/small
mkdir "$small"
mount -t tmpfs -o size=64k,nr_inodes=64 tmpfs "$small"
not_by_a_run "$small"
trap 'umount "$small"; rm -rf "$scratch"' EXIT
fill() {
	dd if=/dev/zero of="$small/filling" bs=4k 2>/dev/null || true
}

# ends CODE TEXT COMMAND...: exits with CODE, and says TEXT (a pattern) on standard output; what it
# says on standard error is in err. On a busy machine a second can go by without a reader that meets
# a punch: a run that ends otherwise is made again with more time.
ends() {
	local wanted=$1 text=$2 more code
	shift 2
	for more in '' 20 120; do
		code=0
		"$foliostorm" "$@" ${more:+--duration "$more"} >out 2>err || code=$?
		if [[ $code -eq $wanted ]] && { [[ -z $text ]] || grep -qE -- "$text" out; }; then
			return
		fi
		[[ $1 == run ]] || break
	done
	fail "$*: exit code $code, wanted $wanted and $text: $(cat out err)"
}

# The verdict is printed in each format, the exit code is that of an error, and no result lies there
# that is not whole.
fill
for format in text json ktap junit; do
	mkdir "$small/$format"
	case $format in
	text) verdict='verdict    HIT' ;;
	json) verdict='"verdict": "HIT"' ;;
	ktap) verdict='^not ok 1 misplaced$' ;;
	junit) verdict='<error type="error" message="error: .*its result could not be written' ;;
	esac
	ends 4 "$verdict" run -q --duration 1 --format "$format" --out "$small/$format" "$hits"
	grep -q "$small/$format/result.json: No space left on device" err ||
		fail "$format: not said why: $(cat err)"
	left=$(cd "$small/$format" && find . -name '*result.json*' -o -name .lock)
	[[ -z $left ]] || fail "$format: lies there: $left"
done
ends 4 '"events_lost": [1-9]' run -q --duration 1 --format json --out "$small/json" "$hits"
ends 4 'events +[1-9][0-9]* were not written: No space left' run -q --duration 1 \
	--out "$small/text" "$hits"
# The first of several runs is in what they come to.
ends 4 '^# runs_hit: 1$' run -q --duration 1 --repeat 2 --format ktap --out "$small/ktap" "$hits"
grep -q '^# verdict: "HIT"$' out || fail "--repeat: $(cat out)"

# A run that fails early leaves no older result that could be taken for its own. Events alone that
# get lost are no error.
rm -r "${small:?}"/*
ends 0 'verdict    HIT' run -q --duration 1 --expect hit --out "$scratch/older" "$hits"
ends 0 'events +[1-9][0-9]* were not written: No space left' run -q --duration 1 --expect hit \
	--out "$scratch/full" --events /dev/full "$hits"
jq -e '.events_lost > 3' full/result.json >/dev/null ||
	fail "events_lost: $(jq .events_lost full/result.json)"
[[ $(jq -s '[.[].number] == [range(length)]' full/events.jsonl) == true ]] ||
	fail "events.jsonl has gaps"
TMPDIR=$small ends 77 '' run -q --out "$scratch/older" "$hits"
[[ ! -e older/result.json ]] || fail "an older result is left by a run that failed"

# locked DIRECTORY COMMAND...: is refused while another process writes there, and says which
locked() {
	local directory=$1
	shift
	mkdir -p "$directory"
	exec {lock}> >(exec /usr/bin/python3 -c '
import fcntl, sys
lock = open(sys.argv[1] + "/.lock", "w")
fcntl.lockf(lock, fcntl.LOCK_EX)
open(sys.argv[1] + "/locked", "w")
sys.stdin.read()' "$directory")
	local holder=$!
	waits_for test -e "$directory/locked"
	ends 2 '' "$@"
	grep -q -- \
		"--out $directory: another run, process $holder, writes there; wait for its end or\
 give another directory" err || fail "$*: $(cat err)"
	exec {lock}>&-
	wait "$holder"
	rm -r "$directory"
}
locked "$scratch/busy" run -q --out "$scratch/busy" "$hits"
locked "$scratch/busy" run -q --repeat 2 --out "$scratch/busy" "$hits"
locked "$scratch/busy" tune -q --out "$scratch/busy" --vary storm.aim=256,257 \
	"$scenarios/split-window.cfg"
locked "$scratch/busy" replay -q --out "$scratch/busy" "$scratch/full"
if command -v qemu-system-x86_64 >/dev/null; then
	locked "$scratch/busy" guest -q --kernel 6.18.9 --out "$scratch/busy" "$hits"
	locked "$scratch/busy" matrix -q --kernels 6.18.9 --out "$scratch/busy" "$hits"
else
	not_tried "no QEMU here"
fi

# A run holds its directory as long as it lives, also against SIGKILL of what it left.
"$foliostorm" run -q --duration 60 --out "$scratch/held" "$hits" >held.txt 2>&1 &
first=$!
waits_for test -s held/events.jsonl
ends 2 '' run -q --duration 1 --out "$scratch/held" "$hits"
grep -q "another run, process $first," err || fail "a second run: $(cat err)"
kill -KILL "$first"
wait "$first" 2>/dev/null || true
ends 0 'verdict    HIT' run -q --duration 1 --expect hit --out "$scratch/held" "$hits"
[[ ! -e held/.lock ]] || fail "a lock is left"

# A replay never overwrites the recording, whatever path leads to it. A guest's run is not replayed
# on the host.
cp -r full many
cp -r full many/1
ln -s full link
mkdir linked
ln full/events.jsonl linked
sum=$(cat full/events.jsonl many/1/events.jsonl | cksum)
for out in full full/ ./many/../full link linked; do
	ends 2 '' replay -q full --out "$out"
	grep -q -- "--out $out: the new run would overwrite the recording in full" err ||
		fail "replay --out $out: $(cat err)"
done
ends 2 '' replay -q link --out full
ends 2 '' replay -q many/1 --out many
[[ $sum == $(cat full/events.jsonl many/1/events.jsonl | cksum) ]] ||
	fail "a recording was overwritten"
mkdir guest
cp full/scenario.cfg full/events.jsonl guest
jq '.guest = {kernel: "6.18.9", accelerator: "tcg", cpus: 3, memory_mib: 1024, boots: 1,
	restored: false, boot_seconds: 9.5, died: null}' full/result.json >guest/result.json
ends 2 '' replay -q guest --out new
grep -q 'foliostorm guest --kernel 6.18.9 --cpus 3 --memory 1024 --out NEW guest/scenario.cfg' \
	err || fail "replay of a guest's run: $(cat err)"
[[ ! -e new ]] || fail "replay of a guest's run: it ran"
no_leftovers "all"
all_tried
