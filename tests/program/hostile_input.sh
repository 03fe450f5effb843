#!/usr/bin/env bash
# Files of a stranger, in the stranger's directory, given to each command that reads some: one
# message with the place, exit code 2, after at most 5 seconds of a processor, and nothing touched.
# None of their commands runs.
# shellcheck source=tests/support/program.sh
source "$(dirname "$(readlink -f "$0")")/../support/program.sh"
stranger=65534
seconds=5
# What would take all memory fails here; a sanitizer takes more than that of addresses.
if [[ $(ldd "$foliostorm") == *[at]san* ]]; then
	seconds=20
else
	ulimit -v 2000000
fi

their=/run/their # anybody may go there
mkdir -m 0755 $their
mkdir "$scratch/source" "$scratch/mountpoint"
precious=$their/precious
echo precious >$precious

title='title = "t"; race = "none";'
readers='readers = ( { kind = "load"; pages = "all"; } );'
copied="$title"' files = ( { name = "a"; content = "copy";'
base="$title"' files = ( { name = "a"; size = "4M"; } ); '"$readers"' duration = 0.1;
backing = { kind = "tmpfs"; size = "300M"; };'

# What lies in the directory. Texts are scenarios, unless they are whole by themselves.
file() { # NAME TEXT
	printf '%b\n' "$2" >$their/"$1"
}
scenario() { # NAME LINES
	printf '%s\n%b\n' "$base" "$2" >$their/"$1"
}
rules() { # NAME LINES: one rule's action
	printf 'rules = ( { when = "fsync";\n%b } );\n' "$2" >$their/"$1"
}
scenario number 'seed = 4294967297;'
scenario number-hex 'gate = { split = 0x1ffffffff; };'
scenario number-huge 'seed = 99999999999999999999;'
scenario number-in-list 'expect = { xfail = ( 1, 4294967296 ); };'
scenario negative 'seed = -1;'
scenario nan 'expect = { power = nan; };'
: >$their/empty
scenario nul 'seed = 1\x00;'
head -c 100000 /dev/urandom | tr -d '\0' >$their/random
mkdir $their/directory
mkfifo $their/fifo
ln -s /dev/zero $their/zero
ln -s loop $their/loop
scenario itself '@include "itself"'
scenario includes-fifo '@include "fifo"'
scenario includes-zero '@include "/dev/zero"'
scenario includes-command '@include "part"'
file part 'rules = ( { when = "fsync";\n do = { run = "touch '$their'/ran"; }; } );'
for n in {0..9}; do
	file "many$n" "@include \"many$((n + 1))\"\n@include \"many$((n + 1))\""
done
file many10 ''
truncate -s 20G $their/sparse
{ echo "$base"; printf 'x = %s' "$(printf '{ a = %.0s' {1..20000})"; } >$their/nested
scenario command \
	'rules = ( { when = "fsync"; do = { run = { command = "touch '$their'/ran"; }; }; } );'
file copy-command "$copied"'\n command = "touch '$their'/ran; truncate -s 4M {out}"; } );
	readers = ( { kind = "exec"; command = "true"; } );'
file reader-command "$copied"' from = "/bin/bash"; } );
	readers = ( { kind = "exec";\n command = "touch '$their'/ran"; } );'
file copy-fifo "$copied from = \"$their/fifo\"; } ); $readers"
file copy-zero "$copied from = \"/dev/zero\"; } ); $readers"
synced='rules = ( { when = "fsync"; do = {'
scenario user "$synced"' run = { command = "true"; run_as = "nosuchuser"; }; }; } );'
for what in fifo zero directory loop random empty; do
	scenario trace-$what 'workload = { kind = "replay"; trace = "'$what'"; };'
	scenario delay-$what "$synced delay = { histogram = \"$their/$what\"; }; }; } );"
done
rules rules-command ' do = { run = "touch '$their'/ran"; };'
rules rules-number ' do = { delay = "1ms"; }; disabled = 4294967296;'
rules rules-nul ' do = { delay = "1ms\x00"; };'

# Directories of results: each with one file that is not as it should be, and a copy of its own that
# a run did leave.
"$foliostorm" run -q "$scenarios/split-window.cfg" --set backing.kind=tmpfs --set storm.op=punch \
	--duration 0.2 --out "$scratch/kept" --set expect.verdict=clean >/dev/null 2>&1 || true
[[ -e $scratch/kept/result.json && -e $scratch/kept/events.jsonl ]] || fail "no results to spoil"
for kind in fifo zero directory nested; do
	for name in result.json events.jsonl scenario.cfg; do
		place=$their/$kind-$name
		mkdir "$place"
		cp "$scratch/kept/"{result.json,events.jsonl,scenario.cfg} "$place"
		rm "$place/$name"
		case $kind in
		fifo) mkfifo "$place/$name" ;;
		zero) ln -s /dev/zero "$place/$name" ;;
		directory) mkdir "$place/$name" ;;
		nested) { printf '[%.0s' {1..20000}; echo; } >"$place/$name" ;;
		esac
	done
done
mkdir $their/long-line
head -n 1 "$scratch/kept/events.jsonl" >$their/long-line/events.jsonl
truncate -s 20G $their/long-line/events.jsonl
mkdir $their/recording
cp "$scratch/kept/"{result.json,events.jsonl} $their/recording
cp $their/command $their/recording/scenario.cfg
chown -hR $stranger:$stranger $their

state() {
	find $their "$scratch/source" "$scratch/mountpoint" -printf '%p %y %m %U:%G %s %T@ %l\n' |
		sort
	cat $precious
}

tried=0 failed=
bad() { # MESSAGE
	echo "$1"
	failed=yes
}
# refused PATTERN COMMAND...
refused() {
	local pattern=$1 code=0 before
	shift
	before=$(state)
	# Processor time, and a limit for what waits: a busy machine takes its time.
	(
		ulimit -t $seconds
		exec timeout -k 1 120 "$foliostorm" "$@"
	) </dev/null >"$scratch/out" 2>"$scratch/err" || code=$?
	[[ $code -eq 2 ]] || bad "exit code $code, wanted 2: $*: $(head -c 600 "$scratch/err")"
	grep -qE -- "$pattern" "$scratch/err" ||
		bad "no \"$pattern\" in what $* says: $(head -c 600 "$scratch/err")"
	[[ $(wc -l <"$scratch/err") -le 10 ]] ||
		bad "more than ten messages of $*: $(head -c 600 "$scratch/err")"
	[[ $(state) == "$before" ]] || bad "touched by $*: $(diff <(echo "$before") <(state))"
	no_leftovers "$*"
	tried=$((tried + 1))
}

while read -r file pattern; do
	refused "$pattern" run -q $their/"$file"
done < <(table <<-'END'
	number number:3: seed: 4294967297 needs more than 32 bits.*allowed: a smaller number, \
		or an L behind it
	number-hex number-hex:3: gate\.split: 0x1ffffffff needs more than 32 bits
	number-huge number-huge:3: seed: 99999999999999999999 needs more than 64 bits
	number-in-list number-in-list:3: expect\.xfail\[1\]: 4294967296 needs
	negative negative:3: seed: "-1" is not valid; allowed
	nan nan:3:
	empty empty: title: missing
	nul nul:3: a NUL byte
	random random:
	directory directory: is a directory; name a file
	fifo fifo: is not a regular file
	zero zero: is not a regular file
	loop loop: cannot be read: Too many levels of symbolic links
	itself itself:3: @include "itself": more than 10 files deep
	includes-fifo includes-fifo:3: .*fifo: is not a regular file
	includes-zero includes-zero:3: /dev/zero: is not a regular file
	includes-command part:2: rules\[0\]\.do\.run: would run "touch .*/ran", \
		and the file belongs to user 65534 .*--trust
	many0 more than 1000 files
	sparse sparse: too large; allowed: up to 16M
	nested nested:[23]:
	command command:3: rules\[0\]\.do\.run\.command: would run "touch .*/ran", \
		and the file belongs to user 65534 .*--trust
	copy-command copy-command:2: files\[0\]\.command: would run .*--trust
	reader-command reader-command:3: readers\[0\]\.command: would run .*--trust
	copy-fifo files: a: .*fifo has 0 bytes; allowed: from one folio
	copy-zero files: a: /dev/zero has 0 bytes; allowed: from one folio
	trace-fifo trace-fifo:3: workload\.trace:
	trace-zero trace-zero:3: workload\.trace:
	trace-directory trace-directory:3: workload\.trace:
	trace-loop trace-loop:3: workload\.trace:
	trace-random trace-random:3: workload\.trace:
	trace-empty trace-empty:3: workload\.trace:
	delay-fifo delay-fifo:3: rules\[0\]
	delay-zero delay-zero:3: rules\[0\]
	delay-directory delay-directory:3: rules\[0\]
	delay-loop delay-loop:3: rules\[0\]
	delay-random delay-random:3: rules\[0\]
	delay-empty delay-empty:3: rules\[0\]
END
)
refused 'user:3: .*run_as: there is no user "nosuchuser" here' run -q --trust $their/user
for file in fifo zero directory loop random rules-nul rules-number; do
	refused "$file:?[0-9]*: " mount --rules $their/$file "$scratch/source" "$scratch/mountpoint"
	refused "$file:?[0-9]*: " ctl "$scratch/mountpoint" rules add --file $their/$file
done
: >"$scratch/no.rules"
refused 'no.rules: contains no rule; allowed: ' ctl "$scratch/mountpoint" rules add \
	-f "$scratch/no.rules"
refused 'rules-command:2: rules\[0\].do.run: would run .*--trust' mount \
	--rules $their/rules-command "$scratch/source" "$scratch/mountpoint"
refused 'rules-command:2: rules\[0\].do.run: would run .*--trust' ctl "$scratch/mountpoint" rules \
	add -f $their/rules-command
refused 'source .*/fifo: is not a directory' mount $their/fifo "$scratch/mountpoint"
refused 'mountpoint .*/loop' mount "$scratch/source" $their/loop
refused 'scenario.cfg:3: rules\[0\].do.run.command: would run .*--trust' replay -q $their/recording
refused 'command:3: rules\[0\].do.run.command: would run .*--trust' tune -q --vary seed=1..2 \
	--budget 1 $their/command
for kind in fifo zero directory nested; do
	refused "scenario.cfg" replay -q $their/$kind-scenario.cfg
	refused "$kind" run -q "$scenarios/split-window.cfg" --baseline $their/$kind
	refused "result.json" report $their/$kind-result.json
	refused "events.jsonl" report $their/$kind-events.jsonl
done
refused 'long-line/events.jsonl:2: File too large' report $their/long-line
refused 'sparse: File too large' report $their/sparse
refused 'long-line: File too large' replay $their/long-line $their/sparse
[[ ! -e $their/ran ]] || fail "a command of the stranger has run"

# Who has read it says so.
"$foliostorm" mount --trust --data-path daemon --rules $their/rules-command "$scratch/source" \
	"$scratch/mountpoint" >/dev/null 2>"$scratch/err" ||
	fail "--trust: $(cat "$scratch/err")"
touch "$scratch/mountpoint/synced"
sync "$scratch/mountpoint/synced"
waits_for test -e $their/ran
umount "$scratch/mountpoint"
[[ -z $failed ]] || fail "see above"
[[ $tried -ge 74 ]] || fail "only $tried inputs"
echo "$tried inputs refused"
