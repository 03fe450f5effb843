#!/usr/bin/env bash
# `foliostorm ctl` and its socket: every command, and everything that is wrong with a request. The
# mount lives on.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
# shellcheck source=tests/support/steered.sh
source "$tests/support/steered.sh"
mkdir "$scratch/other"
"$application" fill "$scratch/xfs/a.db" 0 1024
ln -s "$place" "$scratch/link"

# refuses CODE PATTERN COMMAND...
refuses() {
	local code=$1 pattern=$2 got=0
	shift 2
	"$@" >"$scratch/out" 2>&1 || got=$?
	[[ $got -eq $code ]] || fail "exit code $got, wanted $code: $* ($(cat "$scratch/out"))"
	grep -qE -- "$pattern" "$scratch/out" ||
		fail "no \"$pattern\" in what $* says: $(cat "$scratch/out")"
}

"$foliostorm" mount --data-path daemon --seed 5 "$scratch/xfs" "$place" >/dev/null
socket=
for workplace in /run/foliostorm/*; do
	! grep -qxE "mount [0-9:]+ $place" "$workplace/record" 2>/dev/null ||
		socket=$workplace/control
done
[[ -S $socket && $(stat -c %a:%u "$socket") == 600:0 ]] ||
	fail "no socket of the owner's alone: $socket"

says 'data path daemon, .* seed 5' ctl status
says '"data_path":"daemon"' ctl --json status
says 'data path daemon' "$foliostorm" ctl "$scratch/link/" status
says 'seed 5' "$foliostorm" ctl "${socket%/control}" status

# Rules come and go, all or none.
says '^1 added' ctl rules add \
	'name = "shut"; when = { op = "open"; path = "a.db"; }; do = { error = "EACCES"; };'
refuses 1 'open EACCES' "$application" look "$place/a.db" 0 1
says '^ +1 shut +open +error +1 +1 +[0-9.]+[mun]?s$' ctl rules
says '^open +[0-9]+ +1 +.*[0-9.]+[mun]?s +[0-9.]+[mun]?s$' ctl status
says '"histogram":\[\[' ctl --json status
# Counts from the beginning, and other rules in place of these, all or none.
ctl rules reset shut
says '^ +1 shut +open +error +0 +0 +-$' ctl rules
refuses 2 'no rule "nosuch"' "$foliostorm" ctl "$place" rules reset nosuch
refuses 2 'no operation "nosuch"' "$foliostorm" ctl "$place" rules set \
	'when = "nosuch"; do = { log = true; };'
says '^ +1 shut ' ctl rules
says '^1 set' ctl rules set \
	'name = "shut"; when = { op = "open"; path = "a.db"; times = 1; };
		do = { error = "EACCES"; };'
refuses 1 'open EACCES' "$application" look "$place/a.db" 0 1
says '^0 wrong' "$application" look "$place/a.db" 0 1
ctl rules reset
refuses 1 'open EACCES' "$application" look "$place/a.db" 0 1
says '^1 set' ctl rules set \
	'name = "shut"; when = { op = "open"; path = "a.db"; }; do = { error = "EACCES"; };'
ctl rules disable shut
says '^0 wrong' "$application" look "$place/a.db" 0 1
says 'disabled' ctl rules list
ctl rules enable shut
refuses 1 'open EACCES' "$application" look "$place/a.db" 0 1
ctl rules remove shut
says '^0 wrong' "$application" look "$place/a.db" 0 1
fails() {
	! "$@" >/dev/null 2>&1
}
# A rule meets what the kernel could have kept until then, and lets it go again.
stat "$place/a.db" >/dev/null
cat "$place/a.db" >/dev/null
says '^1 added' ctl rules add \
	'name = "unread"; when = { op = "read"; path = "a.db"; }; do = { error = "EIO"; };'
says '^1 added' ctl rules add \
	'name = "unseen"; when = { op = "getattr"; path = "a.db"; }; do = { error = "EACCES"; };'
waits_for fails stat "$place/a.db"
ctl rules remove unseen
waits_for fails cat "$place/a.db"
ctl rules remove unread
cmp "$place/a.db" "$scratch/xfs/a.db" || fail "a.db is not what it was"
# A write has no name beside its data, however much of it there is: the path is the file's.
says '^1 added' ctl rules add \
	'name = "big"; when = { op = "write"; path = "big.db"; }; do = { error = "EIO"; };'
for size in 100 216 4096 65536; do
	refuses 1 'Input/output error' dd if=/dev/urandom of="$place/big.db" bs=$size count=1 \
		conv=notrunc
	dd if=/dev/urandom of="$place/other.db" bs=$size count=1 status=none ||
		fail "a rule for big.db met other.db"
done
ctl rules remove big
rm "$place/big.db" "$place/other.db"
# shellcheck disable=SC2016 # the shell that is started expands it
printf 'rules = ( { when = "fsync"; do = { log = true; }; },
	{ when = "unlink"; do = { run = "touch %s/\\"$FOLIOSTORM_PATH\\""; }; } );' \
	"$scratch/other" >"$scratch/rules"
says '^2 added' ctl rules add --file "$scratch/rules"
says '^1 added' ctl rules add \
	'name = "deadly"; when = { op = "fallocate"; length = "12K"; };
		do = ( { punch = 5; }, { signal = "SIGKILL"; }, { delay = "1ms"; } );'
says 'hold gate has no count.*time-out of 30s' ctl rules add \
	'name = "held"; when = "statfs"; do = { hold = "gate"; };'

# A disk that says that it is full, and is not.
ctl rules disable held
has_space() {
	[[ $(stat -f -c %a "$place") -gt 1000 ]]
}
has_space || fail "few blocks are free"
says '^1 added' ctl rules add \
	'name = "full"; when = "statfs"; do = { statfs = { free = 0; files = 0; }; };'
says '^0 0 0$' stat -f -c '%f %a %d' "$place"
says ' 0 +100% ' df "$place"
echo data >"$place/written" || fail "a write has failed where statfs is all that the rule is for"
rm "$place/written"
ctl rules remove full
has_space || fail "few blocks are free without the rule"
# One of another size; one that fills up, for one directory; a quota that is spent begins anew.
says '^1 added' ctl rules add \
	'name = "small"; when = "statfs"; do = { statfs = { size = "1M"; free = "8K"; }; };'
says '^256 2 2$' stat -f -c '%b %f %a' "$place"
ctl rules remove small
mkdir "$place/db" "$place/else"
says '^1 added' ctl rules add \
	'name = "fills"; when = { op = ( "write", "fallocate" ); path = "db/*"; };
		do = { quota = { bytes = "64K"; errno = "EDQUOT"; }; };'
head -c 48K /dev/zero >"$place/db/a" || fail "48K of 64K could not be written"
refuses 1 'Disk quota exceeded' dd if=/dev/zero of="$place/db/b" bs=32K count=1
refuses 1 'Disk quota exceeded' fallocate --length 17K "$place/db/b"
head -c 128K /dev/zero >"$place/else/a" || fail "a quota of db is one of else"
ctl rules reset fills
dd if=/dev/zero of="$place/db/b" bs=32K count=2 status=none ||
	fail "a quota that was reset is not there again"
ctl rules remove fills
# Attributes that are out of date.
says '^1 added' ctl rules add \
	'name = "old"; when = { op = ( "getattr", "lookup" ); path = "db/a"; };
		do = { attributes = { size = "4K"; mtime = 86400; }; };'
says '^4096 86400$' stat -c '%s %Y' "$place/db/a"
says '^65536 ' stat -c '%s %Y' "$place/db/b"
ctl rules remove old
is_new() {
	[[ $(stat -c %s "$place/db/a") -eq 49152 ]]
}
waits_for is_new
# A directory is read name by name.
says '^1 added' ctl rules add \
	'name = "few"; when = ( "readdir", "readdirplus" ); do = { short = "byte"; };'
names=$(find "$scratch/xfs" | wc -l)
[[ $(find "$place" | wc -l) -eq $names ]] || fail "short answers leave out names"
read_pieces() {
	ctl --json status | jq '[.operations | .readdir.count, .readdirplus.count | . // 0] | add'
}
before=$(read_pieces)
ls -f "$place/db" >/dev/null
[[ $(($(read_pieces) - before)) -ge 4 ]] ||
	fail "a directory of four names is read in $(($(read_pieces) - before)) pieces"
ctl rules remove few
rm -r "$place/db" "$place/else"
ctl rules enable held

# What they do: start a program, punch, kill.
touch "$place/gone"
rm "$place/gone"
waits_for test -e "$scratch/other/gone"
# A program of a rule begins as any program does: with nothing of the layer's open, and as who is
# named.
made=/run/made # anybody may go there
mkdir -m 0777 $made
# shellcheck disable=SC2016 # the shell that is started expands it
begins='umask; ls -l /proc/$$/fd; grep -E \"^(Sig(Blk|Ign)|Uid|Groups|CapEff):\" /proc/self/status'
cat >"$scratch/begins" <<-END
	rules = (
		{ name = "root"; when = { op = "unlink"; path = "first"; };
		  do = { run = "($begins) >$made/root.new; mv $made/root.new $made/root"; }; },
		{ name = "nobody"; when = { op = "unlink"; path = "first"; };
		  do = { run = {
			command = "($begins) >$made/nobody.new; mv $made/nobody.new $made/nobody";
			run_as = "65534:65533"; }; }; },
		{ name = "sleeper"; when = { op = "unlink"; path = "first"; };
		  do = { run = "TMPDIR=$scratch sleep 1000; true"; }; } );
END
says '^3 added' ctl rules add --file "$scratch/begins"
touch "$place/first"
rm "$place/first"
for who in root nobody; do
	waits_for test -s "$made/$who"
	[[ $(head -n 1 "$made/$who") == 0022 ]] ||
		fail "the umask of a program that runs as $who: $(head -n 1 "$made/$who")"
	[[ $(stat -c %a "$made/$who") == 644 ]] ||
		fail "what a program of $who makes: $(stat -c %a "$made/$who")"
	grep -q ' 1 -> ' "$made/$who" || fail "no descriptors of $who: $(cat "$made/$who")"
	! grep -E '(fuse|socket:|event|/dev/[^n]|anon_inode)' "$made/$who" ||
		fail "a program of $who has descriptors of the layer"
	[[ $(grep -cE 'Sig(Blk|Ign):\s0+$' "$made/$who") -eq 2 ]] ||
		fail "signals of a program of $who: $(cat "$made/$who")"
done
[[ $(stat -c %u:%g "$made/root") == 0:0 && $(stat -c %u:%g "$made/nobody") == 65534:65533 ]] ||
	fail "owners: $(ls -ln $made)"
grep -qE '^Uid:\s65534\s65534\s65534\s65534$' "$made/nobody" ||
	fail "as nobody: $(cat "$made/nobody")"
grep -qE '^CapEff:\s0+$' "$made/nobody" || fail "nobody has capabilities: $(cat "$made/nobody")"
waits_for is_there '^sleep 1000 '
ctl rules remove root
ctl rules remove nobody
ctl rules remove sleeper
refuses 2 'there is no user \"nosuch\" here; allowed' ctl rules add \
	'when = "fsync"; do = { run = { command = "true"; run_as = "nosuch"; }; };'
refuses 2 'run.command: missing' ctl rules add \
	'when = "fsync"; do = { run = { run_as = "root"; }; };'
says '^0 wrong' "$application" look "$scratch/xfs/a.db" 0 8
code=0
fallocate --keep-size --length 12KiB "$place/a.db" || code=$?
[[ $code -eq 137 ]] || fail "exit code $code of what should be killed"
says 'page 5 is page 0' "$application" look "$scratch/xfs/a.db" 0 8

# What nobody has synced is lost.
says '^1 added' ctl rules add 'name = "lose"; when = "write"; do = { lose = true; };'
echo synced >"$place/lost"
sync "$place/lost"
echo written >>"$place/lost"
says '^1 files, 1 pages not synced: 1 of them lost, 4096 bytes$' ctl crash
[[ $(cat "$place/lost") == synced ]] || fail "a crash left $(cat "$place/lost")"
ctl rules remove lose
rm "$place/lost"

# Wrong requests, each by its own message.
refuses 2 'no such command; allowed: status' ctl dance
refuses 2 'which command. allowed: ' ctl
refuses 2 'which rule' ctl rules remove
refuses 2 'no rule "nobody"' ctl rules remove nobody
refuses 2 'rule: contains no rule; allowed: ' ctl rules add ''
refuses 2 'read cannot return ENOSPC' ctl rules add 'when = "read"; do = { error = "ENOSPC"; };'
refuses 2 'can never match' ctl rules add \
	'when = { op = "fsync"; page = 1; }; do = { log = true; };'
refuses 2 'no request has met a hold "nowhere"' ctl holds release nowhere
refuses 2 'not a kind of crash; allowed: whole, pages, torn' ctl crash gently
refuses 2 'only the layer of a run has one' ctl storm stop
refuses 2 'one argument too many' ctl status now
refuses 2 'allowed: storm start, storm stop$' ctl storm fly
refuses 4 'no layer of foliostorm is mounted there' "$foliostorm" ctl "$scratch/xfs" status
says '"ok":false,"error":"not a request in JSON' "$application" talk "$socket" 1 <<<'{ "command": '
says 'no command; allowed: status' "$application" talk "$socket" 1 <<<'[1, 2]'
says 'no command \\"fly\\"; allowed' "$application" talk "$socket" 1 <<<'{ "command": "fly" }'
says 'which rule' "$application" talk "$socket" 1 <<<'{ "command": "rules-remove", "rule": 7 }'
says 'the request is too long' "$application" talk "$socket" \
	1 < <(head -c 1100000 /dev/zero | tr '\0' x)
# Two requests in one piece, and one in two.
coproc "$application" talk "$socket" 2
printf '{"command":"holds-list"}\n{"command":' >&"${COPROC[1]}"
read -r -t 60 answer <&"${COPROC[0]}" || fail "the first of two requests was not answered"
printf '"holds-list"}\n' >&"${COPROC[1]}"
read -r -t 60 second <&"${COPROC[0]}" || fail "a request in two pieces was not answered"
[[ $answer == *'"ok":true'* && $second == "$answer" ]] ||
	fail "two requests were answered by $answer and $second"
# Clients that hang up in the middle, and more of them than there is room for.
for ((n = 0; n < 20; n++)); do
	"$application" talk "$socket" 0 <<<'{ "command": "log" }'
	"$application" talk "$socket" 0 <<<'{ "comm'
	"$application" talk "$socket" 0 </dev/null
done
says 'data path daemon' ctl status

# A path is whole, however long.
long=$(printf 'n%.0s' {1..200})
touch "$place/$long"
rm "$place/$long"
waits_for test -e "$scratch/other/$long"

# A client for whom there is no room is told so.
followers=()
answered() { # COUNT: so many followers
	[[ $(find "$scratch" -maxdepth 1 -name 'follower.*' -size +0 | wc -l) -eq $1 ]]
}
for ((n = 0; n < 32; n++)); do
	"$foliostorm" ctl "$place" --json log >"$scratch/follower.$n" 2>&1 &
	followers+=($!)
	[[ $n -gt 0 ]] || waits_for answered 1
done
waits_for answered 32
refuses 2 'too many clients at once' ctl status
kill -STOP "${followers[0]}"
kill "${followers[@]:1}" 2>/dev/null || true
takes_clients() {
	ctl status >/dev/null 2>&1
}
waits_for takes_clients
# And so is one that does not read what it follows.
says '^1 added' ctl rules add 'name = "chatty"; when = "write"; do = { log = true; };'
dd if=/dev/zero of="$place/chatty" bs=1 count=20000 status=none
ctl rules remove chatty
rm "$place/chatty"
kill -CONT "${followers[0]}"
code=0
wait "${followers[0]}" || code=$?
[[ $code -eq 4 ]] || fail "exit code $code of a log that is not whole"

# A hold that is met, and a log that is followed.
ctl --json log >"$scratch/log" &
log=$!
waits_for grep -q '"ok":true' "$scratch/log"
stat -f "$place" >/dev/null &
waiting() {
	ctl --json holds | jq -e '.holds[] | select(.name == "gate" and .waiting == 1)' >/dev/null
}
waits_for waiting
says '^1 released' ctl holds release gate 1
wait %%
waits_for grep -q '"action":"hold"' "$scratch/log"
# umount asks too.
ctl rules remove held
says '^0 wrong' "$application" look "$place/a.db" 6 4
umount "$place"
# The layer ends after its mount has gone. What a program of a rule has started goes with it.
waits_for is_gone '^sleep 1000 '
wait $log || fail "the log did not end with the layer"
waits_for test ! -e "${socket%/control}"

# In the data path daemon a punch is misplaced too: what FUSE has cached goes, and comes back right
# when the window closes.
"$application" fill "$scratch/xfs/b.db" 0 1024
"$foliostorm" mount --data-path daemon --rules "$scenarios/rules/misplaced-page.cfg" \
	"$scratch/xfs" "$place" >/dev/null
says '^0 wrong' "$application" look "$place/b.db" 512 512
waits_for sees_misplaced "$place/b.db"
waits_for reads_right "$place/b.db"
umount "$place"

# A layer past which mappings go cannot lose what they write.
"$foliostorm" mount --data-path mixed "$scratch/xfs" "$place" >/dev/null
refuses 2 'would survive a crash; allowed: the data path daemon' ctl rules add \
	'when = "write"; do = { lose = true; };'
umount "$place"

# Names of rules and holds that are no text are listed all the same.
printf 'rules = ( { name = "caf\xe9"; when = "open";
	do = { hold = { name = "h\xe9"; timeout = "1ms"; }; }; } );' >"$scratch/odd.rules"
"$foliostorm" mount --data-path daemon --rules "$scratch/odd.rules" "$scratch/xfs" "$place" \
	>/dev/null 2>&1
cat "$place/a.db" >/dev/null
[[ $(ctl --json status | jq -c '[.rules[0].name, .holds[0].name]') == '["caf?","h?"]' ]] ||
	fail "a rule whose name is not UTF-8 is not listed: $(ctl --json status)"
# A request that is wrong has no effect.
python3 - /run/foliostorm/*/control >"$scratch/answer" <<-'END'
	import socket, sys
	control = socket.socket(socket.AF_UNIX)
	control.connect(sys.argv[1])
	control.sendall(b'{"command":"crash","how":5}\n')
	print(control.makefile().readline())
END
grep -q '"ok":false.*allowed: whole, pages, torn' "$scratch/answer" ||
	fail "a crash of a kind that is not a text: $(cat "$scratch/answer")"
umount "$place"

# Names that are no text: the log tells of the mount all the same.
mkdir "$scratch/odd"$'\xff' "$scratch/odd"
"$foliostorm" mount --log "$scratch/odd.log" "$scratch/odd"$'\xff' "$scratch/odd" >/dev/null
umount "$scratch/odd"
logged() {
	grep -q '"type":"mount".*"source":"[^"]*/odd?"' "$scratch/odd.log"
}
waits_for logged

# The layer of a run: its storm stops and goes on.
"$foliostorm" run --quiet --out "$scratch/run" --events "$scratch/events" \
	"$scenarios/control-pread.cfg" --duration 100 --set expect.min_exposures=0 >/dev/null &
run=$!
has_punches() { # COUNT
	[[ $(grep -cs '"type":"punch"' "$scratch/events") -ge $1 ]]
}
waits_for has_punches 20
workplace=$(compgen -G "/run/foliostorm/$run.*")
"$foliostorm" ctl "$workplace" storm stop
punches() {
	"$foliostorm" ctl "$workplace" --json status | jq .operations.fallocate.count
}
before=$(punches)
# In the time that 20 punches took, none begins; one had.
sleep "$(jq -rn '[limit(20; inputs | select(.type == "punch") | .ns)] | (last - first) / 1e9' \
	"$scratch/events")"
[[ $(punches) -le $((before + 1)) ]] || fail "a stopped storm punches: $before and then $(punches)"
before=$(punches)
"$foliostorm" ctl "$workplace/mnt" storm start
goes_on() {
	[[ $(punches) -gt $before ]]
}
waits_for goes_on
kill -TERM $run
wait $run || fail "the run failed"
[[ $(jq .punches "$scratch/run/result.json") -gt $before ]] ||
	fail "the punches of the storm that went on are not in the result"
no_sanitizer_reports
